"""A unique column has duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import ORDERED, ColumnKind, Concern, NotComputable
from stageprint.shifts._succession import MAX_ACCIDENTAL_ROWS
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Share, Wording

MIN_VALUES = 20
"""Smallest number of values in every earlier run; fewer are easily unique by chance."""


class Unique(ColumnRule):
    """Share of values that repeat another value, if at least 3 earlier runs all had no such value.

    Formula: h(p) of that share.

    It is computable only while both sides hold all values exactly: HyperLogLog cannot prove that a large column is
    unique. Declared keys of any size are compared by `duplicate_rows`.
    """

    name: ClassVar[str] = "unique"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DUPLICATES})
    wording: ClassVar[Wording] = Share("{} of the values repeat another, where no earlier run had any such")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "(values − distinct) ÷ values, nulls not counted"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED | {ColumnKind.STRING}
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example(
        [str(number) for number in range(40)],
        [str(number) for number in range(30)] + ["0"] * 10,
        1.0471975511965976,
        ColumnKind.STRING,
    )

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return the share of duplicates."""
        past = [run for run in past if run.present > 0]
        if len(past) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs with values, has {len(past)}")
        if not current.present > 0:
            return NotComputable("no values in this run")
        if any(run.distinct_error != 0 for run in (current, *past)):
            return NotComputable("too many values to hold them all exactly")
        if any(run.distinct < run.present or run.present < MIN_VALUES for run in past):
            return NotComputable("was not unique in every earlier run")
        duplicates = current.present - current.distinct
        broken = duplicates > MAX_ACCIDENTAL_ROWS
        return Outcome(float(arcsine(duplicates / current.present)) if broken else 0.0)
