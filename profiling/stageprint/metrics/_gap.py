"""Base of the two metrics of the largest gap."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import NO_VALUES
from stageprint.metrics.base import Metric
from stageprint.model import TEMPORAL, ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.time_gaps import Gap, TimeGapsState


class GapMetric(Metric):
    """A figure of the longest time without values, between the first and the last value."""

    unit: ClassVar[str] = "seconds"
    kinds: ClassVar[frozenset[ColumnKind]] = TEMPORAL
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = "at most 4,096 occupied buckets of 2^n microseconds (dates: days); exact where n is 0"
    null_means: ClassVar[str] = "not a date or timestamp, or fewer than two distinct values"
    needs: ClassVar[tuple[type[State], ...]] = (TimeGapsState,)
    exact: ClassVar[bool] = False


def gap_of(column: ColumnProfile) -> Gap | NotComputable:
    """Return the largest gap of a column, or why there is none."""
    state = column.state(TimeGapsState)
    if state is None or not state.occupied:
        return NO_VALUES
    return state.largest_gap() or NotComputable("all values are equal")
