"""Labels are gone: their rows vanished, or they were merged into another label."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import Pair, pair
from stageprint.diagnosis.shares import thinned
from stageprint.model import ColumnKey
from stageprint.model.figures import percent, quoted

MIN_LOST_SHARE = 0.004
"""Minimum share of the values that the vanished labels must have had."""

MIN_EXPECTED_ROWS = 10
"""Minimum number of rows that a vanished label should have had: of fewer, none at all may be chance."""

MAX_SHARE_LEFT = 0.1
"""A label is nearly gone where less than this part of its earlier share is left."""

MAX_NEW_PER_LOST = 0.5
"""Maximum share of labels that were never there, in that of those that are gone: more of them stand in their place."""


class CategoryMissing(Cause):
    """Labels that made up a share of the values are gone, or nearly gone.

    Either the rows of these categories no longer arrive, or something upstream merged the categories into another one.
    A model keeps what it learned about the lost categories but never uses it. If they were merged, it also mistakes
    their rows for another category.

    Signature: labels that together had at least 0.4 % of the values, and should have had at least ten rows each, have
    less than a tenth of their earlier share. If the other labels kept their proportions, the rows are missing. If one
    label gained exactly the lost share and the others stayed as they were, the categories were merged into it.

    Told apart from: `category_reencoded`: new labels stand in place of the old ones; a genuine change of the mix:
    labels become rarer but do not vanish.

    Check:
        - Count the rows by label in this run and in the run before. Look for the missing labels under another
          spelling.
        - Ask the owner of the source whether the categories ended or a feed of them failed.
        - Read the latest changes of filters, joins and mapping tables in the stage named and in those upstream of it.

    Fix: Restore the lost feed, filter or mapping, then load and profile the affected runs again. If the categories
    really ended, accept the finding and plan to retrain without them.

    Evidence:
        labels: up to ten of the missing labels, formerly most frequent first.
        share_before: their share of the values before, 0–1.
        share: their share of the values now, 0–1.
        merged_into: the label that took their share; null: none did.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> evidence, column = two_runs(["a", "b", "c", "d"] * 300, ["a", "b", "d"] * 400)
        >>> CategoryMissing().explain(evidence, column).evidence["labels"]
        ['c']
    """

    name: ClassVar[str] = "category_missing"
    family: ClassVar[Family] = "data"
    assumes_level: ClassVar[bool] = True
    of_business: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Add up the labels that are gone and see where their share went."""
        both = pair(evidence, origin)
        if both is None or not both.then.labels or not both.now.labels or both.now.slack > 0:
            return None
        then, now = both.then.labels, both.now.labels
        gone = {label: share for label, share in then.items() if now.get(label, 0.0) < MAX_SHARE_LEFT * share}
        gone = {label: share for label, share in gone.items() if share * both.now.values >= MIN_EXPECTED_ROWS}
        lost = sum(gone.values())
        if lost < MIN_LOST_SHARE or len(gone) == len(then):
            return None
        names = sorted(gone, key=lambda label: -gone[label])
        new = sum(share for label, share in now.items() if label not in then)
        if new > MAX_NEW_PER_LOST * lost:
            return None
        into = _taker(both, gone)
        rest_of = thinned(both, *gone)
        left = sum(now.get(label, 0.0) for label in gone)
        if into is not None:
            score, rest = (
                0.92,
                f"{'its' if len(names) == 1 else 'their'} share went to {into!r}: categories were merged",
            )
        elif rest_of.moved <= rest_of.noise:
            score, rest = 0.9, "the others kept their proportions: rows of these categories are missing"
        else:
            score, rest = 0.45, "the others shifted too"
        if left > 0:
            score -= 0.1
        if both.now.numeric:
            score -= 0.25
        sentence = (
            f"{origin} lost {quoted(names)} since {evidence.first_run(origin)} "
            f"(before {percent(lost)} of the values, now {percent(left)}); {rest}"
        )
        figures = {"labels": names[:10], "share_before": round(lost, 6), "share": round(left, 6), "merged_into": into}
        return Fit(score, sentence, figures, brief=f"missing categories ({quoted(names)})")


def _taker(both: Pair, gone: dict[str, float]) -> str | None:
    """Return the label that took just the share of those that are gone, while all others kept theirs."""
    then, now = both.then.labels, both.now.labels
    rises = {label: share - then.get(label, 0.0) for label, share in now.items() if label not in gone}
    best = max(rises, key=lambda label: rises[label], default=None)
    if best is None or len(rises) < 2:
        return None
    lost, chance = sum(gone.values()), 4 * both.share_error(best)
    others = sum(abs(rise) for label, rise in rises.items() if label != best) / 2
    if rises[best] < chance or abs(rises[best] - lost) > chance or others > both.label_noise:
        return None
    # Where nothing was merged the others grow in proportion, and so did they all.
    spread = lost * then.get(best, 0.0) / max(1 - lost, 1e-9)
    return best if rises[best] > spread + chance / 2 else None
