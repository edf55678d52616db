"""Rows on each day of the week."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._calendar import CalendarMetric
from stageprint.model import TEMPORAL, ColumnKind
from stageprint.states.base import State
from stageprint.states.weekday import WeekdayState


class WeekdayMetric(CalendarMetric):
    """7 counts: rows on each day of the week, Monday to Sunday."""

    name: ClassVar[str] = "weekday"
    kinds: ClassVar[frozenset[ColumnKind]] = TEMPORAL
    null_means: ClassVar[str] = "not a date or timestamp column, or no non-null values"
    needs: ClassVar[tuple[type[State], ...]] = (WeekdayState,)
