"""Base of the metrics that are a histogram of hours or weekdays."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import NO_VALUES
from stageprint.metrics.base import Metric, Value
from stageprint.model import ColumnProfile, NotComputable
from stageprint.states.base_calendar import CalendarState


class CalendarMetric(Metric):
    """A histogram, as its state holds it."""

    unit: ClassVar[str] = "rows"
    sql_type: ClassVar[str] = "array<bigint>"
    source: ClassVar[str] = "exact counts in UTC; timestamps without timezone as written"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the bins."""
        states = (column.states.get(state.name) for state in self.needs)
        state = next((found for found in states if isinstance(found, CalendarState)), None)
        return [*state.bins] if state is not None and any(state.bins) else NO_VALUES
