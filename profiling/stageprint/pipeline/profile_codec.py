"""Converts profiles to values of `table_profiles` and `column_profiles`, and stored rows to profiles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from stageprint.model import (
    ColumnKind,
    ColumnProfile,
    NotComputable,
    SchemaField,
    Slice,
    StateLike,
    TableKey,
    TableProfile,
)
from stageprint.pipeline.tables import state_names
from stageprint.states.base import State, all_states
from stageprint.states.quality import QualityState
from stageprint.states.theta import ThetaState

KEY_JOIN: Final = "+"
"""Separator of the column names of a key in `table_profiles.keys`."""


def stored_states(states: Mapping[str, StateLike]) -> dict[str, bytes | None]:
    """Return the `states` field of a row of `column_profiles`; None for states that are not kept."""
    return {name: states[name].to_bytes() if name in states else None for name in state_names()}


def states_of(stored: Mapping[str, bytes | None]) -> dict[str, State]:
    """Rebuild states from the `states` field of a row.

    Raises:
        StateError: Bytes are damaged or of a newer version.
    """
    known = all_states()
    return {name: known[name].from_bytes(data) for name, data in stored.items() if data is not None and name in known}


def profile_of(row: Mapping[str, Any]) -> ColumnProfile:
    """Rebuild a column's profile from its row of `column_profiles`."""
    return ColumnProfile(
        column=row["column_name"],
        position=row["column_position"],
        data_type=row["data_type"],
        kind=ColumnKind(row["column_kind"]),
        states=_with_hash_id(states_of(row["states"]), row.get("hash_key_id")),
        sensitive=row.get("sensitive"),
        hash_key_id=row.get("hash_key_id"),
    )


def _with_hash_id(states: dict[str, State], hash_key_id: str | None) -> dict[str, State]:
    theta = states.get(ThetaState.name)
    if isinstance(theta, ThetaState):
        theta.hash_key_id = hash_key_id
    return states


def key_sketch(stored: Mapping[str, Any], hash_key_id: str | None) -> ThetaState | None:
    """Return the sketch in an entry of `table_profiles.keys`; None where none was kept.

    Args:
        stored: The entry.
        hash_key_id: ``key_hash_id`` of its row.
    """
    if stored["theta"] is None:
        return None
    sketch = ThetaState.from_bytes(stored["theta"])
    sketch.hash_key_id = hash_key_id
    return sketch


def row_keys(pipeline: str, run: str, key: TableKey) -> dict[str, str | None]:
    """Return the key columns of a row: pipeline, run, stage, table and slice."""
    return {
        "pipeline": pipeline,
        "run_id": run,
        "stage": key.stage,
        "table_name": key.table,
        "slice_key": None if key.slice is None else key.slice.key,
        "slice_value": None if key.slice is None else key.slice.value,
    }


def key_from_row(row: Mapping[str, Any]) -> TableKey:
    """Return the table, or the slice of it, that a row of a result table is about."""
    part = None if row["slice_key"] is None else Slice(row["slice_key"], row["slice_value"])
    return TableKey(row["stage"], row["table_name"], part)


def table_from_row(row: Mapping[str, Any]) -> TableProfile:
    """Rebuild a table's profile, without its columns, from its row of `table_profiles`."""
    stored = row["keys"] or []
    return TableProfile(
        key=key_from_row(row),
        rows=row["row_count"],
        schema=schema_from_json(row["schema_json"]),
        columns={},
        keys={
            key["columns"]: sketch for key in stored if (sketch := key_sketch(key, row.get("key_hash_id"))) is not None
        },
        facts={
            "source_bytes": row["source_bytes"],
            "source_files": row["source_files"],
            "malformed_rows": row.get("malformed_rows"),
            "event_time_min": row["event_time_min"],
            "event_time_max": row["event_time_max"],
            "quality": _quality(row.get("quality")),
            "model_version_column": row.get("model_version_column"),
            "model_versions": tuple((one["version"], one["rows"]) for one in row.get("model_versions") or ()),
            "expected_model_versions": tuple(row.get("expected_model_versions") or ()),
            "expected_model_version_error": row.get("expected_model_version_error"),
            "key_null_rows": {key["columns"]: key["null_rows"] for key in stored},
            "key_duplicate_rows": {
                key["columns"]: repeated for key in stored if (repeated := key.get("duplicate_rows")) is not None
            },
        },
    )


def _quality(stored: Mapping[str, Any] | None) -> QualityState | None:
    return None if stored is None else QualityState.from_bytes(stored["state"])


def quality_row(state: QualityState | None) -> dict[str, Any] | None:
    """Return the `quality` field of a row of `table_profiles`; None for a table without model quality."""
    if state is None:
        return None
    figures = state.figures()
    known = {name: value for name, value in figures.items() if not isinstance(value, NotComputable)}
    reasons = [(name, value.reason) for name, value in figures.items() if isinstance(value, NotComputable)]
    counts = {"labelled": state.labelled, "compared": state.compared, "scored": state.scored}
    return {**counts, **known, "not_computable": reasons, "state": state.to_bytes()}


def schema_json(schema: Iterable[SchemaField]) -> str:
    """Return a table's top-level fields as JSON, in order."""
    return json.dumps([{"name": f.name, "type": f.data_type, "nullable": f.nullable} for f in schema])


@lru_cache(maxsize=20_000)  # a table's schema is the same in most runs
def schema_from_json(text: str) -> tuple[SchemaField, ...]:
    """Parse the text that `schema_json` returned."""
    return tuple(SchemaField(item["name"], item["type"], item["nullable"]) for item in json.loads(text))


def schema_fingerprint(schema: Iterable[SchemaField]) -> str:
    """Return a hash of the fields' names, types and order, in 16 hex digits."""
    text = json.dumps([[field.name, field.data_type] for field in schema])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def key_row(
    name: str, theta: ThetaState | None, *, rows: int, null_rows: int, duplicate_rows: int | None = None
) -> dict[str, Any]:
    """Return an entry of `table_profiles.keys`.

    Args:
        name: The key's column names, joined by `KEY_JOIN`.
        theta: Theta sketch of the key's values; None: none may be kept.
        rows: Number of rows of the table.
        null_rows: Number of rows with a null in the key.
        duplicate_rows: Number of rows beyond the first of each key; None: not counted.
    """
    distinct = None if theta is None else theta.estimate(3)
    return {
        "columns": name,
        "rows": rows,
        "null_rows": null_rows,
        "duplicate_rows": duplicate_rows,
        "distinct": None if distinct is None else distinct.estimate,
        "distinct_lower": None if distinct is None else distinct.lower,
        "distinct_upper": None if distinct is None else distinct.upper,
        "theta": None if theta is None else theta.to_bytes(),
    }
