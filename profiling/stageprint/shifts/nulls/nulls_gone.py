"""A column that always had nulls has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import ALL_KINDS, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Share, Wording

MIN_EXPECTED_NULLS = 50.0
"""Smallest number of nulls to be expected by the smallest earlier share, so that none at all is not an accident."""


class NullsGone(ColumnRule):
    """No nulls, although at least 3 earlier runs all had some.

    Formula: h(p) of the smallest earlier share of nulls; 0 while there are nulls.

    Nulls were filled, or the rows that had them were dropped. Not computable where an earlier run had none either, or
    where so few were to be expected that chance may have left them out.
    """

    name: ClassVar[str] = "nulls_gone"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MISSING_VALUES, Concern.PLACEHOLDERS})
    wording: ClassVar[Wording] = Share("no nulls, where every earlier run had at least {}")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "least past share of nulls ÷ rows"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example([1, None] * 100, [1, 2] * 100, 1.5707963267948966, ColumnKind.INTEGER)

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return the share that is gone."""
        if len(past) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs, has {len(past)}")
        least = min(run.null_share for run in past)
        if least == 0:
            return NotComputable("an earlier run had no nulls")
        if least * current.rows < MIN_EXPECTED_NULLS:
            return NotComputable("too few nulls were to be expected")
        return Outcome(float(arcsine(least)) if current.nulls == 0 else 0.0)
