"""Strings that begin or end with white space: joins on them fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from stageprint.model import ColumnKind
from stageprint.states.base_tally import TallyState

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch


class TextEdgesState(TallyState):
    """Exact counts of strings that begin or end with white space and hold other characters too.

    White space is what Unicode defines. Empty strings and strings of white space only are not counted here: they are
    the `empties` and `blanks` of `counts`.

    Attributes:
        leading: Rows whose string begins with white space.
        trailing: Rows whose string ends with white space.
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
