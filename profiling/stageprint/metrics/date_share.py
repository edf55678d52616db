"""Share of the texts that are dates."""

from __future__ import annotations

from typing import ClassVar

from stageprint.batch.text_formats import TextFormat
from stageprint.metrics._text_shape import FormShareMetric


class DateShare(FormShareMetric):
    """Texts that are a date of the calendar ÷ non-null texts.

    ``YYYY-MM-DD``, ``DD-MM-YYYY`` or ``MM-DD-YYYY``, with ``-``, ``/`` or ``.`` between.
    """

    name: ClassVar[str] = "date_share"
    form: ClassVar[TextFormat] = TextFormat.DATE
