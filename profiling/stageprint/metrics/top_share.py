"""Share of the most frequent value."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._label import LabelMetric, frequencies_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable


class TopShareMetric(LabelMetric):
    """Rows of the most frequent value (estimated) ÷ values that are neither null nor NaN."""

    name: ClassVar[str] = "top_share"
    unit: ClassVar[str] = "share 0–1"
    sql_type: ClassVar[str] = "double"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the share."""
        labels = frequencies_of(column, 1)
        if isinstance(labels, NotComputable):
            return labels
        return labels.items[0].estimate / labels.rows if labels.items else labels.none_sure
