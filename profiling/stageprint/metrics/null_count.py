"""Rows without a value; NaN counts as a value."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import CountMetric
from stageprint.model import ALL_KINDS, ColumnKind


class NullCountMetric(CountMetric):
    """Rows without a value; NaN counts as a value."""

    name: ClassVar[str] = "null_count"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    field: ClassVar[str] = "nulls"
