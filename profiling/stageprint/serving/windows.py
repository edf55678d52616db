"""The file that a serving process writes for each window of time: the states of one table's rows.

The file is Parquet, with one row for each index of the plan (`stageprint.fingerprint`):

| column | holds |
|---|---|
| `index` | 0, 1, …: a column of the table; −1, −2, …: a key; the lowest: the table itself |
| `column_name`, `column_kind`, `data_type` | the column; null for keys and the table |
| `partial` | the states, as `stageprint.fingerprint.pack_states` writes them |

Everything else (plan, sketch sizes, window, run, replica, version) is JSON in the file's metadata, under the key
``stageprint``. So a file can be merged without the configuration it was written with. Pages have checksums.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from stageprint.config.sensitive import SensitiveSettings
from stageprint.config.sketches import SketchSettings
from stageprint.errors import StageprintError, StateError
from stageprint.fingerprint import ColumnPlan, States, TablePlan, pack_states, suppress_rare_values, unpack_states
from stageprint.model import ColumnKind, TableKey
from stageprint.model.epoch import microseconds_of
from stageprint.states.base import State, all_states
from stageprint.states.counts import CountsState

FORMAT_VERSION: Final = 1
"""Version of the file format; it grows when older releases cannot read newer files."""

FILE_SUFFIX: Final = ".parquet"

_METADATA_KEY: Final = b"stageprint"
_SCHEMA: Final = pa.schema(
    [
        pa.field("index", pa.int32(), nullable=False),
        pa.field("column_name", pa.string()),
        pa.field("column_kind", pa.string()),
        pa.field("data_type", pa.string()),
        pa.field("partial", pa.binary(), nullable=False),
    ]
)


@dataclass(frozen=True)
class RejectedValues:
    """Values of one column that did not fit its type, or of an unknown column: they are counted, but in no state.

    Attributes:
        values: Number of values without nulls.
        reason: Why the first of them was rejected, in words.
        data_type: Spark SQL's name of the column's type, or of the values' type for an unknown column.
    """

    values: int
    reason: str
    data_type: str

    def __add__(self, other: RejectedValues) -> RejectedValues:
        """Return the sum; it keeps the reason and type of the first."""
        return RejectedValues(self.values + other.values, self.reason, self.data_type)


@dataclass(frozen=True)
class Window:
    """The states of the rows of one table that one process served in one window of time.

    Attributes:
        pipeline: Pipeline of the configuration.
        key: Stage and table.
        run_id: The run the rows belong to.
        replica: The process that served them.
        start: First moment of the window, with time zone.
        end: Last moment.
        version: Version of stageprint that wrote it.
        plan: Columns and keys, and their states. A column that held only nulls has type ``void`` and kind `OTHER`.
        states: The states at each index of the plan.
        rejected: Rejected values by column; some of the columns may not be in the plan.
        notes: Why a column lacks a state that other columns of its kind have, by column.
        problems: What else went wrong, in sentences; if there is any, the figures are not complete.
    """

    pipeline: str
    key: TableKey
    run_id: str
    replica: str
    start: dt.datetime
    end: dt.datetime
    version: str
    plan: TablePlan
    states: Mapping[int, States]
    rejected: Mapping[str, RejectedValues] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return cast("CountsState", self.states[self.plan.table_index][CountsState.name]).rows


@dataclass(frozen=True)
class WindowHead:
    """What a window's file says of itself, without its states.

    Attributes:
        key: Stage and table.
        run_id: The run its rows belong to.
        replica: The process that served them.
        start: First moment of the window, with time zone.
        end: Last moment.
        columns: Path of each column → Spark SQL's name of its type.
    """

    key: TableKey
    run_id: str
    replica: str
    start: dt.datetime
    end: dt.datetime
    columns: Mapping[str, str]

    @property
    def order(self) -> tuple[int, str, int]:
        """Start, replica and end; the times in microseconds since 1970-01-01 UTC.

        Windows are merged in this order. A column that changes its type ends a window and begins one of the same start.
        """
        return microseconds_of(self.start), self.replica, microseconds_of(self.end)


def window_table(window: Window) -> pa.Table:
    """Return the table that a window's file holds, with its metadata."""
    plan = window.plan
    rows = []
    for index in plan.indices:
        column = plan.columns[index] if index >= 0 else None
        rows.append(
            {
                "index": index,
                "column_name": column.path if column is not None else None,
                "column_kind": column.kind.value if column is not None else None,
                "data_type": column.data_type if column is not None else None,
                "partial": pack_states(_storable(plan, index, window.states[index])),
            }
        )
    metadata = {_METADATA_KEY: json.dumps(_describe(window), ensure_ascii=False).encode()}
    return pa.Table.from_pylist(rows, _SCHEMA).replace_schema_metadata(metadata)


def _storable(plan: TablePlan, index: int, states: States) -> States:
    """Return states without values of a sensitive column that too few rows of the window share."""
    if index < 0 or plan.columns[index].sensitive is None:
        return states
    copies = {name: all_states()[name].from_bytes(state.to_bytes()) for name, state in states.items()}
    suppress_rare_values(plan, index, copies)
    return copies


def window_bytes(window: Window) -> bytes:
    """Return the bytes of a window's file."""
    sink = pa.BufferOutputStream()
    pq.write_table(window_table(window), sink, compression="zstd", write_page_checksum=True)
    return bytes(sink.getvalue().to_pybytes())


