"""Share of the texts that are numbers."""

from __future__ import annotations

from typing import ClassVar

from stageprint.batch.text_formats import TextFormat
from stageprint.metrics._text_shape import FormShareMetric


class NumberShareMetric(FormShareMetric):
    """Texts that are a decimal number (sign, point, exponent; no thousands separators, no NaN) ÷ non-null texts."""

    name: ClassVar[str] = "number_share"
    format: ClassVar[TextFormat] = TextFormat.NUMBER
