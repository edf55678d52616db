"""Length of the longest string."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._length import LengthMetric
from stageprint.states.lengths import LengthsState


class LengthMax(LengthMetric):
    """Length of the longest string."""

    name: ClassVar[str] = "length_max"

    def of(self, lengths: LengthsState) -> int:
        """Return the length."""
        return lengths.maximum
