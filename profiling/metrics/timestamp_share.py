"""Share of the texts that are timestamps."""

from __future__ import annotations

from typing import ClassVar

from profiling.metrics._text_shape import FormShareMetric
from profiling.states._text_forms import Form


class TimestampShare(FormShareMetric):
    """Texts that are an ISO 8601 timestamp ÷ non-null texts.

    ``YYYY-MM-DD``, ``T`` or a blank, ``HH:MM``, with optional seconds, fraction and offset.
    """

    name: ClassVar[str] = "timestamp_share"
    form: ClassVar[Form] = Form.TIMESTAMP
