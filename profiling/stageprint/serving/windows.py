"""The file a serving process leaves behind for each window of time: the states of a table's rows, self-describing.

A window's file is Parquet, one row an index of the plan (`stageprint.fingerprint`), with the states as one blob:

| column | what |
|---|---|
| `index` | 0, 1, … a column of the table; −1, … a key; the least: the table itself |
| `column_name`, `column_kind`, `data_type` | what the index stands for; null for keys and the table |
| `partial` | the states, as `stageprint.fingerprint.pack_states` writes them |

Everything else (plan, sketch sizes, window, run, replica, version) is JSON under the key ``stageprint`` of the file's
own metadata, so that a file can be merged without the configuration it was written with. Pages carry checksums.
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

from stageprint.config.sketches import SketchSettings
from stageprint.errors import StageprintError, StateError
from stageprint.fingerprint import ColumnPlan, States, TablePlan, pack_states, unpack_states
from stageprint.model import ColumnKind, TableKey
from stageprint.states.base import State, all_states
from stageprint.states.counts import CountsState

FORMAT: Final = 1
"""Version of the file format; raised when an older release could not read a newer file."""

SUFFIX: Final = ".parquet"

_METADATA: Final = b"stageprint"
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
class Aside:
    """Values of one column that could not be taken: they are in no state, only counted.

    Attributes:
        values: How many; nulls are not among them.
        reason: Why, in words; the first reason met.
        data_type: Spark SQL's name of the type they had, as far as known.
    """

    values: int
    reason: str
    data_type: str

    def __add__(self, other: Aside) -> Aside:
        """Return both together; the first one's reason stands for all."""
        return Aside(self.values + other.values, self.reason, self.data_type)


@dataclass(frozen=True)
class Window:
    """The states of the rows of one table that one process served in one window of time.

    Attributes:
        pipeline: Pipeline of the configuration.
        key: Stage and table.
        run_id: The run the rows belong to.
        replica: The process that served them.
        start: First moment of the window, with time zone.
        end: Its last.
        version: Version of stageprint that wrote it.
        plan: What was taken. A column that held no value yet is of type ``void`` and kind `OTHER`.
        states: The states at each index of the plan.
        aside: Columns with values that could not be taken; also such as are not in the plan.
        notes: Columns that lack a state that others of their kind have, and why.
        problems: What else went wrong, in sentences; the figures are not complete where there is any.
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
    aside: Mapping[str, Aside] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows the window holds."""
        return cast("CountsState", self.states[self.plan.table_index][CountsState.name]).rows


def window_table(window: Window) -> pa.Table:
    """Return a window as the table its file holds, metadata included."""
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
                "partial": pack_states(window.states[index]),
            }
        )
    metadata = {_METADATA: json.dumps(_describe(window), ensure_ascii=False).encode()}
    return pa.Table.from_pylist(rows, _SCHEMA).replace_schema_metadata(metadata)


def window_bytes(window: Window) -> bytes:
    """Return a window as the bytes of its file."""
    sink = pa.BufferOutputStream()
    pq.write_table(window_table(window), sink, compression="zstd", write_page_checksum=True)
    return bytes(sink.getvalue().to_pybytes())


def write_window(window: Window, folder: Path, name: str) -> Path:
    """Write a window's file; it is there whole or not at all.

    Args:
        window: What to write.
        folder: A local or mounted folder; made where it is missing.
        name: The file's name; one that stands there is replaced.

    Returns:
        The file.

    Raises:
        OSError: It cannot be written; nothing is left behind then.
    """
    data = window_bytes(window)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name
    # Spark passes over names that begin with a dot, and so does whoever lists the folder meanwhile.
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
    """Read a window's file; every state in it has been rebuilt and checked when this returns.

    Raises:
        StateError: The bytes are cut short, damaged, no window, or of a newer version.
    """
    try:
        table = pq.read_table(pa.BufferReader(data), page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        message = f"not a readable Parquet file ({len(data)} bytes): {str(error).splitlines()[0]}"
        raise StateError(message) from error
    text = (table.schema.metadata or {}).get(_METADATA)
    if text is None:
        message = "a Parquet file, but no window of a serving profiler: it has no `stageprint` metadata"
        raise StateError(message)
    try:
        return _read(json.loads(text), table)
    except StageprintError:
        raise
    except (KeyError, ValueError, TypeError, ValidationError) as error:
        message = f"damaged metadata of a serving profiler's window: {type(error).__name__}: {error}"
        raise StateError(message) from error


def _describe(window: Window) -> dict[str, Any]:
    return {
        "format": FORMAT,
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
            }
            for column in window.plan.columns
        ],
        "keys": [list(key) for key in window.plan.keys],
        "aside": {
            name: {"values": aside.values, "reason": aside.reason, "data_type": aside.data_type}
            for name, aside in window.aside.items()
        },
        "notes": dict(window.notes),
        "problems": list(window.problems),
    }


def _read(described: Mapping[str, Any], table: pa.Table) -> Window:
    if described["format"] > FORMAT:
        message = f"window of format {described['format']}; this release reads 1 to {FORMAT}: upgrade stageprint"
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
            )
            for column in described["columns"]
        ),
        keys=tuple(tuple(key) for key in described["keys"]),
        settings=SketchSettings.model_validate(described["settings"]),
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
        start=dt.datetime.fromisoformat(described["window_start"]),
        end=dt.datetime.fromisoformat(described["window_end"]),
        version=described["stageprint_version"],
        plan=plan,
        states={index: _states(plan, index, blob) for index, blob in blobs.items()},
        aside={name: Aside(**aside) for name, aside in described["aside"].items()},
        notes=described["notes"],
        problems=tuple(described["problems"]),
    )
    if window.rows != described["rows"]:
        message = f"window holds the states of {window.rows} rows instead of {described['rows']}"
        raise StateError(message)
    return window


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
