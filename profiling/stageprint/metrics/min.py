"""Smallest value as a double."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._extreme import ExtremeMetric


class MinMetric(ExtremeMetric):
    """Smallest value as a double."""

    name: ClassVar[str] = "min"
    greatest: ClassVar[bool] = False
