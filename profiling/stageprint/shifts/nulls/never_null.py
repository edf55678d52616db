"""A column that was never null has nulls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import ALL_KINDS, ColumnKind, Concern, NotComputable
from stageprint.shifts._succession import is_broken
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Share, Wording

MAX_ACCIDENTAL_ROWS = 3
"""Number of rows that never break a rule, since they may be an accident."""


class NeverNull(ColumnRule):
    """Share of nulls, if at least 3 earlier runs all had none.

    Formula: h(p) of that share; 0 for a few nulls.

    How many nulls break the rule follows from the earlier runs and rows without any (rule of succession).
    """

    name: ClassVar[str] = "never_null"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MISSING_VALUES})
    wording: ClassVar[Wording] = Share("{} nulls, where no earlier run had any")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "nulls ÷ rows"
    source: ClassVar[str] = "Laplace's rule of succession with Jeffreys' prior; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example([1, 2] * 50, [1, 2] * 30 + [None] * 20, 1.0471975511965976, ColumnKind.INTEGER)

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how many nulls there are."""
        if len(past) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs, has {len(past)}")
        if any(run.nulls > 0 for run in past):
            return NotComputable("had nulls in an earlier run")
        broken = is_broken(len(past), sum(run.rows for run in past), current.nulls, current.rows)
        return Outcome(float(arcsine(current.null_share)) if broken else 0.0)
