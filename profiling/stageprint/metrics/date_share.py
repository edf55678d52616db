"""Share of the texts that are dates."""

from __future__ import annotations

from typing import ClassVar

from stageprint.batch.text_formats import TextFormat
from stageprint.metrics._text_shape import FormShareMetric


class DateShareMetric(FormShareMetric):
    """Texts that are a valid date ÷ non-null texts.

    ``YYYY-MM-DD``, ``DD-MM-YYYY`` or ``MM-DD-YYYY``, separated by ``-``, ``/`` or ``.``.
    """

    name: ClassVar[str] = "date_share"
    format: ClassVar[TextFormat] = TextFormat.DATE
