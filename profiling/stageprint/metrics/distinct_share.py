"""Share of the values that are distinct: 1 where no value occurs twice."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._distinct import DistinctRatioMetric


class DistinctShareMetric(DistinctRatioMetric):
    """Distinct values ÷ values that are neither null nor NaN."""

    name: ClassVar[str] = "distinct_share"
    figure: ClassVar[str] = "estimate"
