"""The upper bound of the share of distinct values."""

from __future__ import annotations

from typing import ClassVar

from profiling.metrics._count import NO_VALUES, counts_of
from profiling.metrics._distinct import DistinctMetric, distinct_of
from profiling.metrics.base import Value
from profiling.model import ColumnProfile, NotComputable


class DistinctShareUpper(DistinctMetric):
    """The upper bound of `distinct_share` at 2 standard deviations (95.4 %); the share itself where it is exact."""

    name: ClassVar[str] = "distinct_share_upper"
    unit: ClassVar[str] = "share 0–1"
    sql_type: ClassVar[str] = "double"
    null_means: ClassVar[str] = "not defined for the column's type, or no non-null values"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the bound."""
        values = counts_of(column).values
        distinct = distinct_of(column)
        if isinstance(distinct, NotComputable):
            return distinct
        return distinct.upper / values if values else NO_VALUES
