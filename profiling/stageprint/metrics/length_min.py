"""Length of the shortest value."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._length import LengthMetric
from stageprint.states.lengths import LengthsState


class LengthMinMetric(LengthMetric):
    """Length of the shortest value."""

    name: ClassVar[str] = "length_min"

    def of(self, lengths: LengthsState) -> int:
        """Return the length."""
        return lengths.minimum
