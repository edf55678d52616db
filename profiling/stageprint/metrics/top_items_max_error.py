"""How far the counts of the most frequent values may be off."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._label import LabelMetric, labels_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable


class TopItemsMaxError(LabelMetric):
    """Most that a count of `top_items` is off; 0 while all values are counted."""

    name: ClassVar[str] = "top_items_max_error"
    unit: ClassVar[str] = "rows"
    sql_type: ClassVar[str] = "bigint"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the error."""
        labels = labels_of(column, 1)
        return labels if isinstance(labels, NotComputable) else labels.max_error
