"""Rows whose value is true."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import CountMetric
from stageprint.model import ColumnKind


class TrueCountMetric(CountMetric):
    """Rows whose value is true."""

    name: ClassVar[str] = "true_count"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.BOOLEAN})
    field: ClassVar[str] = "trues"
