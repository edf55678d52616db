"""Fewer or more distinct keys than in any earlier run."""

from __future__ import annotations

from math import nan
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Ratio, Wording
from stageprint.shifts.table._record import RecordShift


class KeysRecord(RecordShift):
    """How far the number of distinct keys is below the fewest, or above the most, of all earlier runs.

    Formula: |ln(keys_C / keys)| of the nearest earlier run; 0 within what was seen.

    Example:
        1,000 keys in the earlier runs and 500 now: ln 2 = 0.693.
    """

    name: ClassVar[str] = "keys_record"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.KEYS})
    wording: ClassVar[Wording] = Ratio("{} distinct keys, beyond every earlier run,")
    example: ClassVar[Example] = Example(
        {"rows": 1000, "keys": range(1000)}, {"rows": 1000, "keys": range(500)}, 0.6931471805599453
    )

    def figure(self, table: TableFeatures) -> float:
        """Return the distinct values of the key; NaN without one."""
        return nan if table.keys is None else table.keys.value
