"""Bound on the error of the quantiles' ranks."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import NO_VALUES
from stageprint.metrics._quantile import QuantileMetric, exact_counts
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable
from stageprint.states.kll import KllState


class RankErrorMetric(QuantileMetric):
    """Bound ε (99 %) on the error of a quantile's rank: 2.296/k^0.9723; 0 where the quantiles are exact."""

    name: ClassVar[str] = "rank_error"
    unit: ClassVar[str] = "share 0–1 of the values"
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = "single-sided normalised rank error of Apache DataSketches' KLL sketch"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the error."""
        sketch = column.state(KllState)
        if sketch is None or not sketch.n:
            return NO_VALUES
        return sketch.rank_error if exact_counts(column) is None else 0.0
