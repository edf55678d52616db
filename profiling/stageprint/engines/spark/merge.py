"""Merges stored fingerprints: days into a week, without touching the data. The function behind ``stageprint merge``."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql.pandas.types import from_arrow_schema

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import as_of
from stageprint.config.sketches import SketchSettings
from stageprint.engines.spark.session import delta_version, get_session
from stageprint.errors import UsageError
from stageprint.model import ColumnKind, ColumnProfile, TableKey
from stageprint.pipeline.outcome import ProfileOutcome, TableOutcome
from stageprint.ports import Progress, Silent
from stageprint.slices import Member
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.quality import QualityState
from stageprint.states.theta import ThetaState
from stageprint.stores.spark.rows import figures, key_row, profile_of, quality_row, row_keys, stored_states
from stageprint.stores.spark.store import open_store
from stageprint.stores.spark.tables import TABLE_PROFILES, column_profiles
from stageprint.stores.spark.writer import ProfileWriter
from stageprint.version import stageprint_version

_PLACE = ("stage", "table_name", "slice_key", "slice_value", "column_name")
_NEEDED = ("run_id", *_PLACE, "column_position", "data_type", "column_kind", "states")


def merge_runs(
    config: PipelineConfig,
    runs: Sequence[str],
    into: str,
    *,
    stages: Sequence[str] = (),
    tables: Sequence[str] = (),
    session: SparkSession | None = None,
    progress: Progress | None = None,
) -> ProfileOutcome:
    """Merge the stored fingerprints of runs into those of one run, and replace that run's rows in the store.

    Counts, sums, extremes and moments come out as if all rows had been profiled at once; sketches within their stated
    error. A column that was not there in every run has the rows of those in which it was. A table that is missing
    from a run, or failed in it, fails: a sum without a part would look like a whole.

    Args:
        config: The pipeline.
        runs: Runs to merge, in order; the last one's schema is the merged one's.
        into: Run that the result is written as.
        stages: Only these stages (default: all).
        tables: Only these tables of them (default: all).
        session: Spark session; None takes the running one or builds a local one.
        progress: Hears of each table.

    Returns:
        What happened to each table; `rows` are those of all runs together.

    Raises:
        UsageError: A run is not in the store, fewer than two are given, or `into` is one of them.
        StoreError: The result could not be written.
    """
    started = time.monotonic()
    runs = list(dict.fromkeys(runs))
    if len(runs) < 2 or into in runs:
        text = f"into {into!r}, one of them" if into in runs else f"{len(runs)}"
        message = f"expected at least two runs to merge and another name for the result, got {text}"
        raise UsageError(message)
    progress = progress or Silent()
    spark = session or get_session(conf=config.spark)
    store = open_store(config, spark)
    for run in runs:
        store.require_run(run)
    selected = [TableKey(stage.name, table.name) for stage, table in config.select(tuple(stages), tuple(tables))]
    progress.start(len(selected), "tables")
    stored = store.read(TABLE_PROFILES).where(F.col("run_id").isin(runs)).toArrow().to_pylist()
    rows: list[dict[str, Any]] = []
    outcomes: list[TableOutcome] = []
    for key in selected:
        own = [row for row in stored if (row["stage"], row["table_name"]) == (key.stage, key.table)]
        merged = _merged_table(config, runs, into, key, own)
        rows += merged
        outcomes.append(_outcome(into, key, merged[0], time.monotonic() - started))
        progress.advance(outcomes[-1])
    good = [outcome.key for outcome in outcomes if outcome.status == "ok"]
    columns = _merged_columns(store.read(column_profiles()), config, runs, into, good)
    writer = ProfileWriter(store, {stage.name: {table.name for table in stage.tables} for stage in config.stages})
    writer.add(rows, columns)
    writer.flush()
    store.refresh_runs(config, [into], stageprint_version(), delta_version())
    progress.close()
    return ProfileOutcome(outcomes, config.store, time.monotonic() - started)


def _outcome(run: str, key: TableKey, row: Mapping[str, Any], seconds: float) -> TableOutcome:
    if row["status"] != "ok":
        return TableOutcome(run, key, "failed", None, None, seconds, row["error"])
    return TableOutcome(run, key, "ok", row["row_count"], row["column_count"], seconds)


def _merged_table(
    config: PipelineConfig, runs: Sequence[str], into: str, key: TableKey, stored: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the merged rows of `table_profiles` of one table: the whole first, then its slices."""
    now = dt.datetime.now(dt.timezone.utc)
    whole = {row["run_id"]: row for row in stored if row["slice_key"] is None}
    lacking = [run for run in runs if run not in whole]
    failed = [run for run in runs if run in whole and whole[run]["status"] != "ok"]
    if lacking or failed:
        text = f"not profiled in run {', '.join(lacking)}" if lacking else f"failed in run {', '.join(failed)}"
        error = f"{key} was {text}: profile it there, then merge"
        return [
            {**row_keys(config.pipeline, into, key), "status": "failed", "error": error, "seconds": 0.0}
            | {"profiled_at": now}
        ]
    members: dict[Member, list[Mapping[str, Any]]] = {}
    for run in runs:
        for row in stored:
            if row["run_id"] == run:
                members.setdefault(Member(row["slice_key"], row["slice_value"]), []).append(row)
    ordered = sorted(members.items(), key=lambda item: item[0].key is not None)
    return [
        {
            **row_keys(config.pipeline, into, key, member),
            **_together(rows, runs, config.sketches),
            "status": "ok",
            "engine_path": "merge",
            "profiled_at": now,
        }
        for member, rows in ordered
    ]


