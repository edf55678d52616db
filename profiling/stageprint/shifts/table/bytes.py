"""Change in the size of a table's files."""

from __future__ import annotations

from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Ratio, Wording
from stageprint.shifts.table._volume import VolumeShift


class BytesShift(VolumeShift):
    """Change in the table's size in bytes, as a ratio; a compaction or another codec changes it, so it never alerts.

    Formula: |ln(bytes_C / bytes_R)|.

    Example:
        Files of 2,000 bytes where there were 1,000 have moved by ln 2 = 0.693.
    """

    name: ClassVar[str] = "bytes"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.STORAGE})
    wording: ClassVar[Wording] = Ratio("{} bytes")
    used_in_decision: ClassVar[bool] = False
    example: ClassVar[Example] = Example({"rows": 10, "bytes": 1000}, {"rows": 10, "bytes": 2000}, 0.6931471805599453)

    def figure(self, table: TableFeatures) -> float:
        """Return the bytes."""
        return table.bytes
