"""Fingerprints of a table and of its slices, taken in the same pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stageprint.errors import StateError
from stageprint.fingerprint.plan import TablePlan
from stageprint.fingerprint.table import TableFingerprint
from stageprint.model import NULL_VALUE, OTHER_VALUES, Slice


@dataclass(frozen=True)
class SlicePlan:
    """One way to divide the rows of a table into slices.

    Attributes:
        key: The column or condition, as configured.
        values: The values that get a slice of their own, as text.
        min_rows: Rows that a slice must have to be stored, since its value is that of a sensitive column.
    """

    key: str
    values: tuple[str, ...]
    min_rows: int = 0

    @property
    def members(self) -> tuple[Slice, ...]:
        """The slices: every row of the table is in exactly one of them."""
        return tuple(Slice(self.key, value) for value in (*self.values, OTHER_VALUES, NULL_VALUE))


def members(slices: Sequence[SlicePlan]) -> tuple[Slice | None, ...]:
    """Return the whole table and all slices; a partial's slice is a position in this tuple."""
    return (None, *(member for plan in slices for member in plan.members))


class SlicedFingerprint:
    """The states of a table, or of a part of its rows, and of its slices, taken in one pass.

    Args:
        plan: What to take of the table and of each slice.
        slices: How to slice it. A record batch carries one text column for each, after the plan's columns.
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
        """Yield a position in `members`, an index and a blob of states, for the table and each slice with rows."""
        for member, fingerprint in ((0, self.whole), *sorted(self._parts.items())):
            for index, blob in fingerprint.partials():
                yield member, index, blob
