"""Rows in each hour of the day."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._calendar import CalendarMetric
from stageprint.model import TIMESTAMPS, ColumnKind
from stageprint.states.base import State
from stageprint.states.hour_of_day import HourOfDayState


class HourOfDayMetric(CalendarMetric):
    """24 counts: rows in each hour of the day, 0 to 23."""

    name: ClassVar[str] = "hour_of_day"
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    null_means: ClassVar[str] = "not a timestamp column, or no non-null values"
    needs: ClassVar[tuple[type[State], ...]] = (HourOfDayState,)
