"""Change in the number of a table's files."""

from __future__ import annotations

from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Ratio, Wording
from stageprint.shifts.table._volume import VolumeShift


class FilesShift(VolumeShift):
    """Change in the number of files, as a ratio; a compaction changes it, so it never alerts.

    Formula: |ln(files_C / files_R)|.

    Example:
        Two files where there was one have moved it by ln 2 = 0.693.
    """

    name: ClassVar[str] = "files"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.STORAGE})
    wording: ClassVar[Wording] = Ratio("{} files")
    used_in_decision: ClassVar[bool] = False
    example: ClassVar[Example] = Example({"rows": 10, "files": 1}, {"rows": 10, "files": 2}, 0.6931471805599453)

    def figure(self, table: TableFeatures) -> float:
        """Return the files."""
        return table.files
