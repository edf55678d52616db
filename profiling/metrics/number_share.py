"""Share of the texts that are numbers."""

from __future__ import annotations

from typing import ClassVar

from profiling.metrics._text_shape import FormShareMetric
from profiling.states._text_forms import Form


class NumberShare(FormShareMetric):
    """Texts that are a decimal number (sign, point, exponent; no thousands separators, no NaN) ÷ non-null texts."""

    name: ClassVar[str] = "number_share"
    form: ClassVar[Form] = Form.NUMBER
