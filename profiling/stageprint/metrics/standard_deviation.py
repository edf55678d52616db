"""Sample standard deviation."""

from __future__ import annotations

import math
from typing import ClassVar

from stageprint.metrics._moment import MomentMetric
from stageprint.states.moments import MomentsState


class StandardDeviationMetric(MomentMetric):
    """Sample standard deviation √(M2 / (n − 1)) of the finite values, as in Spark's ``stddev``."""

    name: ClassVar[str] = "standard_deviation"
    unit: ClassVar[str] = "as the column; dates in days, timestamps in microseconds"
    source: ClassVar[str] = "centred moments, Chan, Golub & LeVeque 1979; divisor n − 1"
    null_means: ClassVar[str] = "not a number, date or timestamp, or fewer than 2 finite values"
    min_values: ClassVar[int] = 2

    def of(self, moments: MomentsState) -> float:
        """Return the standard deviation."""
        return math.sqrt(moments.m2 / (moments.n - 1))
