"""Base of the metrics that are one of the exact counts."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics.base import Metric, Value
from stageprint.model import ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.counts import CountsState

NO_VALUES = NotComputable("no non-null values")


class CountMetric(Metric):
    """Number of rows with some property; 0 where no row has it.

    Attributes:
        field: Name of the count in `CountsState`.
    """

    unit: ClassVar[str] = "rows"
    sql_type: ClassVar[str] = "bigint"
    source: ClassVar[str] = "exact count"
    null_means: ClassVar[str] = "not defined for the column's type"
    needs: ClassVar[tuple[type[State], ...]] = (CountsState,)
    field: ClassVar[str]

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the count."""
        value: int = getattr(counts_of(column), self.field)
        return value


def counts_of(column: ColumnProfile) -> CountsState:
    """Return the counts of a column; all 0 where the state is missing."""
    counts = column.state(CountsState)
    return CountsState(column.kind) if counts is None else counts
