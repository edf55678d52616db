"""How often the values of a column occur, read from the state that counts them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from stageprint.metrics._count import NO_VALUES, ROWS_ONLY, counts_of
from stageprint.metrics._text import value_text
from stageprint.metrics.base import Metric
from stageprint.model import SCALAR, ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.frequent_items import RARE, FrequentItemsState, Item
from stageprint.states.value_counts import MAX_VALUES, ValueCountsState


class LabelMetric(Metric):
    """Base of the metrics of the frequencies of single values."""

    kinds: ClassVar[frozenset[ColumnKind]] = SCALAR - {ColumnKind.BINARY}
    source: ClassVar[str] = (
        "strings: counters of Misra & Gries 1982 in the format of Apache DataSketches, exact while they hold every "
        "text; numbers, dates, timestamps and booleans: exact counts"
    )
    null_means: ClassVar[str] = (
        "not defined for the column's type, no non-null values, more than 1,000 distinct numbers, or no text whose "
        "count is above the sketch's error"
    )
    needs: ClassVar[tuple[type[State], ...]] = (CountsState,)
    exact: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class ValueFrequencies:
    """The most frequent values of a column.

    Attributes:
        items: The values whose count is above the error, as text, by falling count.
        max_error: Bound on the error of a count.
        rows: Rows with a value that is neither null nor NaN.
        complete: Whether every value is counted, exactly and separately.
    """

    items: tuple[Item, ...]
    max_error: int
    rows: int
    complete: bool = True

    @property
    def none_sure(self) -> NotComputable:
        """The reason to give where `items` is empty."""
        return NotComputable(f"no text is sure to occur more than {self.max_error} times, the sketch's error")


def frequencies_of(column: ColumnProfile, top: int | None = None) -> ValueFrequencies | NotComputable:
    """Return the `top` most frequent values of a column, or all that are counted.

    Where not all texts are counted, only those with a count above the error are returned, which may be none: the others
    may be less frequent than texts that the state does not list.
    """
    counts = counts_of(column)
    if not counts.values:
        return NO_VALUES
    if column.kind is ColumnKind.BOOLEAN:
        if counts.rows_only:
            return ROWS_ONLY
        pairs = sorted(((counts.falses, "false"), (counts.trues, "true")), reverse=True)
        return ValueFrequencies(
            tuple(Item(text, rows, rows, rows) for rows, text in pairs if rows)[:top], 0, counts.values
        )
    if column.kind is ColumnKind.STRING:
        return _texts(column, top, counts.values)
    found = _numbers(column, top)
    return found if isinstance(found, NotComputable) else ValueFrequencies(found, 0, counts.values)


def _texts(column: ColumnProfile, top: int | None, rows: int) -> ValueFrequencies | NotComputable:
    texts = column.state(FrequentItemsState)
    if texts is None:
        return NotComputable(f"no {FrequentItemsState.name} state was kept")
    # RARE stands for many texts, not for one.
    known = (item for item in texts.items() if item.item != RARE and item.lower > texts.max_error)
    return ValueFrequencies(tuple(islice(known, top)), texts.max_error, rows, texts.complete)


def _numbers(column: ColumnProfile, top: int | None) -> tuple[Item, ...] | NotComputable:
    values = column.state(ValueCountsState)
    if values is None:
        return NotComputable(f"no {ValueCountsState.name} state was kept")
    if values.hidden:
        return NotComputable("some values are shared by too few rows to be stored")
    if values.overflowed:
        return NotComputable(f"more than {MAX_VALUES} distinct values")
    return tuple(Item(value_text(value, column.kind), rows, rows, rows) for value, rows in values.items(top))
