"""Labels are gone: their rows vanished, or they were merged into another label."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import Pair, pair
from stageprint.diagnosis.shares import thinned
from stageprint.model import ColumnKey
from stageprint.model.figures import percent, quoted

LEAST = 0.004
"""Least share of the values that the vanished labels must have had."""

ROWS = 10
"""Rows of them that should have come."""

NEARLY = 0.1
"""A label with under this part of its earlier share is nearly gone."""


class CategoryMissing(Cause):
    """Labels that held a share of the values have none, or nearly none, of them any more.

    Signature: labels with at least 0.4 % of the earlier values are absent now. Where the rest kept its proportions
    their rows are missing; where one label took just their share they were collapsed into it.

    Source: this project.

    Told apart from: `category_reencoded`, where new labels stand in their place; a genuine change of the mix, where
    labels become rarer but stay.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> evidence, column = two_runs(["a", "b", "c", "d"] * 300, ["a", "b", "d"] * 400)
        >>> CategoryMissing().explain(evidence, column).evidence["labels"]
        ['c']
    """

    name: ClassVar[str] = "category_missing"
    family: ClassVar[Family] = "data"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Add up the labels that are gone and see where their share went."""
        both = pair(evidence, origin)
        if both is None or not both.then.labels or not both.now.labels or both.now.slack > 0:
            return None
        then, now = both.then.labels, both.now.labels
        gone = {label: share for label, share in then.items() if now.get(label, 0.0) < NEARLY * share}
        gone = {label: share for label, share in gone.items() if share * both.now.values >= ROWS}
        lost = sum(gone.values())
        if lost < LEAST or len(gone) == len(then):
            return None
        names = sorted(gone, key=lambda label: -gone[label])
        new = sum(share for label, share in now.items() if label not in then)
        into = _taker(both, gone)
        rest_of = thinned(both, *gone)
        left = sum(now.get(label, 0.0) for label in gone)
        if into is not None:
            score, rest = 0.92, f"their share went to {into!r}: categories were collapsed"
        elif rest_of.moved <= rest_of.noise:
            score, rest = 0.9, "the others kept their proportions: rows of these categories are missing"
        else:
            score, rest = 0.45, "the others shifted too"
        if new > 0.5 * lost:
            score = 0.5
        if left > 0:
            score -= 0.1
        if both.now.numeric:
            score -= 0.25
        sentence = (
            f"{origin} lost {quoted(names)} since {evidence.first_run(origin)} "
            f"(before {percent(lost)} of the values, now {percent(left)}); {rest}"
        )
        figures = {"labels": names[:10], "share_before": round(lost, 6), "share": round(left, 6), "into": into}
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
