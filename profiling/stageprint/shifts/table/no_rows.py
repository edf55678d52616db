"""A table that had rows has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, Example, Outcome, TableRule
from stageprint.shifts.base_wording import Fact, Wording

MIN_ROWS_OF_A_SHORT_PAST = 100
"""Rows of each earlier run from which on fewer than 3 such runs are enough."""


class NoRows(TableRule):
    """An empty table that had rows in each of at least 3 earlier runs, or at least 100 in each of fewer runs.

    Formula: 1 if it is, else 0.

    Example:
        1,000 rows in each of three runs, now none: 1.
    """

    name: ClassVar[str] = "no_rows"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.ROWS})
    wording: ClassVar[Wording] = Fact("the table is empty, which it was in no earlier run")
    unit: ClassVar[str] = "1 broken, 0 held"
    convention: ClassVar[str] = "rows scanned"
    source: ClassVar[str] = "this project"
    min_effect: ClassVar[float] = 1.0
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example({"rows": 1000}, {"rows": 0}, 1.0)

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return 1 where the rule is broken."""
        many = all(run.rows >= MIN_ROWS_OF_A_SHORT_PAST for run in past)
        if len(past) < MIN_INVARIANT_RUNS and not many:
            return NotComputable(
                f"needs {MIN_INVARIANT_RUNS} earlier runs, or {MIN_ROWS_OF_A_SHORT_PAST} rows in each of fewer"
            )
        if not all(run.rows > 0 for run in past):
            return NotComputable("was empty in an earlier run")
        return Outcome(1.0 if current.rows == 0 else 0.0)
