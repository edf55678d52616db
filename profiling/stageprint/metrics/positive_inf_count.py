"""Rows whose value is +∞."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import CountMetric
from stageprint.model import ColumnKind


class PositiveInfCountMetric(CountMetric):
    """Rows whose value is +∞."""

    name: ClassVar[str] = "positive_inf_count"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.FLOAT})
    field: ClassVar[str] = "positive_inf"
