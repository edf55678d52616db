"""Strings that begin or end with white space: what a join on them trips over."""

from __future__ import annotations

from typing import ClassVar

from stageprint.batch.column import ColumnBatch
from stageprint.model import ColumnKind
from stageprint.states.base_tally import TallyState


class TextEdgesState(TallyState):
    """Exact counts of strings with white space around something else.

    White space is what Unicode says it is, as for the blanks of `counts`. Empty strings and those of white space alone
    are in neither count, for `counts` has them as `empties` and `blanks`.

    Attributes:
        leading: Strings that begin with white space.
        trailing: Strings that end with white space.
    """

    name: ClassVar[str] = "text_edges"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    fields: ClassVar[tuple[str, ...]] = ("leading", "trailing")
    leading: int
    trailing: int

    def update(self, batch: ColumnBatch) -> None:
        """Count the strings of one batch."""
        texts = batch.texts
        leading, trailing = texts.leading_space, texts.trailing_space
        if leading.any() or trailing.any():
            filled = ~texts.blank
            self._add(texts.rows_where(leading & filled), texts.rows_where(trailing & filled))
