"""Smallest value as text."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._extreme import ExtremeTextMetric


class MinTextMetric(ExtremeTextMetric):
    """Smallest value as text."""

    name: ClassVar[str] = "min_text"
    greatest: ClassVar[bool] = False
