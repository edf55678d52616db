"""From the merged states of a scan to rows of `table_profiles` and `column_profiles`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.config.sketches import SketchSettings
from stageprint.config.tables import TableConfig
from stageprint.features.compact import COMPACT_VERSION, compact_bytes
from stageprint.fingerprint import ColumnPlan, SlicePlan, TablePlan, column_profile, members, merge_partials
from stageprint.metrics.base import all_metrics, evaluate_all
from stageprint.model import (
    TEMPORAL,
    ColumnKind,
    ColumnProfile,
    SchemaField,
    Slice,
    TableKey,
    TableProfile,
)
from stageprint.model.epoch import EPOCH
from stageprint.model.manifest import MANIFEST_ID
from stageprint.pipeline.model_versions import version_facts
from stageprint.pipeline.profile_codec import (
    KEY_JOIN,
    key_row,
    quality_row,
    row_keys,
    schema_fingerprint,
    schema_json,
    states_of,
    stored_states,
)
from stageprint.pipeline.tables import column_profiles
from stageprint.redact import redacted
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.extremes import ExtremesState
from stageprint.states.quality import QualityState
from stageprint.states.theta import ThetaState

_PROFILE_COLUMNS = ("compact_features_version", "compact_features", "not_computable", "states")
_PLACE = ("table", "member", "index")


@dataclass(frozen=True)
class TableScan:
    """What is taken of a table, whoever reads its rows.

    Attributes:
        table: The plan that the fingerprint is made by.
        schema: The table's top-level fields.
        event_time: Path of the event-time column, or None.
        slices: How the table is sliced.
        config: The table's configuration; None: it has none.
    """

    table: TablePlan
    schema: tuple[SchemaField, ...]
    event_time: str | None
    slices: tuple[SlicePlan, ...] = ()
    config: TableConfig | None = None


def merged_schema() -> pa.Schema:
    """Return the schema of a scan's result: its place, then the figures of a column and its states, as stored."""
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


def figures(column: ColumnProfile, settings: SketchSettings, end: int | None) -> dict[str, Any]:
    """Return a column's metrics, `not_computable` and compact features, as a row holds them.

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


def whole_of(merged: pa.Table) -> pa.Table:
    """Return the rows of a scan's result that are of the whole table."""
    return merged.filter(pc.equal(merged.column("member"), 0))


def by_member(merged: pa.Table, slices: Sequence[SlicePlan]) -> Iterator[tuple[Slice | None, pa.Table]]:
    """Yield the whole table and each of its slices with their rows of a scan's result."""
    hidden = _small_slices(merged, slices)
    for number, member in enumerate(members(slices)):
        found = merged.filter(pc.equal(merged.column("member"), number))
        if found.num_rows and number not in hidden:
            yield member, found


def _small_slices(merged: pa.Table, slices: Sequence[SlicePlan]) -> set[int]:
    """Return the members that are not stored: slices by a sensitive column with too few rows.

    Where these have too few rows together, the smallest of the others is not stored either: the rows left out would be
    the whole table's less those of the slices.
    """
    rows: dict[int, int] = {}
    if any(plan.min_rows for plan in slices):
        own = merged.filter(pc.equal(merged["index"], pc.min(merged["index"])))
        for number, states in zip(own["member"].to_pylist(), own["states"].to_pylist(), strict=True):
            rows[number] = CountsState.from_bytes(states[CountsState.name]).rows
    hidden: set[int] = set()
    first = 1
    for plan in slices:
        numbers = [number for number in range(first, first + len(plan.members)) if rows.get(number)]
        first += len(plan.members)
        ordered = sorted(numbers, key=lambda number: rows[number])
        small = [number for number in ordered if rows[number] < plan.min_rows]
        if small and sum(rows[number] for number in small) < plan.min_rows:
            small = ordered[: len(small) + 1]
        hidden.update(small)
    return hidden


def column_rows(merged: pa.Table, columns: tuple[ColumnPlan, ...], keys: Mapping[str, str | None]) -> pa.Table:
    """Return rows of `column_profiles` from a scan's result; who writes them signs them with a manifest.

    Args:
        merged: The result of a scan.
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
        "sensitive": [None if plan.sensitive is None else str(plan.sensitive) for plan in plans],
        "hash_key_id": [plan.hash_key_id for plan in plans],
    }
    arrays = []
    for field in schema:
        if field.name in keys:
            arrays.append(pa.array([keys[field.name]] * len(plans), field.type))
        elif field.name in described:
            arrays.append(pa.array(described[field.name], field.type))
        elif field.name == MANIFEST_ID:
            arrays.append(pa.nulls(len(plans), field.type))
        else:
            arrays.append(own.column(field.name).combine_chunks().cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def table_row(
    pipeline: str,
    run: str,
    key: TableKey,
    plan: TableScan,
    merged: pa.Table,
    seconds: float,
    facts: Mapping[str, Any],
    repeated: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Return the row of `table_profiles` of a table that was profiled, or of a slice of it.

    Args:
        pipeline: The pipeline.
        run: The run.
        key: The table, or the slice of it; `merged` holds its rows alone.
        plan: What was scanned.
        merged: The result of a scan.
        seconds: Wall time it took.
        facts: What is known of the source (``source_…`` columns).
        repeated: Result of counting repeated keys; None where it was not wanted.
    """
    # Reading every column's sketches again would cost the driver more than a small table's scan.
    table = table_profile(key, plan, merged, repeated, only=_asked_for(plan))
    earliest, latest = _event_times(table, plan.event_time)
    return {
        **profile_row(pipeline, run, table),
        **_without_credentials(facts),
        "column_count": sum(bool(column.states) for column in plan.table.columns),
        "event_time_column": plan.event_time,
        "event_time_min": earliest,
        "event_time_max": latest,
        **(_stored_versions(run, plan, table) if key.slice is None else {}),
        "engine_path": facts.get("engine_path", "dataframe"),
        "seconds": seconds,
    }


