"""Rows whose value is NaN."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import CountMetric
from stageprint.model import ColumnKind


class NanCountMetric(CountMetric):
    """Rows whose value is NaN."""

    name: ClassVar[str] = "nan_count"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.FLOAT})
    field: ClassVar[str] = "nan"
