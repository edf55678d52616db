"""Share of the texts that are dates."""

from __future__ import annotations

from typing import ClassVar

from profiling.metrics._text_shape import FormShareMetric
from profiling.states._text_forms import Form


class DateShare(FormShareMetric):
    """Texts that are a date of the calendar ÷ non-null texts.

    ``YYYY-MM-DD``, ``DD-MM-YYYY`` or ``MM-DD-YYYY``, with ``-``, ``/`` or ``.`` between.
    """

    name: ClassVar[str] = "date_share"
    form: ClassVar[Form] = Form.DATE
