"""Rows whose value is zero, −0.0 included."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import CountMetric
from stageprint.model import NUMERIC, ColumnKind


class ZeroCountMetric(CountMetric):
    """Rows whose value is zero, −0.0 included."""

    name: ClassVar[str] = "zero_count"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    field: ClassVar[str] = "zeros"
