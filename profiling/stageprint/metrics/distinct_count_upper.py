"""Upper bound of the number of distinct values, at 2 standard deviations (95.4 %)."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._distinct import DistinctMetric, distinct_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable


class DistinctCountUpperMetric(DistinctMetric):
    """Upper bound of the number of distinct values, at 2 standard deviations (95.4 %).

    Equal to `distinct_count` where that is exact.
    """

    name: ClassVar[str] = "distinct_count_upper"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the bound."""
        distinct = distinct_of(column)
        return distinct if isinstance(distinct, NotComputable) else distinct.upper
