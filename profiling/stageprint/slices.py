"""A table's slices: a fingerprint for each value of a column or condition, taken in the same pass as the whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stageprint.errors import StateError
from stageprint.fingerprint import TableFingerprint, TablePlan

OTHER: Final = "__other__"
"""`slice_value` of the rows whose value has no slice of its own."""
NULL: Final = "__null__"
"""`slice_value` of the rows without a value."""


class Member(NamedTuple):
    """The whole table, or one of its slices.

    Attributes:
        key: Column or condition the slice is made by; None: the whole table.
        value: The slice's value; None: the whole table.
    """

    key: str | None
    value: str | None


WHOLE: Final = Member(None, None)


NAMED: Final = r"^(\S+) \[(.*?)\u2009=\u2009(.*)\]$"
"""Name of a slice as a table of its own, ``flights [origin = JFK]``: table, key and value. No table's name holds a
blank; the blanks around the sign are thin ones, which no condition is written with."""

_NAMED = re.compile(NAMED, re.DOTALL)


def slice_name(table: str, member: Member) -> str:
    """Return what a slice is called as a table of its own; the table's name for the whole.

    Example:
        >>> split_name(slice_name("flights", Member("origin", "JFK")))
        ('flights', Member(key='origin', value='JFK'))
    """
    return table if member.key is None else f"{table} [{member.key}\u2009=\u2009{member.value}]"


def split_name(name: str) -> tuple[str, Member]:
    """Return the table and the slice of a name that `slice_name` made."""
    found = _NAMED.match(name)
    return (name, WHOLE) if found is None else (found[1], Member(found[2], found[3]))


@dataclass(frozen=True)
class SlicePlan:
    """One way to slice a table.

    Attributes:
        key: The column or condition, as configured.
        values: Values with a slice of their own, as text.
    """

    key: str
    values: tuple[str, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        """The slices, each row in exactly one."""
        return tuple(Member(self.key, value) for value in (*self.values, OTHER, NULL))


def members(slices: Sequence[SlicePlan]) -> tuple[Member, ...]:
    """Return the whole table and all slices; the numbers of partials count into this."""
    return (WHOLE, *(member for plan in slices for member in plan.members))


class SlicedFingerprint:
    """The states of a table, or of a part of its rows, and those of its slices.

    Args:
        plan: What to take.
        slices: How to slice; a record batch carries the text of each behind the plan's columns.
    """

    def __init__(self, plan: TablePlan, slices: Sequence[SlicePlan] = ()) -> None:
        self.plan = plan
        self.slices = tuple(slices)
        self.whole = TableFingerprint(plan)
        self._parts: dict[int, TableFingerprint] = {}

    def update(self, batch: pa.RecordBatch) -> None:
        """Take in a record batch.

        Raises:
            StateError: The batch has another number of columns, or one cannot be taken as its planned kind.
        """
        width = self.plan.width
        if batch.num_columns != width + len(self.slices):
            message = f"the plan has {width} columns and {len(self.slices)} slices, the batch {batch.num_columns}"
            raise StateError(message)
        columns = batch.select(range(width)) if self.slices else batch
        self.whole.update(columns)
        first = 1
        for number, plan in enumerate(self.slices):
            self._update_slices(first, plan, batch.column(width + number), columns)
            first += len(plan.members)

    def _update_slices(self, first: int, plan: SlicePlan, labels: pa.Array, columns: pa.RecordBatch) -> None:
        places = pc.index_in(labels.cast(pa.large_string()), pa.array(plan.values, pa.large_string()))
        numbers = places.fill_null(len(plan.values)).to_numpy(zero_copy_only=False)
        if labels.null_count:
            numbers = np.where(labels.is_null().to_numpy(zero_copy_only=False), len(plan.values) + 1, numbers)
        for number in np.unique(numbers).tolist():
            part = self._parts.get(first + number)
            if part is None:
                part = self._parts[first + number] = TableFingerprint(self.plan)
            part.update(columns.take(pa.array(np.flatnonzero(numbers == number))))

    def partials(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield the number of each member that has rows (0: the whole), each index, and its states as one blob."""
        for member, fingerprint in ((0, self.whole), *sorted(self._parts.items())):
            for index, blob in fingerprint.partials():
                yield member, index, blob
