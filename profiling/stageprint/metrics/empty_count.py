"""Rows whose text is empty."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import CountMetric
from stageprint.model import SIZED, ColumnKind


class EmptyCount(CountMetric):
    """Rows whose text is empty."""

    name: ClassVar[str] = "empty_count"
    kinds: ClassVar[frozenset[ColumnKind]] = SIZED
    field: ClassVar[str] = "empties"
