"""Rows to profiles without Spark, by the states that every engine keeps, and profiles into a store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scripts.demo.frames import to_arrow
from scripts.incidents.flow import Stages, by_key
from stageprint.batch.column import ColumnBatch
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import as_of
from stageprint.config.tables import TableConfig
from stageprint.fingerprint import ColumnPlan, TableFingerprint, TablePlan, plan_column
from stageprint.model import ColumnKind, ColumnProfile, SchemaField, TableKey, TableProfile
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.model_versions import version_facts
from stageprint.pipeline.profile_rows import column_row, profile_row
from stageprint.pipeline.runs import refresh_runs
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import EngineVersions
from stageprint.states.quality import QualityState
from stageprint.stores.memory import MemoryStore

_TYPES = (
    (pa.types.is_boolean, "boolean", ColumnKind.BOOLEAN),
    (pa.types.is_int32, "int", ColumnKind.INTEGER),
    (pa.types.is_integer, "bigint", ColumnKind.INTEGER),
    (pa.types.is_floating, "double", ColumnKind.FLOAT),
    (pa.types.is_timestamp, "timestamp", ColumnKind.TIMESTAMP),
    (pa.types.is_string, "string", ColumnKind.STRING),
)


@dataclass
class Profiled:
    """One run's rows as Arrow, and their profiles.

    Attributes:
        tables: The rows.
        profiles: The profiles.
        rows: By table and column the profile and its row of `column_profiles`, once it was stored.
    """

    tables: Mapping[TableKey, pa.Table]
    profiles: Mapping[TableKey, TableProfile]
    rows: dict[tuple[TableKey, str], tuple[ColumnProfile, dict[str, Any]]] = field(default_factory=dict)


def profile_run(
    config: PipelineConfig, run: str, stages: Stages, frames: Stages | None, base: Profiled | None
) -> Profiled:
    """Profile a run.

    Args:
        config: The pipeline.
        run: Its name.
        stages: The run's tables.
        frames: The tables of the healthy run; None: there is none.
        base: Its profiles: a table or a column that is equal to the healthy run's keeps its profile.
    """
    healthy = by_key(frames) if frames is not None else {}
    tables: dict[TableKey, pa.Table] = {}
    profiles: dict[TableKey, TableProfile] = {}
    for key, frame in by_key(stages).items():
        if base is not None and frame is healthy.get(key):
            tables[key], profiles[key] = base.tables[key], base.profiles[key]
            continue
        tables[key] = _arrow(frame)
        known = (base.tables[key], base.profiles[key]) if base is not None else None
        profiles[key] = profile_table(config, key, tables[key], run, known)
    return Profiled(tables, profiles)


def profile_table(
    config: PipelineConfig, key: TableKey, table: pa.Table, run: str, known: tuple[pa.Table, TableProfile] | None = None
) -> TableProfile:
    """Profile one table; columns that are equal to the known table's keep their profile."""
    settings = config.table(key.stage, key.table)
    referenced = config.referenced_columns(key.stage, key.table)
    plans = []
    for place, one in enumerate(table.schema):
        data_type, kind = next((text, kind) for test, text, kind in _TYPES if test(one.type))
        theta = one.name in settings.references or one.name in referenced
        plans.append(plan_column(one.name, place, data_type, kind, theta=theta))
    schema = tuple(SchemaField(plan.path, plan.data_type) for plan in plans)
    same = {plan.path: profile for plan in plans if (profile := _unchanged(plan, table, known)) is not None}
    kept = known[1] if known is not None else None
    names = set(table.column_names)
    keys = (tuple(settings.keys),) if settings.keys and names.issuperset(settings.keys) else ()
    if kept is not None and table.num_rows == kept.rows and all(name in same for name in settings.keys):
        keys, thetas, facts = (), dict(kept.keys), dict(kept.facts)
    else:
        thetas, facts = {}, {}
    todo = [plan for plan in plans if plan.path not in same or any(plan.path in key for key in keys)]
    profiles = dict(same)
    if todo:
        fingerprint = TableFingerprint(TablePlan(tuple(todo), keys, config.sketches))
        for batch in table.select([plan.path for plan in todo]).combine_chunks().to_batches():
            fingerprint.update(batch)
        profiles |= {profile.column: profile for profile in fingerprint.profiles()}
        if keys:
            name = "+".join(keys[0])
            thetas = {name: fingerprint.states(-1)["theta"]}
            facts = _key_facts(table, name, keys[0], settings)
    facts |= _event_times(table, settings.event_time)
    facts |= version_facts(settings, run, profiles)
    facts["quality"] = _quality(table, settings)
    return TableProfile(key, table.num_rows, schema, {plan.path: profiles[plan.path] for plan in plans}, thetas, facts)


