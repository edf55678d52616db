"""Bound on the error of the counts of the most frequent values."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._label import LabelMetric, frequencies_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable


class TopItemsMaxErrorMetric(LabelMetric):
    """Bound on the error of the counts in `top_items`; 0 where every value is counted exactly."""

    name: ClassVar[str] = "top_items_max_error"
    unit: ClassVar[str] = "rows"
    sql_type: ClassVar[str] = "bigint"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the error."""
        labels = frequencies_of(column, 1)
        return labels if isinstance(labels, NotComputable) else labels.max_error
