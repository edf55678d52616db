"""Rows whose value is below zero, −∞ included."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import CountMetric
from stageprint.model import NUMERIC, ColumnKind


class NegativeCountMetric(CountMetric):
    """Rows whose value is below zero, −∞ included."""

    name: ClassVar[str] = "negative_count"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    field: ClassVar[str] = "negatives"
