"""A column repeats the run before it to the last digit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isclose
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.model import NUMERIC, TIMESTAMPS, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Fact, Wording

MIN_TRANSITIONS = 5
"""Earlier transitions between runs that are needed."""

MIN_CHANGED_SHARE = 0.9
"""Smallest share of them in which the column must have changed."""

MIN_DISTINCT_VALUES = 3
"""Different values that a repeating run must hold: a day without rain repeats another by right."""

RELATIVE_TOLERANCE = 1e-11
"""States merged in another order differ in the last bits of a moment."""


class Frozen(ColumnRule):
    """Rows, nulls, extremes and moments all repeat the previous run's, although they usually change.

    Formula: 1 if they do, else 0.

    "Usually" is in at least 90 % of at least 5 earlier transitions between runs, and of those runs at least 90 % must
    differ from all others. Static dimensions and feeds that pause at week-ends are not frozen, nor is a column of
    nothing but zeros that now and then has nothing else.
    """

    name: ClassVar[str] = "frozen"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FRESHNESS})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Fact(
        "rows, nulls, extremes and moments repeat the run before, although they usually change"
    )
    unit: ClassVar[str] = "1 broken, 0 held"
    convention: ClassVar[str] = "moments compared to eleven digits, counts exactly"
    source: ClassVar[str] = "this project"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC | TIMESTAMPS | {ColumnKind.DATE}
    min_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example([1, 2, 3], [1, 2, 3], 0.0, ColumnKind.INTEGER)

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return 1 where the column did not move."""
        if len(past) <= MIN_TRANSITIONS:
            return NotComputable(f"needs {MIN_TRANSITIONS + 1} earlier runs, has {len(past)}")
        if not current.exact or not all(run.exact for run in past):
            return NotComputable("no exact metrics were kept in every run")
        changed = [not repeats(before, after) for before, after in pairwise(past)]
        if sum(changed) < MIN_CHANGED_SHARE * len(changed):
            return NotComputable("does not change from run to run")
        if not min(current.distinct, past[-1].distinct) >= MIN_DISTINCT_VALUES:
            return NotComputable(f"fewer than {MIN_DISTINCT_VALUES} different values in this run or the last")
        if len({run.exact for run in past}) < MIN_CHANGED_SHARE * len(past):
            return NotComputable("the same values came up in several earlier runs")
        return Outcome(1.0 if repeats(past[-1], current) else 0.0)


def repeats(before: ColumnFeatures, after: ColumnFeatures) -> bool:
    """Return whether two runs have the same exact metrics."""
    # The mean of a standardised column is rounding noise around 0: it is compared in standard deviations.
    near = isclose(
        before.mean, after.mean, rel_tol=RELATIVE_TOLERANCE, abs_tol=RELATIVE_TOLERANCE * before.variance**0.5
    )
    return near and all(
        isclose(a, b, rel_tol=RELATIVE_TOLERANCE) for a, b in zip(before.exact, after.exact, strict=True)
    )
