"""Median."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._quantile import QuantileMetric, quantiles_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable


class MedianMetric(QuantileMetric):
    """The quantile of rank ½; of an even number of values, the lower of the two in the middle."""

    name: ClassVar[str] = "median"
    sql_type: ClassVar[str] = "double"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the median."""
        found = quantiles_of(column, [0.5])
        return found if isinstance(found, NotComputable) else found[0]
