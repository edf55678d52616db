"""What every driver shares: from a plan of a table's columns to its merged states.

A driver (Spark over Arrow batches, Spark over Parquet row groups, the serving profiler) makes a
`TablePlan`, feeds record batches to a `TableFingerprint`, ships its `partials` to wherever they
meet, and has `merge_partials` and `column_profile` make profiles of them.

The index of a partial says what it belongs to: 0, 1, … are the plan's columns, −1, −2, … its keys in
order, and `TablePlan.table_index`, one below the last key, the table itself, whose state is there
even for a table without columns.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.batch.column import ColumnBatch
from stageprint.batch.nested import Extractor, Step, is_repeated
from stageprint.config.sketches import SketchSettings
from stageprint.config.tables import TableConfig
from stageprint.errors import StateError, UsageError, did_you_mean
from stageprint.model import SCALAR, ColumnKind, ColumnProfile
from stageprint.states.base import State, all_states
from stageprint.states.counts import CountsState
from stageprint.states.quality import QualityState
from stageprint.states.text_shapes import TextShapesState
from stageprint.states.theta import ThetaState

KEY_SEPARATOR: Final = "\x1f"
"""Stands between the texts of a multi-column key; U+001F is ASCII's unit separator."""

_BLOB_VERSION: Final = 1
_NAME: Final = struct.Struct("<BI")

States = Mapping[str, State]

Sensitive: TypeAlias = Literal["off", "hashed"] | int
"""What of a sensitive column's values may be stored."""


HASH_KEY: Final = "STAGEPRINT_HASH_KEY"
"""Environment variable with the secret of ``sensitive: hashed``."""


@dataclass(frozen=True)
class ColumnPlan:
    """One column to profile.

    Attributes:
        path: The column's path; names exactly one column of the table.
        position: 0-based position in the table's schema.
        data_type: Spark SQL's name of its type.
        kind: What its values are taken for.
        states: Names of the states to keep; none for a column that is only read as part of a key.
        source: Column of the record batch that it is, or is inside of; −1: the one at its own place in the plan.
        steps: How to get from there to its values.
        sensitive: None, ``off``, ``hashed`` or the least number of rows that must share a value for it to be stored.
    """

    path: str
    position: int
    data_type: str
    kind: ColumnKind
    states: tuple[str, ...]
    source: int = -1
    steps: tuple[Step, ...] = ()
    sensitive: Sensitive | None = None


def plan_column(
    path: str,
    position: int,
    data_type: str,
    kind: ColumnKind,
    *,
    theta: bool = False,
    source: int = -1,
    steps: tuple[Step, ...] = (),
    sensitive: Sensitive | None = None,
) -> ColumnPlan:
    """Return the plan of a column with every state kept by default for its kind.

    Args:
        path: The column's path.
        position: 0-based position in the table's schema.
        data_type: Spark SQL's name of its type.
        kind: What its values are taken for.
        theta: Whether the column also keeps a theta sketch, where its kind has one.
        source: Column of the record batch that it is, or is inside of; −1: the one at its own place in the plan.
        steps: How to get from there to its values.
        sensitive: None, ``off``, ``hashed`` or the least number of rows that must share a value for it to be stored.
    """
    names = (
        name
        for name, state in all_states().items()
        if kind in state.kinds
        and (state.default or (theta and name == ThetaState.name))
        and _may_keep(state, kind, sensitive)
    )
    return ColumnPlan(path, position, data_type, kind, tuple(names), source, steps, sensitive)


def _may_keep(state: type[State], kind: ColumnKind, sensitive: Sensitive | None) -> bool:
    if sensitive == "hashed" and state is TextShapesState:
        return False  # formats are read together with frequent items, whose texts are hashes
    if sensitive is None or not state.holds_values:
        return True
    if sensitive == "off" or (sensitive == "hashed" and kind is not ColumnKind.STRING):
        return False
    # Extremes and quantiles are values of single rows, however many there are.
    return state.empty(kind, SketchSettings()).suppress(2)


def hash_key(config: TableConfig) -> bytes:
    """Return the secret that texts of ``hashed`` columns are hashed with; nothing where there are none.

    Raises:
        UsageError: The environment does not hold it.
    """
    if "hashed" not in config.columns.sensitive.values():
        return b""
    key = os.environ.get(HASH_KEY, "")
    if not key:
        message = (
            f"table {config.name!r}: columns.sensitive: `hashed` needs a secret in the environment variable "
            f"{HASH_KEY}; the same secret in every run keeps values comparable"
        )
        raise UsageError(message)
    return key.encode()


