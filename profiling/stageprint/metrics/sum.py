"""Sum of the values."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._moment import MomentMetric
from stageprint.metrics.base import Value
from stageprint.model import NUMERIC, ColumnKind, ColumnProfile, NotComputable
from stageprint.states.moments import MomentsState
from stageprint.states.sums import SumsState


class SumMetric(MomentMetric):
    """Sum of the finite values: for integers and decimals the nearest double, for floats up to rounding."""

    name: ClassVar[str] = "sum"
    unit: ClassVar[str] = "as the column"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    source: ClassVar[str] = "integers and decimals: exact sum; floats: number of values × mean, from centred moments"
    null_means: ClassVar[str] = "not a number, or no finite values"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the sum."""
        sums = column.state(SumsState)
        total = None if sums is None else sums.total
        return super().compute(column) if total is None else float(total)

    def of(self, moments: MomentsState) -> float:
        """Return the sum of floats."""
        return moments.n * moments.mean
