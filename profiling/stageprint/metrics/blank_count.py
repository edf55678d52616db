"""Rows whose text is white space alone; empty texts are not among them."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import CountMetric
from stageprint.model import ColumnKind


class BlankCount(CountMetric):
    """Rows whose text is white space alone; empty texts are not among them."""

    name: ClassVar[str] = "blank_count"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    field: ClassVar[str] = "blanks"