@dataclass(frozen=True)
class TablePlan:
    """What to take of one table; can be pickled.

    Attributes:
        columns: The columns; those without a `source` in the order in which the record batches carry them.
        keys: Declared keys, each a tuple of paths among `columns`.
        settings: Sizes of the sketches.
        hash_key: Secret that texts of ``hashed`` columns are hashed with.
        as_of: First moment after the run's logical date, in microseconds since 1970-01-01 UTC; None without a date.
        answers: Paths of a model's ``label``, ``prediction`` and ``score`` among `columns`, those there are; without a
            label the table keeps no `QualityState`.

    Raises:
        UsageError: A key names a column the plan does not have, or one whose type has no text form.
    """

    columns: tuple[ColumnPlan, ...]
    keys: tuple[tuple[str, ...], ...] = ()
    settings: SketchSettings = field(default_factory=SketchSettings)
    hash_key: bytes = field(default=b"", repr=False)
    as_of: int | None = None
    answers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Check that every key can be made."""
        kinds = {column.path: column.kind for column in self.columns}
        for path in (path for key in self.keys for path in key):
            if path not in kinds:
                message = f"key column {path!r} is not in the plan{did_you_mean(path, kinds)}"
                raise UsageError(message)
            if kinds[path] not in SCALAR:
                message = (
                    f"key column {path!r} is of a type without an order or a text form; it cannot be part of a key"
                )
                raise UsageError(message)

        repeated = {column.path for column in self.columns if is_repeated(column.steps)}
        for path in (path for key in self.keys for path in key if path in repeated):
            message = f"key column {path!r} has any number of values a row; a key has one: name a column outside arrays"
            raise UsageError(message)

    @cached_property
    def sources(self) -> tuple[int, ...]:
        """The column of the record batch that each column is, or is inside of."""
        return tuple(place if column.source < 0 else column.source for place, column in enumerate(self.columns))

    @cached_property
    def width(self) -> int:
        """Number of columns of a record batch."""
        return max(self.sources, default=-1) + 1

    @property
    def table_index(self) -> int:
        """Index of the table's own partial."""
        return -len(self.keys) - 1

    @property
    def indices(self) -> range:
        """Every index a partial may have."""
        return range(self.table_index, len(self.columns))

    def key_positions(self, index: int) -> tuple[int, ...]:
        """Return where in `columns` the columns of key ``-1 - index`` are."""
        places = {column.path: place for place, column in enumerate(self.columns)}
        return tuple(places[path] for path in self.keys[-1 - index])

    @cached_property
    def answer_positions(self) -> dict[str, int]:
        """Where in `columns` the model's label, prediction and score are."""
        places = {column.path: place for place, column in enumerate(self.columns)}
        return {name: places[path] for name, path in self.answers}

    def empty_states(self, index: int) -> dict[str, State]:
        """Return the states of no rows at `index`.

        A key keeps ``theta`` and, in ``counts``, its rows and the rows with a null in the key (`nulls`). The table
        keeps its rows, in ``counts``, and how well a model answers, in ``quality``.

        Raises:
            StateError: The plan has no such index.
        """
        if index not in self.indices:
            message = (
                f"no partial of this table has index {index}; they go from {self.indices[0]} to {self.indices[-1]}"
            )
            raise StateError(message)
        if index == self.table_index:
            counts: dict[str, State] = {CountsState.name: CountsState.empty(ColumnKind.OTHER, self.settings)}
            return counts | ({QualityState.name: QualityState()} if self.answers else {})
        if index < 0:
            positions = self.key_positions(index)
            kind = self.columns[positions[0]].kind if len(positions) == 1 else ColumnKind.STRING
            return {
                CountsState.name: CountsState.empty(ColumnKind.OTHER, self.settings),
                ThetaState.name: ThetaState.empty(kind, self.settings),
            }
        column = self.columns[index]
        known = all_states()
        return {name: known[name].empty(column.kind, self.settings) for name in column.states}


