"""Rows whose text, binary value, array or map is empty."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import CountMetric
from stageprint.model import SIZED, ColumnKind


class EmptyCountMetric(CountMetric):
    """Rows whose text, binary value, array or map is empty."""

    name: ClassVar[str] = "empty_count"
    kinds: ClassVar[frozenset[ColumnKind]] = SIZED
    field: ClassVar[str] = "empties"
