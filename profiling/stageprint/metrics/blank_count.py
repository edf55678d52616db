"""Rows whose text is white space only; empty texts have a count of their own."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import CountMetric
from stageprint.model import ColumnKind


class BlankCountMetric(CountMetric):
    """Rows whose text is white space only; empty texts have a count of their own."""

    name: ClassVar[str] = "blank_count"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    field: ClassVar[str] = "blanks"
