"""Share of the texts that are booleans."""

from __future__ import annotations

from typing import ClassVar

from stageprint.batch.text_formats import TextFormat
from stageprint.metrics._text_shape import FormShareMetric


class BooleanShareMetric(FormShareMetric):
    """Texts that are ``true`` or ``false`` in any case ÷ non-null texts."""

    name: ClassVar[str] = "boolean_share"
    format: ClassVar[TextFormat] = TextFormat.BOOLEAN
