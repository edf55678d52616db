"""Mean length of the values."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._length import LengthMetric
from stageprint.states.lengths import LengthsState


class LengthMeanMetric(LengthMetric):
    """Mean length of the values."""

    name: ClassVar[str] = "length_mean"
    sql_type: ClassVar[str] = "double"

    def of(self, lengths: LengthsState) -> float:
        """Return the length."""
        return lengths.total / lengths.n
