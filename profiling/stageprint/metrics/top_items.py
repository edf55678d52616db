"""The most frequent values."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._label import LabelMetric, frequencies_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable


class TopItemsMetric(LabelMetric):
    """The most frequent values as text, by descending count; at most ``sketches.top_items`` values.

    `count` is an estimate; the true count is between `lower` and `upper`. All three are equal where it is exact.
    """

    name: ClassVar[str] = "top_items"
    unit: ClassVar[str] = "rows"
    sql_type: ClassVar[str] = "array<struct<item:string,count:bigint,lower:bigint,upper:bigint>>"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the items."""
        labels = frequencies_of(column, self.settings.top_items)
        if isinstance(labels, NotComputable):
            return labels
        items: list[object] = [
            {"item": item.item, "count": item.estimate, "lower": item.lower, "upper": item.upper}
            for item in labels.items
        ]
        return items or labels.none_sure
