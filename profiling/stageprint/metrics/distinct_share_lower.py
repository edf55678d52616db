"""The lower bound of the share of distinct values."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._distinct import DistinctShareMetric


class DistinctShareLower(DistinctShareMetric):
    """The lower bound of `distinct_share` at 2 standard deviations (95.4 %); the share itself where it is exact."""

    name: ClassVar[str] = "distinct_share_lower"
    figure: ClassVar[str] = "lower"
