"""The upper bound of the share of distinct values."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._distinct import DistinctRatioMetric


class DistinctShareUpperMetric(DistinctRatioMetric):
    """Upper bound of `distinct_share` at 2 standard deviations (95.4 %); equal to the share where it is exact."""

    name: ClassVar[str] = "distinct_share_upper"
    figure: ClassVar[str] = "upper"
