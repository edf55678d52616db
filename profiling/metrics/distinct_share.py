"""Distinct values for each value: 1 where all differ."""

from __future__ import annotations

from typing import ClassVar

from profiling.metrics._count import NO_VALUES, counts_of
from profiling.metrics._distinct import DistinctMetric, distinct_of
from profiling.metrics.base import Value
from profiling.model import ColumnProfile, NotComputable


class DistinctShare(DistinctMetric):
    """Distinct values ÷ values that are neither null nor NaN."""

    name: ClassVar[str] = "distinct_share"
    unit: ClassVar[str] = "share 0–1"
    sql_type: ClassVar[str] = "double"
    null_means: ClassVar[str] = "not defined for the column's type, or no non-null values"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the share."""
        values = counts_of(column).values
        distinct = distinct_of(column)
        if isinstance(distinct, NotComputable):
            return distinct
        return distinct.estimate / values if values else NO_VALUES
