"""Largest value as text."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._extreme import ExtremeTextMetric


class MaxTextMetric(ExtremeTextMetric):
    """Largest value as text."""

    name: ClassVar[str] = "max_text"
    greatest: ClassVar[bool] = True
