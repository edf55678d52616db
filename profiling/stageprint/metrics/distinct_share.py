"""Distinct values for each value: 1 where all differ."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._distinct import DistinctShareMetric


class DistinctShare(DistinctShareMetric):
    """Distinct values ÷ values that are neither null nor NaN."""

    name: ClassVar[str] = "distinct_share"
    figure: ClassVar[str] = "estimate"
