"""A column that varied has one value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import ORDERED, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Fact, Wording
from stageprint.shifts.nulls.all_null import MAX_CHANCE


class Constant(ColumnRule):
    """A column that varied in every earlier run has one value in all rows.

    Formula: h(1) − h(p) with p the largest earlier share of any one value; 0 while the column varies.

    At least 3 earlier runs must all have varied, and the chance p^n of n equal values must be below 10⁻⁶. Rows are not
    independent (a flag on 2 % of the rows may be unset for a whole run), hence the floor, which is not reached for p
    above 94 %.
    """

    name: ClassVar[str] = "constant"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Fact("all values are equal, which was so in no earlier run")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "nulls and NaN not counted"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED | {ColumnKind.STRING, ColumnKind.BOOLEAN}
    min_effect: ClassVar[float] = 0.5
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example([1, 2, 3, 4], [7] * 20, 2.0943951023931957, ColumnKind.INTEGER)

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how much of a change it is that one value holds all rows."""
        past = [run for run in past if run.present > 0 and run.comparable(current)]
        if len(past) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs with values, has {len(past)}")
        if not current.present > 0:
            return NotComputable("no values in this run")
        if not all(_varied(run) for run in past):
            return NotComputable("did not vary in every earlier run")
        usual = max(run.top_share for run in past)
        broken = current.top_share >= 1 and current.top_error == 0 and usual**current.present < MAX_CHANCE
        return Outcome(float(arcsine(1.0) - arcsine(usual)) if broken else 0.0)


def _varied(run: ColumnFeatures) -> bool:
    return run.top_share + run.top_error < 1