def _unchanged(plan: ColumnPlan, table: pa.Table, known: tuple[pa.Table, TableProfile] | None) -> ColumnProfile | None:
    if known is None or plan.path not in known[1].columns:
        return None
    rows, profile = known
    found = profile.columns[plan.path]
    same = found.position == plan.position and rows[plan.path].equals(table[plan.path])
    return found if same else None


def _key_facts(table: pa.Table, name: str, key: tuple[str, ...], settings: TableConfig) -> dict[str, object]:
    keyed = table.select(list(key)).drop_null()
    facts: dict[str, object] = {"key_null_rows": {name: table.num_rows - keyed.num_rows}}
    if settings.exact_keys:
        facts["key_duplicate_rows"] = {name: keyed.num_rows - keyed.group_by(list(key)).aggregate([]).num_rows}
    return facts


def _quality(table: pa.Table, settings: TableConfig) -> QualityState | None:
    names = {"label": settings.label, "prediction": settings.prediction, "score": settings.score}
    found = {role: name for role, name in names.items() if name is not None and name in table.column_names}
    if "label" not in found or len(found) < 2:
        return None
    columns = [table[name].combine_chunks() for name in found.values()]
    state = QualityState()
    state.update(ColumnBatch(pa.StructArray.from_arrays(columns, list(found)), ColumnKind.OTHER))
    return state


def _event_times(table: pa.Table, column: str | None) -> dict[str, dt.datetime | None]:
    if column is None or column not in table.column_names or not pa.types.is_timestamp(table[column].type):
        return {}
    ends = pc.min_max(table[column]).as_py()
    return {"event_time_min": ends["min"], "event_time_max": ends["max"]}


def _arrow(frame: pd.DataFrame) -> pa.Table:
    table = to_arrow(frame)
    fields = [
        pa.field(field.name, pa.timestamp("us", "UTC") if pa.types.is_timestamp(field.type) else field.type)
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def store_run(store: MemoryStore, config: PipelineConfig, run: str, profiled: Profiled, base: Profiled | None) -> None:
    """Write a run's profiles into a store.

    Args:
        store: The store.
        config: The pipeline.
        run: The run.
        profiled: Its profiles.
        base: The profiles whose rows `Profiled.rows` already has: a column that is the same object keeps its row.
    """
    end = as_of(run)
    known = {} if base is None else base.rows
    tables = []
    for key, profile in profiled.profiles.items():
        tables.append({**profile_row(config.pipeline, run, profile), **_stored_facts(profile)})
        for name, column in profile.columns.items():
            kept = known.get((key, name))
            row = kept[1] if kept is not None and kept[0] is column else None
            row = row or column_row(config.pipeline, run, key, column, config.sketches, end)
            profiled.rows[key, name] = (column, row)
    of_run = where(run_id=run)
    store.replace(TABLE_PROFILES, TABLE_PROFILES.rows(tables), of_run)
    store.replace(column_profiles(), column_profiles().rows(row for _, row in profiled.rows.values()), of_run)
    refresh_runs(store, config, [run], EngineVersions(None, None, "UTC"))


def _stored_facts(profile: TableProfile) -> dict[str, object]:
    """Return the facts of a profile that a scan would store of its event times and the model's versions."""
    names = ("event_time_min", "event_time_max", "model_version_column", "expected_model_version_error")
    facts: dict[str, object] = {name: profile.facts.get(name) for name in names}
    versions = profile.facts.get("model_versions") or ()
    facts["model_versions"] = [{"version": version, "rows": rows} for version, rows in versions]
    facts["expected_model_versions"] = list(profile.facts.get("expected_model_versions") or ())
    return facts