def write_window(window: Window, folder: Path, name: str) -> Path:
    """Write a window's file atomically: readers see the whole file or none.

    Args:
        window: The window.
        folder: A local or mounted folder; created if it is missing.
        name: The file's name; an existing file is replaced.

    Returns:
        The file.

    Raises:
        OSError: It cannot be written; no part of it is left.
    """
    data = window_bytes(window)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name
    # Spark, and whoever else lists the folder meanwhile, skips names that begin with a dot.
    partial = folder / f".{name}.{uuid.uuid4().hex[:8]}.tmp"
    try:
        with partial.open("xb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        partial.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    return target


def read_window(data: bytes) -> Window:
    """Return the window in a file; each of its states is rebuilt and checked.

    Raises:
        StateError: The bytes are truncated, damaged, not a window, or of a newer version.
    """
    try:
        table = pq.read_table(pa.BufferReader(data), page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        message = f"not a readable Parquet file ({len(data)} bytes): {str(error).splitlines()[0]}"
        raise StateError(message) from error
    text = (table.schema.metadata or {}).get(_METADATA_KEY)
    if text is None:
        message = "a Parquet file, but not of a serving profiler: it has no `stageprint` metadata"
        raise StateError(message)
    try:
        return _read(json.loads(text), table)
    except StageprintError:
        raise
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, ValidationError) as error:
        message = f"damaged metadata of a serving profiler's window: {type(error).__name__}: {error}"
        raise StateError(message) from error


def read_head(file: pa.NativeFile) -> WindowHead:
    """Return what a window's file says of itself; only its footer is read.

    Raises:
        StateError: It is no file of a window, or its footer cannot be read; `read_window` tells why.
    """
    try:
        text = (pq.read_metadata(file).metadata or {})[_METADATA_KEY]
        described = json.loads(text)
        return WindowHead(
            key=TableKey(described["stage"], described["table"]),
            run_id=described["run_id"],
            replica=described["replica"],
            start=_moment(described["window_start"]),
            end=_moment(described["window_end"]),
            columns={column["path"]: column["data_type"] for column in described["columns"]},
        )
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        message = f"not the file of a window: {type(error).__name__}"
        raise StateError(message) from error


def _describe(window: Window) -> dict[str, Any]:
    return {
        "format": FORMAT_VERSION,
        "pipeline": window.pipeline,
        "stage": window.key.stage,
        "table": window.key.table,
        "run_id": window.run_id,
        "replica": window.replica,
        "window_start": window.start.isoformat(),
        "window_end": window.end.isoformat(),
        "stageprint_version": window.version,
        "rows": window.rows,
        "settings": window.plan.settings.model_dump(),
        "columns": [
            {
                "path": column.path,
                "position": column.position,
                "data_type": column.data_type,
                "kind": column.kind.value,
                "states": list(column.states),
                "sensitive": column.sensitive,
                "hash_key_id": column.hash_key_id,
            }
            for column in window.plan.columns
        ],
        "min_group_size": window.plan.min_group_size,
        "keys": [list(key) for key in window.plan.keys],
        "aside": {
            name: {"values": found.values, "reason": found.reason, "data_type": found.data_type}
            for name, found in window.rejected.items()
        },
        "notes": dict(window.notes),
        "problems": list(window.problems),
    }


def _read(described: Mapping[str, Any], table: pa.Table) -> Window:
    if described["format"] > FORMAT_VERSION:
        message = (
            f"window of format {described['format']}; this release reads 1 to {FORMAT_VERSION}: upgrade stageprint"
        )
        raise StateError(message)
    plan = TablePlan(
        columns=tuple(
            ColumnPlan(
                column["path"],
                column["position"],
                column["data_type"],
                ColumnKind(column["kind"]),
                tuple(column["states"]),
                sensitive=column.get("sensitive"),
                hash_key_id=column.get("hash_key_id"),
            )
            for column in described["columns"]
        ),
        keys=tuple(tuple(key) for key in described["keys"]),
        settings=SketchSettings.model_validate(described["settings"]),
        min_group_size=described.get("min_group_size", SensitiveSettings().min_group_size),
    )
    blobs = dict(zip(table.column("index").to_pylist(), table.column("partial").to_pylist(), strict=True))
    if set(blobs) != set(plan.indices):
        message = f"window holds the indices {sorted(blobs)}; its plan has {plan.indices[0]} to {plan.indices[-1]}"
        raise StateError(message)
    window = Window(
        pipeline=described["pipeline"],
        key=TableKey(described["stage"], described["table"]),
        run_id=described["run_id"],
        replica=described["replica"],
        start=_moment(described["window_start"]),
        end=_moment(described["window_end"]),
        version=described["stageprint_version"],
        plan=plan,
        states={index: _states(plan, index, blob) for index, blob in blobs.items()},
        rejected={name: RejectedValues(**found) for name, found in described["aside"].items()},
        notes=described["notes"],
        problems=tuple(described["problems"]),
    )
    if window.rows != described["rows"]:
        message = f"window holds the states of {window.rows} rows instead of {described['rows']}"
        raise StateError(message)
    return window


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = f"expected a time with its zone, got {text!r}"
        raise ValueError(message)
    return moment


def _states(plan: TablePlan, index: int, blob: bytes) -> dict[str, State]:
    found = unpack_states(blob)
    wanted = plan.empty_states(index)
    if found.keys() != wanted.keys():
        message = f"window holds {sorted(found)} at index {index}; its plan keeps {sorted(wanted)}"
        raise StateError(message)
    states = {name: all_states()[name].from_bytes(data) for name, data in found.items()}
    for name, state in states.items():
        if state.kind is not wanted[name].kind:
            kind = wanted[name].kind.value
            message = f"window holds {name} of a {state.kind.value} column at index {index}, not of a {kind} one"
            raise StateError(message)
    return states
