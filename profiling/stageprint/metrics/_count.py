"""Base of the metrics that are one of the exact counts."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics.base import Metric, Value
from stageprint.model import ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.counts import CountsState

NO_VALUES = NotComputable("no non-null values")
ROWS_ONLY = NotComputable("the column is sensitive: only rows and nulls are counted")


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
        counts = counts_of(column)
        if counts.rows_only and column.kind is not ColumnKind.OTHER and self.field not in {"rows", "nulls"}:
            return ROWS_ONLY
        value: int = getattr(counts, self.field)
        return value


def counts_of(column: ColumnProfile) -> CountsState:
    """Return the counts of a column; all 0 where the state is missing."""
    counts = column.state(CountsState)
    return CountsState(column.kind) if counts is None else counts
