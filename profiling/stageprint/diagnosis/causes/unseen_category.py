"""Labels turned up that were not there before."""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import pair
from stageprint.diagnosis.past_moves import was_constant
from stageprint.diagnosis.shares import thinned
from stageprint.model import ColumnKey, Severity
from stageprint.model.figures import percent, quoted

MIN_NEW_SHARE = 0.002
"""Minimum share of the values that new labels must have."""

MIN_EXPECTED_ROWS = 8
"""Minimum number of rows that the reference run should have had of labels this frequent."""


class UnseenCategory(Cause):
    """Labels appeared that never occurred before.

    New categories hold a share of the rows that chance cannot explain: a new product, a new carrier, or free text where
    codes should be. The model has learned nothing about them and treats them as unknown.

    Signature: labels that were absent before have at least 0.2 % of the values, the most frequent of them so often that
    at least eight rows were expected before, or the set of labels was fixed. It is certain if the old labels kept their
    proportions. One new label in a column that held a single label is a warning at most: a season, a version or a
    supplier may have changed in the middle of a run, and the rows of a run are one observation of that.

    Told apart from: `category_reencoded`: as large a share of the old labels is gone; `default_value` and
    `null_to_sentinel`: the new label is a usual stand-in for a missing value.

    Check:
        - Read the new labels: real categories, another spelling, or rubbish such as shifted columns?
        - Find the source that delivers them.
        - See what the encoder of the model does with an unknown label.

    Fix: Add real categories to the mapping and retrain once there are enough rows. Map other spellings to the known
    label at the source. Declare `accepted_values` if the set should be closed.

    Evidence:
        labels: up to ten of the new labels, the most frequent first.
        share: their share of the values, 0–1.
        share_error: error bound of `share`, which comes from a sketch if the labels are very many; 0: exact.
        new_label_count: number of new labels.
        lost_share: share that the labels that are gone now had before, 0–1.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> evidence, column = two_runs(["a", "b", "c"] * 300, ["a", "b", "c", "a", "b", "c", "new"] * 150)
        >>> UnseenCategory().explain(evidence, column).evidence["labels"]
        ['new']
    """

    name: ClassVar[str] = "unseen_category"
    family: ClassVar[Family] = "data"
    assumes_level: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Add up the labels that are new, and see whether the old ones kept their proportions."""
        both = pair(evidence, origin)
        if both is None or not both.then.labels or not both.now.labels:
            return None
        then, now = both.then.labels, both.now.labels
        new = {label: share for label, share in now.items() if label not in then}
        share = sum(new.values()) - len(new) * both.then.slack
        due = max(new.values(), default=0.0) * both.then.values
        # That the set of labels was fixed is said by all earlier runs, however few rows the last of them had.
        fixed = evidence.flagged_by(origin, "fixed_labels") is not None
        if not 0 < share <= 0.9 or not (fixed or (share >= MIN_NEW_SHARE and due >= MIN_EXPECTED_ROWS)):
            return None
        lost = sum(share for label, share in then.items() if label not in now)
        rest_of = thinned(both, *new)
        kept = rest_of.moved <= rest_of.noise
        score = 0.9 if kept else 0.7
        if lost > 0.5 * share:
            score = 0.55
        if both.now.numeric:
            # Among numbers a new value is seldom a new label.
            score -= 0.2 + 0.2 * (1 - sqrt(max(0.0, 1 - share)))
        names = sorted(new, key=lambda label: -new[label])
        gone = {} if both.now.slack > 0 else {label: part for label, part in then.items() if label not in now}
        gone = {label: part for label, part in gone.items() if part * both.now.values >= MIN_EXPECTED_ROWS}
        others = thinned(both, *new, *gone) if gone else rest_of
        what = "a label that was" if len(names) == 1 else f"{len(names)} labels that were"
        rest = "the others kept their proportions" if others.moved <= others.noise else "the others shifted too"
        if gone:
            missed = sorted(gone, key=lambda label: -gone[label])
            are = "is" if len(gone) == 1 else "are"
            rest = f"{quoted(missed)} {are} gone (before {percent(sum(gone.values()))}), {rest}"
        sentence = (
            f"{percent(share)} of the values of {origin} have {what} never there before "
            f"{evidence.first_run(origin)} ({quoted(names)}): new categories appeared, {rest}"
        )
        figures = {
            "labels": names[:10],
            "share": round(share, 6),
            "share_error": round(len(new) * (both.then.slack + both.now.slack), 6),
            "new_label_count": len(names),
            "lost_share": round(lost, 6),
        }
        one_at_a_time = len(names) == 1 and both.then.constant and was_constant(evidence, origin)
        return Fit(
            score,
            sentence,
            figures,
            brief=f"new categories ({quoted(names)})",
            event=True,
            at_most=Severity.WARNING if one_at_a_time else Severity.CRITICAL,
        )
