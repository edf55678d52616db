"""Bound on the error of the largest gap."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._gap import GapMetric, gap_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable


class LargestGapErrorSecondsMetric(GapMetric):
    """Bound on the error of `largest_gap_seconds` in either direction: a bucket's width; 0 where the gap is exact."""

    name: ClassVar[str] = "largest_gap_error_seconds"

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the bound."""
        gap = gap_of(column)
        return gap if isinstance(gap, NotComputable) else gap.error
