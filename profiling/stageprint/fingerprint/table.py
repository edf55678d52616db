"""The fingerprint of one table: the states of its columns, its keys and the table itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.batch.column import ColumnBatch
from stageprint.batch.nested import Extractor
from stageprint.errors import StateError
from stageprint.fingerprint.blobs import pack_states
from stageprint.fingerprint.merge import column_profile
from stageprint.fingerprint.plan import TablePlan
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.quality import QualityState
from stageprint.states.theta import ThetaState

_KEY_SEPARATOR: Final = "\x1f"  # ASCII's unit separator

States: TypeAlias = Mapping[str, State]
"""States by name."""


class TableFingerprint:
    """The states of one table, or of a part of its rows.

    Args:
        plan: What to take of the table.
    """

    def __init__(self, plan: TablePlan) -> None:
        self.plan = plan
        self._states = {index: plan.empty_states(index) for index in plan.indices}
        self._keys = [plan.key_positions(index) for index in range(-1, plan.table_index, -1)]
        self._shared = {place for positions in (*self._keys, plan.model_positions.values()) for place in positions}

    @property
    def rows(self) -> int:
        """Number of rows taken in."""
        return cast("CountsState", self._states[self.plan.table_index][CountsState.name]).rows

    def states(self, index: int) -> States:
        """Return the states at an index; they change with the next update."""
        return self._states[index]

    def update(self, batch: pa.RecordBatch) -> None:
        """Take in a record batch. Its columns are the plan's by position, not by name.

        Raises:
            StateError: The batch has another number of columns, or one cannot be taken as its planned kind.
        """
        if batch.num_columns != self.plan.width:
            message = f"the plan has {self.plan.width} columns, the record batch {batch.num_columns}"
            raise StateError(message)
        # Sorted values and counts are dropped with their column, unless a key or the model's quality needs it again.
        kept: dict[int, ColumnBatch] = {}
        extractor = Extractor(batch)
        for place, (source, column) in enumerate(zip(self.plan.sources, self.plan.columns, strict=True)):
            try:
                values = ColumnBatch(extractor.column(source, column.steps), column.kind)
                if column.sensitive is None:
                    for state in self._states[place].values():
                        state.update(values)
                else:
                    self._update_sensitive(place, values)
            except StateError as error:
                message = f"column {column.path!r}: {error}"
                raise StateError(message) from error
            if place in self._shared:
                kept[place] = values
        for number, positions in enumerate(self._keys):
            self._update_key(-1 - number, [kept[place] for place in positions])
        self._add_rows(self._states[self.plan.table_index], batch.num_rows, 0)
        if self.plan.model_columns:
            self._update_quality(kept)

    def _update_sensitive(self, place: int, values: ColumnBatch) -> None:
        column, masked = self.plan.columns[place], None
        for state in self._states[place].values():
            if isinstance(state, CountsState):
                state.add_rows(values.rows, values.nulls)
            elif column.is_hashed(type(state)):
                masked = masked or values.masked(self.plan.hash_key)
                state.update(masked)
            else:
                state.update(values)

    def _update_key(self, index: int, columns: list[ColumnBatch]) -> None:
        states = self._states[index]
        key = columns[0] if len(columns) == 1 else key_batch(columns)
        if ThetaState.name in states:
            states[ThetaState.name].update(key.masked(self.plan.hash_key) if self.plan.is_hashed_key(index) else key)
        self._add_rows(states, key.rows, key.nulls)

    def _update_quality(self, columns: Mapping[int, ColumnBatch]) -> None:
        places = self.plan.model_positions
        rows = pa.StructArray.from_arrays([columns[place].array for place in places.values()], list(places))
        self._states[self.plan.table_index][QualityState.name].update(ColumnBatch(rows, ColumnKind.OTHER))

    @staticmethod
    def _add_rows(states: States, rows: int, nulls: int) -> None:
        cast("CountsState", states[CountsState.name]).add_rows(rows, nulls)

    def partials(self) -> Iterator[tuple[int, bytes]]:
        """Yield each index with its states as one blob, which `merge_partials` takes."""
        for index, states in self._states.items():
            yield index, pack_states(states)

    def merge(self, other: TableFingerprint) -> None:
        """Take in the states of other rows of the same table.

        Raises:
            StateError: `other` was made with another plan.
        """
        if other.plan != self.plan:
            message = "fingerprints of different plans do not merge"
            raise StateError(message)
        for index, states in self._states.items():
            for name, state in states.items():
                state.merge(other._states[index][name])

    def profiles(self) -> Iterator[ColumnProfile]:
        """Yield the profile of every column that keeps states."""
        for index, column in enumerate(self.plan.columns):
            if column.states:
                yield column_profile(self.plan, index, self._states[index])


def key_batch(columns: list[ColumnBatch]) -> ColumnBatch:
    """Return a key of several columns as one string column, null where any of them is.

    The columns' texts (`ColumnBatch.row_texts`) are joined by U+001F. In Spark SQL, for a bigint, a string, a date and
    a timestamp::

        concat(cast(i as string), char(31), s, char(31), cast(d as string), char(31), cast(unix_micros(t) as string))

    A decimal is written without trailing zeros, a whole decimal or double without a decimal point. A key of one column
    is not made into a text: its values are hashed as they are, as ``theta_sketch_agg`` does.
    """
    texts = [column.row_texts().cast(pa.large_string()) for column in columns]
    separator = pa.scalar(_KEY_SEPARATOR, pa.large_string())
    return ColumnBatch(pc.binary_join_element_wise(*texts, separator, null_handling="emit_null"), ColumnKind.STRING)