def _without_credentials(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: redacted(value) if isinstance(value, str) else value for name, value in facts.items()}


def profile_row(pipeline: str, run: str, table: TableProfile) -> dict[str, Any]:
    """Return a profile as a row of `table_profiles`: what its states, schema and keys say.

    Args:
        pipeline: The pipeline.
        run: The run.
        table: The profile; its facts have the key counts and the state of a model's answers.
    """
    return {
        **row_keys(pipeline, run, table.key),
        "status": "ok",
        "row_count": table.rows,
        "rows_scanned": table.rows,
        "column_count": len(table.columns),
        "schema_json": schema_json(table.schema),
        "schema_fingerprint": schema_fingerprint(table.schema),
        "keys": [
            key_row(
                name,
                cast("ThetaState | None", table.keys.get(name)),
                rows=table.rows,
                null_rows=null_rows,
                duplicate_rows=table.facts.get("key_duplicate_rows", {}).get(name),
            )
            for name, null_rows in table.facts["key_null_rows"].items()
        ],
        "key_hash_id": next((cast("ThetaState", theta).hash_key_id for theta in table.keys.values()), None),
        "quality": quality_row(cast("QualityState | None", table.facts.get("quality"))),
        "profiled_at": dt.datetime.now(dt.timezone.utc),
    }


def column_row(
    pipeline: str, run: str, key: TableKey, column: ColumnProfile, settings: SketchSettings, end: int | None
) -> dict[str, Any]:
    """Return a column's profile as a row of `column_profiles`.

    Args:
        pipeline: The pipeline.
        run: The run.
        key: The column's table, or the slice of it.
        column: The profile.
        settings: Sizes of the sketches.
        end: First moment after the run's logical date, in microseconds since 1970-01-01 UTC; None without a date.
    """
    return {
        **row_keys(pipeline, run, key),
        "column_name": column.column,
        "column_position": column.position,
        "data_type": column.data_type,
        "column_kind": column.kind.value,
        "sensitive": column.sensitive,
        "hash_key_id": column.hash_key_id,
        **figures(column, settings, end),
        "states": stored_states(column.states),
    }


def _asked_for(plan: TableScan) -> set[str]:
    """Return the columns whose profiles say something of the table: its event time, its model's version."""
    version = plan.config.model_version if plan.config is not None else None
    names = {name.casefold() for name in (plan.event_time, version) if name is not None}
    return {column.path for column in plan.table.columns if column.path.casefold() in names}


def _stored_versions(run: str, plan: TableScan, table: TableProfile) -> dict[str, Any]:
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
        **_without_credentials(facts),
        "status": "failed",
        "error": redacted(error),
        "seconds": seconds,
        "profiled_at": dt.datetime.now(dt.timezone.utc),
    }


def table_profile(
    key: TableKey,
    plan: TableScan,
    merged: pa.Table,
    repeated: Mapping[str, int] | None = None,
    only: Collection[str] | None = None,
) -> TableProfile:
    """Return a table's profile from a scan's result.

    Args:
        key: Stage and table.
        plan: What was scanned.
        merged: The result of a scan.
        repeated: Result of counting repeated keys; None where it was not wanted.
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
    keys = {}
    for number, name in enumerate(names):
        theta = states[-1 - number].get(ThetaState.name)
        if isinstance(theta, ThetaState):
            theta.hash_key_id = plan.table.key_hash_id(-1 - number)
            keys[name] = theta
    null_rows = {name: cast("CountsState", states[-1 - n][CountsState.name]).nulls for n, name in enumerate(names)}
    rows = cast("CountsState", counts).rows
    facts: dict[str, Any] = {"key_null_rows": null_rows, "key_duplicate_rows": dict(repeated or {})}
    facts |= {"quality": states[plan.table.table_index].get(QualityState.name)}
    return TableProfile(key, rows, plan.schema, columns, keys, facts)


def key_states(plan: TablePlan, merged: pa.Table) -> list[tuple[CountsState, ThetaState | None]]:
    """Return what a scan found of each key of the plan, in order: rows with those that have a null, and the sketch.

    The sketch of a key with a sensitive column is None where there is no secret to hash it with.
    """
    chosen = merged.filter(pc.and_(pc.less(merged["index"], 0), pc.greater(merged["index"], plan.table_index)))
    states = _states(chosen)
    return [
        (
            cast("CountsState", states[-1 - number][CountsState.name]),
            cast("ThetaState | None", states[-1 - number].get(ThetaState.name)),
        )
        for number in range(len(plan.keys))
    ]


def _states(merged: pa.Table) -> dict[int, dict[str, State]]:
    """Return the states of a scan's result by index."""
    stored = zip(merged.column("index").to_pylist(), merged.column("states").to_pylist(), strict=True)
    return {index: states_of(states) for index, states in stored}


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
        return EPOCH + value * unit
    except OverflowError:
        return None