def _together(rows: Sequence[Mapping[str, Any]], runs: Sequence[str], settings: SketchSettings) -> dict[str, Any]:
    last = rows[-1]

    def total(name: str) -> Any:
        values = [row[name] for row in rows]
        return None if None in values else sum(values)

    def end(name: str, choose: Callable[[Any], Any]) -> Any:
        return choose([row[name] for row in rows if row[name] is not None] or [None])

    return {
        "row_count": total("row_count"),
        "rows_scanned": total("rows_scanned"),
        "source_bytes": total("source_bytes"),
        "source_files": total("source_files"),
        "seconds": total("seconds"),
        "source_format": "merge",
        "source_location": f"runs {', '.join(runs)}",
        "column_count": last["column_count"],
        "schema_json": last["schema_json"],
        "schema_fingerprint": last["schema_fingerprint"],
        "event_time_column": last["event_time_column"],
        "event_time_min": end("event_time_min", min),
        "event_time_max": end("event_time_max", max),
        "quality": _merged_quality([row.get("quality") for row in rows]),
        "keys": [_merged_key(key["columns"], rows, settings) for key in last["keys"] or []],
    }


def _merged_quality(stored: Sequence[Mapping[str, Any] | None]) -> dict[str, Any] | None:
    states = [QualityState.from_bytes(one["state"]) for one in stored if one is not None]
    if not states or len(states) < len(stored):
        return None
    for other in states[1:]:
        states[0].merge(other)
    return quality_row(states[0])


def _merged_key(name: str, rows: Sequence[Mapping[str, Any]], settings: SketchSettings) -> dict[str, Any]:
    found = [key for row in rows for key in row["keys"] or [] if key["columns"] == name]
    sketches = [ThetaState.from_bytes(key["theta"]) for key in found]
    theta = ThetaState.empty(sketches[-1].kind, settings)
    for sketch in sketches:
        theta.merge(sketch)
    # What repeats across runs nobody has counted.
    rows_of_all = sum(key["rows"] for key in found)
    return key_row(name, theta, rows=rows_of_all, null_rows=sum(key["null_rows"] for key in found))


def _merged_columns(
    frame: DataFrame, config: PipelineConfig, runs: Sequence[str], into: str, tables: Sequence[TableKey]
) -> pa.Table:
    schema = column_profiles().arrow_schema
    chosen = F.struct("stage", "table_name").isin(
        [F.struct(F.lit(key.stage).alias("stage"), F.lit(key.table).alias("table_name")) for key in tables]
    )
    here = frame.where(F.col("run_id").isin(list(runs)) & (chosen if tables else F.lit(False)))
    merge_one = column_merger(config.pipeline, runs, into, config.sketches, schema)
    grouped = here.select(*_NEEDED).groupBy(*_PLACE)
    merged: pa.Table = grouped.applyInArrow(merge_one, from_arrow_schema(schema)).toArrow()
    return merged.cast(schema)


def column_merger(
    pipeline: str, runs: Sequence[str], into: str, settings: SketchSettings, schema: pa.Schema
) -> Callable[[pa.Table], pa.Table]:
    """Return the function that merges one column's rows of several runs into one row of `schema`."""
    order = {run: place for place, run in enumerate(runs)}
    end = as_of(into)

    def merge_one(rows: pa.Table) -> pa.Table:
        found = sorted(rows.to_pylist(), key=lambda row: order[row["run_id"]])
        last = found[-1]
        profile = merge_profiles([profile_of(row) for row in found], settings)
        row = {
            **{name: last[name] for name in _PLACE},
            "pipeline": pipeline,
            "run_id": into,
            "column_position": profile.position,
            "data_type": profile.data_type,
            "column_kind": profile.kind.value,
            **figures(profile, settings, end),
            "states": stored_states(profile.states),
        }
        return pa.Table.from_pylist([row], schema)

    return merge_one


def merge_profiles(profiles: Sequence[ColumnProfile], settings: SketchSettings) -> ColumnProfile:
    """Return one column's profiles as if their rows had been profiled at once.

    Where its kind changed between them only rows and nulls add up: the result is of kind `OTHER` and its type names
    all of theirs. A state that is not in each of them is left out.

    Args:
        profiles: At least one; position and type are the last one's.
        settings: Sizes of the sketches; a smaller sketch among the profiles makes the result smaller.
    """
    last = profiles[-1]
    if len({profile.kind for profile in profiles}) > 1:
        counts = CountsState.empty(ColumnKind.OTHER, settings)
        for profile in profiles:
            own = profile.state(CountsState)
            if own is not None:
                counts.add_rows(own.rows, own.nulls)
        types = " | ".join(dict.fromkeys(profile.data_type for profile in profiles))
        return ColumnProfile(last.column, last.position, types, ColumnKind.OTHER, {counts.name: counts})
    shared = [name for name in last.states if all(name in profile.states for profile in profiles)]
    states: dict[str, State] = {}
    for name in shared:
        first = cast("State", profiles[0].states[name])
        states[name] = type(first).from_bytes(first.to_bytes())
        for profile in profiles[1:]:
            states[name].merge(cast("State", profile.states[name]))
    return ColumnProfile(last.column, last.position, last.data_type, last.kind, states)
