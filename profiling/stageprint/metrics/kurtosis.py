"""Excess kurtosis."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._moment import MomentMetric
from stageprint.states.moments import MomentsState


class KurtosisMetric(MomentMetric):
    """Excess kurtosis g₂ = n · M4 / M2² − 3 of the finite values; 0 for a normal distribution.

    The population formula, as in Spark's ``kurtosis``.
    """

    name: ClassVar[str] = "kurtosis"
    unit: ClassVar[str] = "without unit"
    source: ClassVar[str] = "centred moments, Pébay 2008; g₂ of Joanes & Gill 1998"
    null_means: ClassVar[str] = "not a number, date or timestamp, fewer than 2 finite values, or all of them equal"
    min_values: ClassVar[int] = 2
    needs_spread: ClassVar[bool] = True

    def of(self, moments: MomentsState) -> float:
        """Return the excess kurtosis."""
        return moments.n * (moments.m4 / moments.m2) / moments.m2 - 3.0
