"""Rows whose text ends with white space and holds other characters too."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._tally import TallyMetric
from stageprint.model import ColumnKind
from stageprint.states.base import State
from stageprint.states.text_edges import TextEdgesState


class TrailingSpaceCountMetric(TallyMetric):
    """Rows whose text ends with white space; empty and blank texts are not counted."""

    name: ClassVar[str] = "trailing_space_count"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    source: ClassVar[str] = "exact count; white space as defined by Unicode"
    null_means: ClassVar[str] = "not a string column"
    needs: ClassVar[tuple[type[State], ...]] = (TextEdgesState,)
    field: ClassVar[str] = "trailing"
