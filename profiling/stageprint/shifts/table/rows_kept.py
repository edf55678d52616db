"""A table that kept the same share of upstream rows in every run keeps another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, Example, Outcome, TableRule
from stageprint.shifts.base_wording import Part, Wording

RATIO_TOLERANCE = 0.001
"""Relative difference up to which ratios of rows count as the same."""

MAX_ACCIDENTAL_ROWS = 5
"""Number of rows that never break the rule, since they may be an accident."""


class RowsKept(TableRule):
    """Change in the number of rows per upstream row, if it was the same in each of at least 3 earlier runs.

    Formula: |ratio_C / ratio − 1|.

    A left join keeps every row. Turned into an inner join it drops the rows without a match; with duplicates on its
    right side it multiplies rows.

    Example:
        A table that had a row for each of 1,000 upstream rows now has 850: 0.15.
    """

    name: ClassVar[str] = "rows_kept"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.ROWS, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Part("the rows for each upstream row changed by {}, where all earlier runs agreed")
    unit: ClassVar[str] = "share of the rows; 0 held"
    convention: ClassVar[str] = "ratios of exact row counts, the same to within 0.1 %"
    source: ClassVar[str] = "this project"
    min_effect: ClassVar[float] = 0.01
    critical_effect: ClassVar[float] = 0.05
    example: ClassVar[Example] = Example({"rows": 1000, "upstream": 1000}, {"rows": 850, "upstream": 1000}, 0.15)

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return how far the share is from what it always was."""
        ratios = [run.row_ratio for run in past if run.row_ratio > 0]
        if len(ratios) < MIN_INVARIANT_RUNS:
            return NotComputable(
                f"needs {MIN_INVARIANT_RUNS} earlier runs with their upstream table, has {len(ratios)}"
            )
        if not current.upstream_rows > 0:
            return NotComputable("no upstream rows in this run")
        usual = sum(ratios) / len(ratios)
        if max(ratios) - min(ratios) > RATIO_TOLERANCE * usual:
            return NotComputable("the share of upstream rows is not the same from run to run")
        apart = abs(current.row_ratio / usual - 1)
        broken = apart > RATIO_TOLERANCE and apart * usual * current.upstream_rows > MAX_ACCIDENTAL_ROWS
        detail = f"{current.row_ratio:.2%} of the upstream rows, {usual:.2%} in every earlier run"
        return Outcome(apart if broken else 0.0, detail=detail)
