"""Arithmetic mean."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._moment import MomentMetric
from stageprint.metrics.base import TEMPORAL_UNIT
from stageprint.states.moments import MomentsState


class MeanMetric(MomentMetric):
    """Arithmetic mean of the finite values."""

    name: ClassVar[str] = "mean"
    unit: ClassVar[str] = TEMPORAL_UNIT
    source: ClassVar[str] = "centred moments, Chan, Golub & LeVeque 1979"
    null_means: ClassVar[str] = "not a number, date or timestamp, or no finite values"

    def of(self, moments: MomentsState) -> float:
        """Return the mean."""
        return moments.mean
