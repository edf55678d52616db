"""Least value as text."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._extreme import ExtremeTextMetric


class MinText(ExtremeTextMetric):
    """Least value as text."""

    name: ClassVar[str] = "min_text"
    greatest: ClassVar[bool] = False
