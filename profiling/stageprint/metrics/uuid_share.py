"""Share of the texts that are UUIDs."""

from __future__ import annotations

from typing import ClassVar

from stageprint.batch.text_formats import TextFormat
from stageprint.metrics._text_shape import FormShareMetric


class UuidShareMetric(FormShareMetric):
    """Texts that are a UUID of 8-4-4-4-12 hexadecimal digits ÷ non-null texts."""

    name: ClassVar[str] = "uuid_share"
    format: ClassVar[TextFormat] = TextFormat.UUID
