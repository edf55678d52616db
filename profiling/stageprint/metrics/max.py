"""Largest value as a double."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._extreme import ExtremeMetric


class MaxMetric(ExtremeMetric):
    """Largest value as a double."""

    name: ClassVar[str] = "max"
    greatest: ClassVar[bool] = True
