"""How far the largest gap may be off."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._gap import GapMetric, gap_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable


class LargestGapErrorSeconds(GapMetric):
    """Most that `largest_gap_seconds` is off, to either side: a bucket's width, and 0 where every value has its own."""

    name: ClassVar[str] = "largest_gap_error_seconds"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the bound."""
        gap = gap_of(column)
        return gap if isinstance(gap, NotComputable) else gap.error
