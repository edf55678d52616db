"""Rows in each hour of the day: a timezone mistake rotates this histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from stageprint.model import TIMESTAMPS, ColumnKind
from stageprint.states.base_calendar import CalendarState

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch


class HourOfDayState(CalendarState):
    """24 bins: rows in hour 0 to 23, in UTC (as written, for timestamps without timezone)."""

    name: ClassVar[str] = "hour_of_day"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    size: ClassVar[int] = 24

    def update(self, batch: ColumnBatch) -> None:
        """Take in the timestamps of one batch."""
        hours, rows = batch.hours
        self._add(hours % self.size, rows)
