"""Rows of `column_profiles` and `table_profiles` from merged states."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.config.sketches import SketchSettings
from stageprint.engines.spark.plan import ScanPlan
from stageprint.features.compact import COMPACT_VERSION, compact_bytes
from stageprint.fingerprint import ColumnPlan, SlicePlan, TablePlan, column_profile, members, merge_partials
from stageprint.metrics.base import all_metrics, evaluate_all
from stageprint.model import (
    TEMPORAL,
    ColumnKind,
    ColumnProfile,
    NotComputable,
    SchemaField,
    StateLike,
    TableKey,
    TableProfile,
)
from stageprint.pipeline.model_versions import version_facts
from stageprint.slices import WHOLE, Member
from stageprint.states.base import State, all_states
from stageprint.states.counts import CountsState
from stageprint.states.extremes import ExtremesState
from stageprint.states.quality import QualityState
from stageprint.states.theta import ThetaState
from stageprint.stores.spark.tables import column_profiles, state_names

KEY_JOIN: Final = "+"
"""Between the column names of a key in `table_profiles.keys`."""

_PROFILE_COLUMNS = ("compact_features_version", "compact_features", "not_computable", "states")
_PLACE = ("table", "member", "index")


def merged_schema() -> pa.Schema:
    """Return the schema of a scan's result: its place, then the other columns as stored."""
    full = column_profiles().arrow_schema
    names = [*all_metrics(), *_PROFILE_COLUMNS]
    return pa.schema([*(pa.field(name, pa.int32()) for name in _PLACE), *(full.field(name) for name in names)])


def merged_row(plan: TablePlan, place: tuple[int, int, int], partials: Iterable[bytes]) -> dict[str, Any]:
    """Merge the partial states at one place and compute a column's metrics.

    Args:
        plan: The table's plan.
        place: Table, member and index.
        partials: The partial states.

    Returns:
        A row of `merged_schema`; the rows of keys and of the table itself have states only.
    """
    index = place[-1]
    states = merge_partials(plan, index, partials)
    row: dict[str, Any] = {**dict(zip(_PLACE, place, strict=True)), "states": stored_states(states)}
    if index >= 0 and states:
        row |= figures(column_profile(plan, index, states), plan.settings, plan.as_of)
    return row


def stored_states(states: Mapping[str, StateLike]) -> dict[str, bytes | None]:
    """Return states as the `states` field of a row holds them; null where one is not kept."""
    return {name: states[name].to_bytes() if name in states else None for name in state_names()}


def figures(column: ColumnProfile, settings: SketchSettings, end: int | None) -> dict[str, Any]:
    """Return a column's metrics, the reasons for those without a value, and its compact features, as stored.

    Args:
        column: The column's profile.
        settings: Sizes of the sketches.
        end: First moment after the run's logical date, in microseconds since 1970-01-01 UTC; None without a date.
    """
    values, reasons = evaluate_all(column, settings, end)
    return {
        **values,
        "not_computable": list(reasons.items()),
        "compact_features_version": COMPACT_VERSION,
        "compact_features": compact_bytes(column),
    }


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
        states=states_of(row["states"]),
    )


def row_keys(pipeline: str, run: str, key: TableKey, member: Member = WHOLE) -> dict[str, str | None]:
    """Return the columns that place a row: pipeline, run, stage, table, slice."""
    return {
        "pipeline": pipeline,
        "run_id": run,
        "stage": key.stage,
        "table_name": key.table,
        "slice_key": member.key,
        "slice_value": member.value,
    }


def whole_of(merged: pa.Table) -> pa.Table:
    """Return the rows of a scan's result that are of the whole table."""
    return merged.filter(pc.equal(merged.column("member"), 0))


def by_member(merged: pa.Table, slices: Sequence[SlicePlan]) -> Iterator[tuple[Member, pa.Table]]:
    """Yield the whole table and each of its slices with their rows of a scan's result."""
    for number, member in enumerate(members(slices)):
        found = merged.filter(pc.equal(merged.column("member"), number))
        if found.num_rows:
            yield member, found


