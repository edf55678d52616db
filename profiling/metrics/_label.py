"""How often the values of a column occur, from whichever state counts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from profiling.metrics._count import NO_VALUES, counts_of
from profiling.metrics._text import value_text
from profiling.metrics.base import Metric
from profiling.model import SCALAR, ColumnKind, ColumnProfile, NotComputable
from profiling.states.base import State
from profiling.states.counts import CountsState
from profiling.states.frequent_items import FrequentItemsState, Item
from profiling.states.value_counts import LIMIT, ValueCountsState


class LabelMetric(Metric):
    """What the metrics of single values' frequencies share."""

    kinds: ClassVar[frozenset[ColumnKind]] = SCALAR - {ColumnKind.BINARY}
    source: ClassVar[str] = (
        "strings: Misra & Gries 1982 counters in Apache DataSketches' form, exact while they hold every text; numbers, "
        "dates, timestamps and booleans: exact counts"
    )
    null_means: ClassVar[str] = (
        "not defined for the column's type, no non-null values, more than 1,000 distinct numbers, or no text above the "
        "sketch's error"
    )
    needs: ClassVar[tuple[type[State], ...]] = (CountsState,)
    exact: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Labels:
    """Values by falling frequency.

    Attributes:
        items: The values that are sure to be frequent, as text.
        max_error: Most that a count is off.
        rows: Rows with a value that is neither null nor NaN.
    """

    items: tuple[Item, ...]
    max_error: int
    rows: int

    @property
    def none_sure(self) -> NotComputable:
        """The reason where `items` is empty."""
        return NotComputable(f"no text is sure to occur more than {self.max_error} times, the sketch's error")


def labels_of(column: ColumnProfile, top: int | None = None) -> Labels | NotComputable:
    """Return the `top` most frequent values of a column, or all that are counted.

    Of texts that were not all counted those remain that occur more often than the error, which may be none: the others
    need not occur more often than any text that is not listed.
    """
    counts = counts_of(column)
    if not counts.values:
        return NO_VALUES
    if column.kind is ColumnKind.BOOLEAN:
        pairs = sorted(((counts.falses, "false"), (counts.trues, "true")), reverse=True)
        return Labels(tuple(Item(text, rows, rows, rows) for rows, text in pairs if rows)[:top], 0, counts.values)
    found = _texts(column, top) if column.kind is ColumnKind.STRING else _numbers(column, top)
    return found if isinstance(found, NotComputable) else Labels(*found, counts.values)


def _texts(column: ColumnProfile, top: int | None) -> tuple[tuple[Item, ...], int] | NotComputable:
    texts = column.state(FrequentItemsState)
    if texts is None:
        return NotComputable(f"no {FrequentItemsState.name} state was kept")
    return tuple(item for item in texts.items(top) if item.lower > texts.max_error), texts.max_error


def _numbers(column: ColumnProfile, top: int | None) -> tuple[tuple[Item, ...], int] | NotComputable:
    values = column.state(ValueCountsState)
    if values is None:
        return NotComputable(f"no {ValueCountsState.name} state was kept")
    if values.overflowed:
        return NotComputable(f"more than {LIMIT} distinct values")
    return tuple(Item(value_text(value, column.kind), rows, rows, rows) for value, rows in values.items(top)), 0
