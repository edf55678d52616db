"""A column that had values has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.model import ALL_KINDS, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Fact, Wording

MAX_CHANCE = 1e-6
"""Largest probability of the observation by chance for the rule to count as broken."""


class AllNull(ColumnRule):
    """Every row is null although at least 3 earlier runs all had values.

    Formula: 1 if it is, else 0.

    A sparse column of a small table may be empty by chance: with p the largest earlier share of nulls, p^rows must be
    below 10⁻⁶.
    """

    name: ClassVar[str] = "all_null"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MISSING_VALUES, Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Fact("every row is null, which was so in no earlier run")
    unit: ClassVar[str] = "1 broken, 0 held"
    convention: ClassVar[str] = "nulls = rows"
    source: ClassVar[str] = "this project"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    min_effect: ClassVar[float] = 1.0
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example([1, 2, 3, None], [None] * 20, 1.0, ColumnKind.INTEGER)

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return 1 where the rule is broken."""
        if len(past) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs, has {len(past)}")
        usual = max(run.null_share for run in past)
        if usual >= 1:
            return NotComputable("was without values in an earlier run")
        broken = current.null_share >= 1 and usual**current.rows < MAX_CHANCE
        return Outcome(1.0 if broken else 0.0)
