"""The usual quantiles."""

from __future__ import annotations

from typing import ClassVar, Final

from stageprint.metrics._quantile import QuantileMetric, quantiles_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable

RANKS: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


class QuantilesMetric(QuantileMetric):
    """The quantiles of rank 1, 5, 25, 50, 75, 95 and 99 %."""

    name: ClassVar[str] = "quantiles"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the seven quantiles, ascending."""
        found = quantiles_of(column, RANKS)
        return found if isinstance(found, NotComputable) else [*found]
