"""Length of the longest value."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._length import LengthMetric
from stageprint.states.lengths import LengthsState


class LengthMaxMetric(LengthMetric):
    """Length of the longest value."""

    name: ClassVar[str] = "length_max"

    def of(self, lengths: LengthsState) -> int:
        """Return the length."""
        return lengths.maximum
