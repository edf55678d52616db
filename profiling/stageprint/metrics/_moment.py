"""Base of the metrics computed from moments."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import ClassVar, Final

from stageprint.metrics._count import NO_VALUES, counts_of
from stageprint.metrics.base import Metric, Value
from stageprint.model import ORDERED, ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.moments import MomentsState

_MIN_M2: Final = 1e-140


class MomentMetric(Metric):
    """A figure of the finite values: nulls, NaN and ±inf are left out.

    Attributes:
        min_values: Number of finite values that it needs.
        needs_spread: Whether two of them must differ.
    """

    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    sql_type: ClassVar[str] = "double"
    needs: ClassVar[tuple[type[State], ...]] = (MomentsState, CountsState)
    min_values: ClassVar[int] = 1
    needs_spread: ClassVar[bool] = False

    @abstractmethod
    def of(self, moments: MomentsState) -> float:
        """Return the figure."""

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the figure, unless there are too few values or the numbers are too large."""
        moments = column.state(MomentsState)
        if moments is None or not moments.n:
            return NotComputable("no finite values") if counts_of(column).values else NO_VALUES
        if moments.n < self.min_values:
            return NotComputable(f"{moments.n} finite value; it needs {self.min_values}")
        if self.needs_spread and moments.m2 == 0:
            return NotComputable("all values are equal, or too close to each other for a double")
        # Below this, fourth powers underflow.
        lost = self.needs_spread and moments.m2 < _MIN_M2
        value = math.nan if lost else self.of(moments)
        return value if math.isfinite(value) else NotComputable("the values are too large or too close for a double")
