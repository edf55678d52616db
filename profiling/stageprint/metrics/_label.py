"""How often the values of a column occur, from whichever state counts them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from stageprint.metrics._count import NO_VALUES, counts_of
from stageprint.metrics._text import value_text
from stageprint.metrics.base import Metric
from stageprint.model import SCALAR, ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.frequent_items import RARE, FrequentItemsState, Item
from stageprint.states.value_counts import LIMIT, ValueCountsState


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
        complete: Whether every value is counted, exactly and by itself.
    """

    items: tuple[Item, ...]
    max_error: int
    rows: int
    complete: bool = True

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
    if column.kind is ColumnKind.STRING:
        return _texts(column, top, counts.values)
    found = _numbers(column, top)
    return found if isinstance(found, NotComputable) else Labels(found, 0, counts.values)


def _texts(column: ColumnProfile, top: int | None, rows: int) -> Labels | NotComputable:
    texts = column.state(FrequentItemsState)
    if texts is None:
        return NotComputable(f"no {FrequentItemsState.name} state was kept")
    # What stands for many texts is none of them.
    known = (item for item in texts.items() if item.item != RARE and item.lower > texts.max_error)
    return Labels(tuple(islice(known, top)), texts.max_error, rows, texts.complete)


def _numbers(column: ColumnProfile, top: int | None) -> tuple[Item, ...] | NotComputable:
    values = column.state(ValueCountsState)
    if values is None:
        return NotComputable(f"no {ValueCountsState.name} state was kept")
    if values.overflowed:
        return NotComputable(f"more than {LIMIT} distinct values")
    return tuple(Item(value_text(value, column.kind), rows, rows, rows) for value, rows in values.items(top))