class TableFingerprint:
    """The states of one table, or of a part of its rows.

    Args:
        plan: What to take.
    """

    def __init__(self, plan: TablePlan) -> None:
        self.plan = plan
        self._states = {index: plan.empty_states(index) for index in plan.indices}
        self._keys = [plan.key_positions(index) for index in range(-1, plan.table_index, -1)]
        self._shared = {place for positions in (*self._keys, plan.answer_positions.values()) for place in positions}

    @property
    def rows(self) -> int:
        """Rows taken in."""
        return cast("CountsState", self._states[self.plan.table_index][CountsState.name]).rows

    def states(self, index: int) -> States:
        """Return the states at `index`, as they are now."""
        return self._states[index]

    def update(self, batch: pa.RecordBatch) -> None:
        """Take in a record batch; its columns are the plan's, by position, whatever they are called.

        Raises:
            StateError: The batch has another number of columns, or one cannot be taken as its planned kind.
        """
        if batch.num_columns != self.plan.width:
            message = f"the plan has {self.plan.width} columns, the record batch {batch.num_columns}"
            raise StateError(message)
        # What a column's values were sorted and counted into is dropped with them, unless a key needs the column again.
        kept: dict[int, ColumnBatch] = {}
        extractor = Extractor(batch)
        for place, (source, column) in enumerate(zip(self.plan.sources, self.plan.columns, strict=True)):
            try:
                values = ColumnBatch(extractor.column(source, column.steps), column.kind)
                masked = values.masked(self.plan.hash_key) if column.sensitive == "hashed" else values
                for state in self._states[place].values():
                    state.update(masked if state.holds_values else values)
            except StateError as error:
                message = f"column {column.path!r}: {error}"
                raise StateError(message) from error
            if place in self._shared:
                kept[place] = values
        for number, positions in enumerate(self._keys):
            self._update_key(self._states[-1 - number], [kept[place] for place in positions])
        self._add_rows(self._states[self.plan.table_index], batch.num_rows, 0)
        if self.plan.answers:
            self._update_quality(kept)

    def _update_key(self, states: Mapping[str, State], columns: list[ColumnBatch]) -> None:
        key = columns[0] if len(columns) == 1 else key_batch(columns)
        states[ThetaState.name].update(key)
        self._add_rows(states, key.rows, key.nulls)

    def _update_quality(self, columns: Mapping[int, ColumnBatch]) -> None:
        places = self.plan.answer_positions
        answers = pa.StructArray.from_arrays([columns[place].array for place in places.values()], list(places))
        self._states[self.plan.table_index][QualityState.name].update(ColumnBatch(answers, ColumnKind.OTHER))

    @staticmethod
    def _add_rows(states: Mapping[str, State], rows: int, nulls: int) -> None:
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
    """Return a multi-column key as one string column, null where any part is.

    The parts' texts (`ColumnBatch.row_texts`) are joined by U+001F. In Spark SQL, for a bigint, a string, a date and
    a timestamp::

        concat(cast(i as string), char(31), s, char(31), cast(d as string), char(31), cast(unix_micros(t) as string))

    A decimal is written without trailing zeros, a whole one or a whole double without decimal point. A key of one
    column is no text: it is hashed as the bare value, as ``theta_sketch_agg`` does.
    """
    texts = [column.row_texts().cast(pa.large_string()) for column in columns]
    separator = pa.scalar(KEY_SEPARATOR, pa.large_string())
    return ColumnBatch(pc.binary_join_element_wise(*texts, separator, null_handling="emit_null"), ColumnKind.STRING)


def pack_states(states: Mapping[str, State]) -> bytes:
    """Return states as one blob, which `unpack_states` and `merge_partials` take."""
    return pack_bytes({name: state.to_bytes() for name, state in states.items()})


def pack_bytes(states: Mapping[str, bytes]) -> bytes:
    """Return states' bytes as one blob: a version byte, then per state the lengths of name and bytes, name, bytes."""
    parts = [bytes((_BLOB_VERSION,))]
    for name, data in states.items():
        parts += _NAME.pack(len(name), len(data)), name.encode(), data
    return b"".join(parts)


def unpack_states(blob: bytes) -> dict[str, bytes]:
    """Return the bytes of each state of a blob by the state's name.

    Raises:
        StateError: The blob is cut short, damaged or of a newer version.
    """
    if blob[:1] != bytes((_BLOB_VERSION,)):
        message = f"a blob of states begins with version byte {_BLOB_VERSION}, got {blob[:1]!r}"
        raise StateError(message)
    at, found = 1, {}
    try:
        while at < len(blob):
            name_length, length = _NAME.unpack_from(blob, at)
            at += _NAME.size
            name = blob[at : at + name_length].decode()
            at += name_length
            found[name] = blob[at : at + length]
            at += length
    except (struct.error, UnicodeDecodeError) as error:
        message = f"damaged blob of states ({len(blob)} bytes): {error}"
        raise StateError(message) from error
    if at != len(blob):
        message = f"damaged blob of states: {len(blob)} bytes instead of {at}"
        raise StateError(message)
    return found


def merge_partials(plan: TablePlan, index: int, blobs: Iterable[bytes]) -> dict[str, State]:
    """Return the merged states of the partials at one index.

    Partials are merged in the order of their bytes, not of their arrival: the same partials give the
    same moments to the last bit, whichever executor was the first to finish.

    Raises:
        StateError: A blob is damaged, or holds other states than the plan has at `index`.
    """
    merged = plan.empty_states(index)
    parts: dict[str, list[bytes]] = {name: [] for name in merged}
    for blob in blobs:
        found = unpack_states(blob)
        if found.keys() != parts.keys():
            message = f"a partial at index {index} holds {sorted(found)}; the plan keeps {sorted(parts)}"
            raise StateError(message)
        for name, data in found.items():
            parts[name].append(data)
    for name, state in merged.items():
        for data in sorted(parts[name]):
            state.merge(type(state).from_bytes(data))
    if index >= 0 and isinstance(plan.columns[index].sensitive, int):
        for state in merged.values():
            state.suppress(cast("int", plan.columns[index].sensitive))
    return merged


def column_profile(plan: TablePlan, index: int, states: States) -> ColumnProfile:
    """Return the profile of the plan's column at `index` from its merged states."""
    column = plan.columns[index]
    return ColumnProfile(column.path, column.position, column.data_type, column.kind, states)
