"""Share of the texts that are JSON."""

from __future__ import annotations

from typing import ClassVar

from stageprint.batch.text_formats import TextFormat
from stageprint.metrics._text_shape import FormShareMetric


class JsonShareMetric(FormShareMetric):
    """Texts that are a JSON object or array (RFC 8259) ÷ non-null texts."""

    name: ClassVar[str] = "json_share"
    format: ClassVar[TextFormat] = TextFormat.JSON
