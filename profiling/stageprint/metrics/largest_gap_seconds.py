"""Longest time without values."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._gap import GapMetric, gap_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable


class LargestGapSecondsMetric(GapMetric):
    """Largest difference between two successive distinct values, within `largest_gap_error_seconds`."""

    name: ClassVar[str] = "largest_gap_seconds"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the gap."""
        gap = gap_of(column)
        return gap if isinstance(gap, NotComputable) else gap.seconds
