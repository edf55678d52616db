"""A key that was never used twice is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.formulas import arcsine
from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, Example, Outcome, TableRule
from stageprint.shifts.base_wording import Share, Wording
from stageprint.shifts.table.rows_kept import MAX_ACCIDENTAL_ROWS


class UniqueKey(TableRule):
    """Share of rows that repeat a key, if at least 3 earlier runs all had no such row.

    Formula: h(p) of that share.

    Where keys are sketched, the key counts as unique within the sketch's bound at 3 standard deviations, and as no
    longer unique beyond six. What was true of every row of every run does not vary by chance: unlike `duplicate_rows`,
    this rule needs no history of how far the share moves.

    Example:
        100 keys in 100 rows in every run, and now 75 in 100: h(.25) = 1.047.
    """

    name: ClassVar[str] = "unique_key"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DUPLICATES})
    wording: ClassVar[Wording] = Share("{} of the rows repeat a key, where no earlier run had any such")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "1 − distinct keys ÷ rows; a row with a null key counts as a duplicate"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.3
    example: ClassVar[Example] = Example(
        {"rows": 100, "keys": range(100)}, {"rows": 100, "keys": range(75)}, 1.0471975511965976
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return how many rows repeat a key."""
        if len(past) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs, has {len(past)}")
        if current.keys is None or not current.rows > 0:
            return NotComputable("no keys were kept in this run")
        if any(run.keys is None for run in past):
            return NotComputable("no keys were kept in an earlier run")
        if any(run.keys is not None and run.keys.upper < run.rows for run in past):
            return NotComputable("the key was not unique in every earlier run")
        repeated = current.rows - (2 * current.keys.upper - current.keys.value)
        broken = repeated > MAX_ACCIDENTAL_ROWS
        return Outcome(float(arcsine(repeated / current.rows)) if broken else 0.0)
