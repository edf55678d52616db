"""Fewer or more rows than in any earlier run."""

from __future__ import annotations

from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Ratio, Wording
from stageprint.shifts.table._record import RecordShift


class VolumeRecord(RecordShift):
    """How far the number of rows is below the fewest, or above the most, of all earlier runs.

    Formula: |ln(rows_C / rows)| of the nearest earlier run; 0 within what was seen.

    Example:
        800 to 1,000 rows in the earlier runs and 400 now: ln 2 = 0.693.
    """

    name: ClassVar[str] = "volume_record"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.ROWS})
    wording: ClassVar[Wording] = Ratio("{} rows, beyond every earlier run,")
    example: ClassVar[Example] = Example({"rows": 1000}, {"rows": 500}, 0.6931471805599453)

    def figure(self, table: TableFeatures) -> float:
        """Return the rows."""
        return table.rows