def column_rows(merged: pa.Table, columns: tuple[ColumnPlan, ...], keys: Mapping[str, str | None]) -> pa.Table:
    """Return rows of `column_profiles` from a scan's result.

    Args:
        merged: Result of `stageprint.engines.spark.scan.scan`.
        columns: The plan's columns; `index` counts into them. One without states is only part of a key.
        keys: Result of `row_keys`.
    """
    schema = column_profiles().arrow_schema
    wanted = [index >= 0 and bool(columns[index].states) for index in merged.column("index").to_pylist()]
    own = merged.filter(pa.array(wanted))
    plans = [columns[index] for index in own.column("index").to_pylist()]
    described = {
        "column_name": [plan.path for plan in plans],
        "column_position": [plan.position for plan in plans],
        "data_type": [plan.data_type for plan in plans],
        "column_kind": [plan.kind.value for plan in plans],
    }
    arrays = []
    for field in schema:
        if field.name in keys:
            arrays.append(pa.array([keys[field.name]] * len(plans), field.type))
        elif field.name in described:
            arrays.append(pa.array(described[field.name], field.type))
        else:
            arrays.append(own.column(field.name).combine_chunks().cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def table_row(
    pipeline: str,
    run: str,
    key: TableKey,
    plan: ScanPlan,
    merged: pa.Table,
    seconds: float,
    facts: Mapping[str, Any],
    repeated: Mapping[str, int] | None = None,
    member: Member = WHOLE,
) -> dict[str, Any]:
    """Return the row of `table_profiles` of a table that was profiled, or of a slice of it.

    Args:
        pipeline: The pipeline.
        run: The run.
        key: Stage and table.
        plan: What was scanned.
        merged: Result of `stageprint.engines.spark.scan.scan`.
        seconds: Wall time it took.
        facts: What is known of the source (``source_…`` columns).
        repeated: Result of `stageprint.engines.spark.keys.repeated_keys`; None where it was not wanted.
        member: The whole table or a slice; `merged` holds its rows alone.
    """
    # Reading every column's sketches again would cost the driver more than a small table's scan.
    table = table_profile(key, plan, merged, repeated, only=_asked_for(plan))
    earliest, latest = _event_times(table, plan.event_time)
    return {
        **row_keys(pipeline, run, key, member),
        **facts,
        "status": "ok",
        "row_count": table.rows,
        "rows_scanned": table.rows,
        "column_count": sum(bool(column.states) for column in plan.table.columns),
        "schema_json": schema_json(plan.schema),
        "schema_fingerprint": schema_fingerprint(plan.schema),
        "event_time_column": plan.event_time,
        "event_time_min": earliest,
        "event_time_max": latest,
        "keys": [
            key_row(
                name,
                cast("ThetaState", theta),
                rows=table.rows,
                null_rows=table.facts["key_null_rows"][name],
                duplicate_rows=table.facts["key_duplicate_rows"].get(name),
            )
            for name, theta in table.keys.items()
        ],
        "quality": quality_row(cast("QualityState | None", table.facts["quality"])),
        **(_stored_versions(run, plan, table) if member == WHOLE else {}),
        "engine_path": facts.get("engine_path", "dataframe"),
        "seconds": seconds,
        "profiled_at": dt.datetime.now(dt.timezone.utc),
    }


def _asked_for(plan: ScanPlan) -> set[str]:
    """Return the columns whose profiles say something of the table: its event time, its model's version."""
    version = plan.config.model_version if plan.config is not None else None
    names = {name.casefold() for name in (plan.event_time, version) if name is not None}
    return {column.path for column in plan.table.columns if column.path.casefold() in names}


def quality_row(state: QualityState | None) -> dict[str, Any] | None:
    """Return the field `quality` of a row of `table_profiles`; None where no label or answer is configured."""
    if state is None:
        return None
    figures = state.figures()
    known = {name: value for name, value in figures.items() if not isinstance(value, NotComputable)}
    reasons = [(name, value.reason) for name, value in figures.items() if isinstance(value, NotComputable)]
    counts = {"labelled": state.labelled, "compared": state.compared, "scored": state.scored}
    return {**counts, **known, "not_computable": reasons, "state": state.to_bytes()}


def _stored_versions(run: str, plan: ScanPlan, table: TableProfile) -> dict[str, Any]:
    if plan.config is None:
        return {}
    facts = version_facts(plan.config, run, table.columns)
    if facts:
        facts["model_versions"] = [{"version": name, "rows": rows} for name, rows in facts["model_versions"]]
    return facts


def failed_row(
    pipeline: str, run: str, key: TableKey, facts: Mapping[str, Any], error: str, seconds: float
) -> dict[str, Any]:
    """Return the row of `table_profiles` of a table that could not be profiled."""
    return {
        **row_keys(pipeline, run, key),
        **facts,
        "status": "failed",
        "error": error,
        "seconds": seconds,
        "profiled_at": dt.datetime.now(dt.timezone.utc),
    }


def table_profile(
    key: TableKey,
    plan: ScanPlan,
    merged: pa.Table,
    repeated: Mapping[str, int] | None = None,
    only: Collection[str] | None = None,
) -> TableProfile:
    """Return a table's profile from a scan's result.

    Args:
        key: Stage and table.
        plan: What was scanned.
        merged: Result of `stageprint.engines.spark.scan.scan`.
        repeated: Result of `stageprint.engines.spark.keys.repeated_keys`; None where it was not wanted.
        only: Paths of the columns that are wanted; None: all.
    """
    chosen = {at for at, column in enumerate(plan.table.columns) if only is None or column.path in only}
    if only is not None:
        merged = merged.filter(
            pa.array([at < 0 or at in chosen for at in merged.column("index").to_pylist()], pa.bool_())
        )
    states = _states(merged)
    counts = states[plan.table.table_index][CountsState.name]
    columns = {
        column.path: column_profile(plan.table, index, states[index])
        for index, column in enumerate(plan.table.columns)
        if column.states and index in chosen
    }
    names = [KEY_JOIN.join(paths) for paths in plan.table.keys]
    keys = {name: states[-1 - number][ThetaState.name] for number, name in enumerate(names)}
    null_rows = {name: cast("CountsState", states[-1 - n][CountsState.name]).nulls for n, name in enumerate(names)}
    rows = cast("CountsState", counts).rows
    facts: dict[str, Any] = {"key_null_rows": null_rows, "key_duplicate_rows": dict(repeated or {})}
    facts |= {"quality": states[plan.table.table_index].get(QualityState.name)}
    return TableProfile(key, rows, plan.schema, columns, keys, facts)


def key_states(plan: TablePlan, merged: pa.Table) -> list[tuple[CountsState, ThetaState]]:
    """Return what a scan found of each key of the plan, in order: rows with those that have a null, and the sketch."""
    chosen = merged.filter(pc.and_(pc.less(merged["index"], 0), pc.greater(merged["index"], plan.table_index)))
    states = _states(chosen)
    return [
        (
            cast("CountsState", states[-1 - number][CountsState.name]),
            cast("ThetaState", states[-1 - number][ThetaState.name]),
        )
        for number in range(len(plan.keys))
    ]


def _states(merged: pa.Table) -> dict[int, dict[str, State]]:
    """Return the states of a scan's result by index."""
    stored = zip(merged.column("index").to_pylist(), merged.column("states").to_pylist(), strict=True)
    return {index: states_of(states) for index, states in stored}


def table_from_row(row: Mapping[str, Any]) -> TableProfile:
    """Rebuild a table's profile, without its columns, from its row of `table_profiles`."""
    stored = row["keys"] or []
    return TableProfile(
        key=TableKey(row["stage"], row["table_name"]),
        rows=row["row_count"],
        schema=schema_from_json(row["schema_json"]),
        columns={},
        keys={key["columns"]: ThetaState.from_bytes(key["theta"]) for key in stored},
        facts={
            "source_bytes": row["source_bytes"],
            "source_files": row["source_files"],
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


def schema_json(schema: Iterable[SchemaField]) -> str:
    """Return a table's top-level fields as JSON, in order."""
    return json.dumps([{"name": f.name, "type": f.data_type, "nullable": f.nullable} for f in schema])


@lru_cache(maxsize=20_000)  # a table's schema is the same in most runs
def schema_from_json(text: str) -> tuple[SchemaField, ...]:
    """Read what `schema_json` wrote."""
    return tuple(SchemaField(item["name"], item["type"], item["nullable"]) for item in json.loads(text))


def schema_fingerprint(schema: Iterable[SchemaField]) -> str:
    """Return 16 hex digits that change with any name, type or the order of the fields."""
    text = json.dumps([[field.name, field.data_type] for field in schema])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def key_row(
    name: str, theta: ThetaState, *, rows: int, null_rows: int, duplicate_rows: int | None = None
) -> dict[str, Any]:
    """Return an entry of `table_profiles.keys`.

    Args:
        name: The key's columns, joined.
        theta: Sketch of its values.
        rows: Rows of the table.
        null_rows: Rows with a null in the key.
        duplicate_rows: Rows beyond the first of their key; None where they were not counted.
    """
    distinct = theta.estimate(3)
    return {
        "columns": name,
        "rows": rows,
        "null_rows": null_rows,
        "duplicate_rows": duplicate_rows,
        "distinct": distinct.estimate,
        "distinct_lower": distinct.lower,
        "distinct_upper": distinct.upper,
        "theta": theta.to_bytes(),
    }


def _event_times(table: TableProfile, column: str | None) -> tuple[dt.datetime | None, dt.datetime | None]:
    profile = table.columns.get(column) if column is not None else None
    extremes = profile.state(ExtremesState) if profile is not None else None
    if profile is None or extremes is None or profile.kind not in TEMPORAL:
        return None, None
    unit = dt.timedelta(days=1) if profile.kind is ColumnKind.DATE else dt.timedelta(microseconds=1)
    return _instant(extremes.minimum, unit), _instant(extremes.maximum, unit)


def _instant(value: object, unit: dt.timedelta) -> dt.datetime | None:
    """Return a count of units since the epoch as a timestamp; None outside the years 1 to 9999."""
    if not isinstance(value, int):
        return None
    try:
        return dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc) + value * unit
    except OverflowError:
        return None
