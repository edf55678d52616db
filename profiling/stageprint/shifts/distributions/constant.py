"""A column that varied has one value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import ORDERED, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Fact, Wording
from stageprint.shifts.nulls.all_null import CHANCE


class Constant(ColumnRule):
    """h(1) − h(p) where all values are equal, p the largest past share of any one value; else 0.

    Every one of at least 3 past runs must have varied, and p^n of n values must be below 10⁻⁶. Rows come in spells, so
    that luck alone is no guide: a flag raised on 2 % of the rows may be down for a run, hence the floor, which asks for
    a usual p of at most 94 %.
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
        broken = current.top_share >= 1 and current.top_error == 0 and usual**current.present < CHANCE
        return Outcome(float(arcsine(1.0) - arcsine(usual)) if broken else 0.0)


def _varied(run: ColumnFeatures) -> bool:
    return run.top_share + run.top_error < 1
