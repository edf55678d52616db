"""Skewness."""

from __future__ import annotations

import math
from typing import ClassVar

from stageprint.metrics._moment import MomentMetric
from stageprint.states.moments import MomentsState


class SkewnessMetric(MomentMetric):
    """Skewness g₁ = √n · M3 / M2^1.5 of the finite values: the population formula, as in Spark's ``skewness``."""

    name: ClassVar[str] = "skewness"
    unit: ClassVar[str] = "without unit"
    source: ClassVar[str] = "centred moments, Pébay 2008; g₁ of Joanes & Gill 1998"
    null_means: ClassVar[str] = "not a number, date or timestamp, fewer than 2 finite values, or all of them equal"
    min_values: ClassVar[int] = 2
    needs_spread: ClassVar[bool] = True

    def of(self, moments: MomentsState) -> float:
        """Return the skewness."""
        return math.sqrt(moments.n / moments.m2) * (moments.m3 / moments.m2)
