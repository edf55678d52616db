"""Rows in each hour of the day: where a timezone mistake shows as a rotation."""

from __future__ import annotations

from typing import ClassVar

from stageprint.batch.column import ColumnBatch
from stageprint.model import TIMESTAMPS, ColumnKind
from stageprint.states.base_calendar import CalendarState


class HourOfDayState(CalendarState):
    """24 bins: rows whose timestamp falls in hour 0 to 23, in UTC (as written, for a timestamp without timezone)."""

    name: ClassVar[str] = "hour_of_day"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    size: ClassVar[int] = 24

    def update(self, batch: ColumnBatch) -> None:
        """Take in the timestamps of one batch."""
        hours, rows = batch.hours
        self._add(hours % self.size, rows)
