"""Rows, nulls included."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import CountMetric
from stageprint.model import ALL_KINDS, ColumnKind


class RowCountMetric(CountMetric):
    """Rows, nulls included."""

    name: ClassVar[str] = "row_count"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    field: ClassVar[str] = "rows"
