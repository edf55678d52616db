"""Number of distinct values; nulls and NaN are not counted."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._distinct import DistinctMetric, distinct_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable


class DistinctCountMetric(DistinctMetric):
    """Number of distinct values; nulls and NaN are not counted."""

    name: ClassVar[str] = "distinct_count"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the number."""
        distinct = distinct_of(column)
        return distinct if isinstance(distinct, NotComputable) else distinct.estimate
