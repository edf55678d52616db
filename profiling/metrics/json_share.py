"""Share of the texts that are JSON."""

from __future__ import annotations

from typing import ClassVar

from profiling.metrics._text_shape import FormShareMetric
from profiling.states._text_forms import Form


class JsonShare(FormShareMetric):
    """Texts that are a JSON object or array (RFC 8259) ÷ non-null texts."""

    name: ClassVar[str] = "json_share"
    form: ClassVar[Form] = Form.JSON
