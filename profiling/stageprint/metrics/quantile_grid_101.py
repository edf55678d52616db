"""All percentiles, for charts and comparisons in SQL."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._quantile import QuantileMetric, quantiles_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable


class QuantileGrid101Metric(QuantileMetric):
    """The quantiles of rank 0, 1, …, 100 %; the first is the exact minimum and the last the exact maximum."""

    name: ClassVar[str] = "quantile_grid_101"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the 101 quantiles, ascending."""
        found = quantiles_of(column, [rank / 100 for rank in range(101)])
        return found if isinstance(found, NotComputable) else [*found]
