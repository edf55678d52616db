"""Median length of the values; of an even number of values, the lower of the two in the middle."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._length import LengthMetric
from stageprint.states.lengths import LengthsState


class LengthMedianMetric(LengthMetric):
    """Median length of the values; of an even number of values, the lower of the two in the middle."""

    name: ClassVar[str] = "length_median"
    source: ClassVar[str] = "histogram of lengths, exact below 1,024 characters, within 0.2 % above"
    exact: ClassVar[bool] = False

    def of(self, lengths: LengthsState) -> int | None:
        """Return the length."""
        return lengths.quantile(0.5)
