"""Change in a table's number of rows."""

from __future__ import annotations

from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Ratio, Wording
from stageprint.shifts.table._volume import VolumeShift


class RowsShift(VolumeShift):
    """Change in the number of rows, as a ratio.

    Formula: |ln(rows_C / rows_R)|.

    Example:
        A table of 1,000 rows with 500 now has moved by ln 2 = 0.693.
    """

    name: ClassVar[str] = "rows"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.ROWS})
    wording: ClassVar[Wording] = Ratio("{} rows")
    max_df: ClassVar[float] = 8.0
    negligible_effect: ClassVar[float] = 0.03
    min_effect: ClassVar[float] = 0.10
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.10
    pinned_limit: ClassVar[float | None] = 0.69
    example: ClassVar[Example] = Example({"rows": 1000}, {"rows": 500}, 0.6931471805599453)

    def figure(self, table: TableFeatures) -> float:
        """Return the rows."""
        return table.rows
