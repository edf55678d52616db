"""Least value as a double."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._extreme import ExtremeMetric


class Min(ExtremeMetric):
    """Least value as a double."""

    name: ClassVar[str] = "min"
    greatest: ClassVar[bool] = False
