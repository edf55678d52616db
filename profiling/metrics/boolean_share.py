"""Share of the texts that are booleans."""

from __future__ import annotations

from typing import ClassVar

from profiling.metrics._text_shape import FormShareMetric
from profiling.states._text_forms import Form


class BooleanShare(FormShareMetric):
    """Texts that are ``true`` or ``false`` in any case ÷ non-null texts."""

    name: ClassVar[str] = "boolean_share"
    form: ClassVar[Form] = Form.BOOLEAN
