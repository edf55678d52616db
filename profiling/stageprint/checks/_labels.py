"""The known values of a column with their numbers of rows, and the share of rows whose value conforms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from stageprint.checks._text import listing, moment, number, percent, quoted
from stageprint.checks.base import UndecidedError, Verdict, counts_with_values, state_of
from stageprint.model import ORDERED, TEMPORAL, ColumnKind, ColumnProfile
from stageprint.model.figures import plural
from stageprint.states.frequent_items import RARE, FrequentItemsState
from stageprint.states.value_counts import MAX_VALUES, ValueCountsState

Label: TypeAlias = str | bool | int | float | Decimal
"""A text, boolean or number; for dates and times microseconds since 1970-01-01."""

DAY_MICROSECONDS: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Labels:
    """The values of a column.

    Attributes:
        kind: Kind of the column.
        rows: Rows with a value.
        counts: Each known value → number of rows that certainly hold it.
        distinct: Lower bound of the number of distinct values.
    """

    kind: ColumnKind
    rows: int
    counts: dict[Label, int]
    distinct: int

    def show(self, label: Label) -> str:
        """Return a value as text."""
        if isinstance(label, str):
            return quoted(label)
        if isinstance(label, bool):
            return str(label).lower()
        return moment(int(label)) if self.kind in TEMPORAL else number(label)


def read_labels(column: ColumnProfile) -> Labels:
    """Return the values of a column.

    Raises:
        UndecidedError: It has no values, or no state that counts them.
    """
    counts = counts_with_values(column)
    if column.sensitive in {"off", "hashed"}:
        reason = f"the column is sensitive ({column.sensitive}): its values are not stored"
        raise UndecidedError(reason)
    if column.kind is ColumnKind.BOOLEAN:
        if counts.rows_only:
            reason = f"the column is sensitive ({column.sensitive}): only rows and nulls are counted"
            raise UndecidedError(reason)
        both = {True: counts.trues, False: counts.falses}
        return Labels(column.kind, counts.values, {value: rows for value, rows in both.items() if rows}, 1)
    if column.kind in ORDERED:
        values = state_of(column, ValueCountsState)
        unit = DAY_MICROSECONDS if column.kind is ColumnKind.DATE else 1
        known: dict[Label, int] = {value * unit: rows for value, rows in values.items()}
        return Labels(
            column.kind,
            counts.values,
            known,
            len(known) if not values.overflowed else 1 if values.hidden else MAX_VALUES + 1,
        )
    items = state_of(column, FrequentItemsState)
    every = items.items()
    labels: dict[Label, int] = {item.item: item.lower for item in every if item.item != RARE}
    # The sketch has an error only if there are more labels than it can hold.
    least = max(len(every), items.capacity + 1 if items.max_error else 0)
    return Labels(column.kind, counts.values, labels, least)


def judge_labels(
    labels: Labels,
    conforms: Callable[[Label], bool | None],
    min_share: float,
    words: str,
    *,
    accepted: int | None = None,
) -> Verdict:
    """Compare the share of rows whose value conforms with the smallest accepted share.

    Args:
        labels: The values.
        conforms: Returns whether a value conforms; None: it cannot tell.
        min_share: The smallest accepted share.
        words: The adjective for a value that conforms, such as ``accepted``.
        accepted: Largest number of distinct values that can conform, if known: any further distinct value does not.

    Returns:
        The verdict, which names the values that do not conform.

    Raises:
        UndecidedError: The result depends on rows whose values are not known.
    """
    said = {label: conforms(label) for label in labels.counts}
    inside = sum(labels.counts[label] for label, good in said.items() if good)
    others = [label for label, good in said.items() if good is False]
    outside = sum(labels.counts[label] for label in others)
    if accepted is not None:
        outside = max(outside, labels.distinct - accepted)
    unknown = labels.rows - inside - outside
    total = plural(labels.rows, "value")
    if outside:
        observed = f"{'at least ' if unknown else ''}{outside:,} of {total} not {words}"
        observed += f" ({percent(outside / labels.rows)})"
        shown = listing([f"{labels.show(label)} ({labels.counts[label]:,})" for label in others])
        observed += f": {shown}" if shown else ""
    elif unknown:
        observed = f"at least {inside:,} of {total} {words} ({percent(inside / labels.rows)})"
    else:
        observed = f"all {total} {words}"
    if inside / labels.rows >= min_share:
        return Verdict(True, observed)
    if (labels.rows - outside) / labels.rows < min_share:
        return Verdict(False, observed)
    reason = f"{plural(unknown, 'row')} hold values that the profile does not know one by one, and they would decide"
    if labels.kind is ColumnKind.STRING:
        reason += "; `sketches.max_items` sets how many it knows"
    raise UndecidedError(reason, observed)
