"""Rows on each day of the week: shows a shifted or a missing day."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from stageprint.model import TEMPORAL, ColumnKind
from stageprint.states.base_calendar import CalendarState

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch

_EPOCH = 3  # 1970-01-01 was a Thursday, Monday is 0


class WeekdayState(CalendarState):
    """7 bins, Monday first as in ISO 8601: rows on each day, in UTC (as written, for timestamps without timezone)."""

    name: ClassVar[str] = "weekday"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = TEMPORAL
    size: ClassVar[int] = 7

    def update(self, batch: ColumnBatch) -> None:
        """Take in the dates or timestamps of one batch."""
        if self.kind is ColumnKind.DATE:
            days, rows = batch.sorted_values.exact, batch.sorted_values.counts
        else:
            hours, rows = batch.hours
            days = hours // 24
        self._add((days + _EPOCH) % self.size, rows)
