"""Share of the texts that are timestamps."""

from __future__ import annotations

from typing import ClassVar

from stageprint.batch.text_formats import TextFormat
from stageprint.metrics._text_shape import FormShareMetric


class TimestampShareMetric(FormShareMetric):
    """Texts that are an ISO 8601 timestamp ÷ non-null texts.

    ``YYYY-MM-DD``, ``T`` or a space, ``HH:MM``, with optional seconds, fraction and offset.
    """

    name: ClassVar[str] = "timestamp_share"
    format: ClassVar[TextFormat] = TextFormat.TIMESTAMP
