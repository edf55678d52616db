"""The use case behind ``stageprint merge``: merges the stored profiles of runs, such as seven days, into one run."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import pyarrow as pa

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import as_of
from stageprint.config.run_ids import require_run_ids
from stageprint.config.sketches import SketchSettings
from stageprint.errors import UsageError
from stageprint.model import ColumnKey, ColumnKind, ColumnProfile, TableKey
from stageprint.model.outcomes import ProfileOutcome, TableOutcome
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.patterns import joined
from stageprint.pipeline.profile_codec import key_from_row, key_row, profile_of, quality_row, row_keys
from stageprint.pipeline.profile_rows import column_row
from stageprint.pipeline.profile_writer import ProfileWriter
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import EngineVersions, ProfiledTable, ProfileStore, Progress, Silent
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.quality import QualityState
from stageprint.states.theta import ThetaState

_PLACE = ("stage", "table_name", "slice_key", "slice_value", "column_name")
_NEEDED = ("run_id", *_PLACE, "column_position", "data_type", "column_kind", "sensitive", "hash_key_id", "states")


def merge(
    config: PipelineConfig,
    runs: Sequence[str],
    into: str,
    *,
    store: ProfileStore,
    versions: EngineVersions,
    stages: Sequence[str] = (),
    tables: Sequence[str] = (),
    progress: Progress | None = None,
) -> ProfileOutcome:
    """Merge the stored profiles of runs into one run, and replace that run's rows in the store; no source is read.

    Counts, sums, extremes and moments are exactly those of all rows together; sketches stay within their stated error.
    A column that some runs lack has the rows of the runs that have it. A table that is missing or failed in any run
    fails, since its figures would look complete without being so.

    Args:
        config: The pipeline.
        runs: Runs to merge, in order; the last one's schema is the merged one's.
        into: Run that the result is written as.
        store: The pipeline's store.
        versions: What the merged run records of the engine.
        stages: Only these stages (default: all).
        tables: Only these tables of them (default: all).
        progress: Follows each table.

    Returns:
        What happened to each table; `rows` are those of all runs together.

    Raises:
        UsageError: A run is not in the store, fewer than two are given, or `into` is one of them or does not match
            ``run_id_pattern``.
        StoreError: The result could not be written.
    """
    started = time.monotonic()
    runs = list(dict.fromkeys(runs))
    if len(runs) < 2 or into in runs:
        text = f"into {into!r}, one of them" if into in runs else f"{len(runs)}"
        message = f"expected at least two runs to merge and another name for the result, got {text}"
        raise UsageError(message)
    require_run_ids(config, [into])
    progress = progress or Silent()
    config = joined(config, CommittedStore(store))
    Results(store, config.run_order).require_runs(runs)
    selected = [TableKey(stage.name, table.name) for stage, table in config.select(tuple(stages), tuple(tables))]
    progress.start(len(selected), "tables")
    known = CommittedStore(store)
    stored = known.read(TABLE_PROFILES, where(run_id=runs)).to_pylist()
    writer = ProfileWriter(store, config, [into], selected)
    outcomes: list[TableOutcome] = []
    try:
        writer.begin()
        for key in selected:
            own = [row for row in stored if (row["stage"], row["table_name"]) == (key.stage, key.table)]
            rows = _merged_table(config, runs, into, key, own)
            outcome = _outcome(into, key, rows[0], time.monotonic() - started)
            good = outcome.status == "ok"
            columns = _merged_columns(known, config, runs, into, key) if good else None
            writer.add(ProfiledTable(outcome, rows, columns))
            outcomes.append(outcome)
            progress.advance(outcome)
        writer.finish(versions)
    finally:
        progress.close()
    return ProfileOutcome(outcomes, store.location, time.monotonic() - started)


def _outcome(run: str, key: TableKey, row: Mapping[str, Any], seconds: float) -> TableOutcome:
    if row["status"] != "ok":
        return TableOutcome(run, key, "failed", None, None, seconds, row["error"])
    notes = tuple(row["source_notes"] or ())
    return TableOutcome(run, key, "ok", row["row_count"], row["column_count"], seconds, notes=notes)


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
    members: dict[TableKey, list[Mapping[str, Any]]] = {}
    for run in runs:
        for row in stored:
            if row["run_id"] == run:
                members.setdefault(key_from_row(row), []).append(row)
    ordered = sorted(members.items(), key=lambda item: item[0].slice is not None)
    return [
        {
            **row_keys(config.pipeline, into, member),
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
        "malformed_rows": total("malformed_rows"),
        "source_notes": [
            f"run {row['run_id']}: {note}"
            for row in rows
            for note in (*([row["error"]] if row["error"] else ()), *(row["source_notes"] or ()))
        ]
        or None,
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
        "key_hash_id": _same(row.get("key_hash_id") for row in rows),
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
    sketches = [ThetaState.from_bytes(key["theta"]) for key in found if key["theta"] is not None]
    theta = None
    # Sketches of different secrets have no key in common, whatever the keys are.
    if len(sketches) == len(found) and len({row.get("key_hash_id") for row in rows}) == 1:
        theta = ThetaState.empty(sketches[-1].kind, settings)
        for sketch in sketches:
            theta.merge(sketch)
    # Keys that occur in several runs were not counted, so `duplicate_rows` stays null.
    rows_of_all = sum(key["rows"] for key in found)
    return key_row(name, theta, rows=rows_of_all, null_rows=sum(key["null_rows"] for key in found))


def _same(values: Iterable[str | None]) -> str | None:
    """Return the value that all have, or None."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _merged_columns(
    store: ProfileStore, config: PipelineConfig, runs: Sequence[str], into: str, key: TableKey
) -> pa.Table:
    """Return the merged rows of `column_profiles` of one table and its slices."""
    stored = store.read(column_profiles(), where(run_id=runs, stage=key.stage, table_name=key.table), _NEEDED)
    order, end = {run: place for place, run in enumerate(runs)}, as_of(into)
    columns: dict[ColumnKey, list[Mapping[str, Any]]] = {}
    for row in sorted(stored.to_pylist(), key=lambda row: order[row["run_id"]]):
        columns.setdefault(key_from_row(row).column(row["column_name"]), []).append(row)
    merged = []
    for place, rows in columns.items():
        profile = merge_profiles([profile_of(row) for row in rows], config.sketches)
        merged.append(column_row(config.pipeline, into, place.table_key, profile, config.sketches, end))
    return column_profiles().rows(merged)


def merge_profiles(profiles: Sequence[ColumnProfile], settings: SketchSettings) -> ColumnProfile:
    """Return the profile of one column over the rows of several profiles.

    If the profiles have different kinds, the result has kind `OTHER`, only counts of rows and nulls, and a type that
    lists all their types. If different things of the values were allowed to be stored, or other secrets were used, it
    has only counts of rows and nulls. A state that some profile lacks is left out.

    Args:
        profiles: At least one; position and type are taken from the last.
        settings: Sizes of the sketches; the merged sketch is as small as the smallest one.
    """
    last = profiles[-1]
    stored_alike = len({(profile.sensitive, profile.hash_key_id) for profile in profiles}) == 1
    if len({profile.kind for profile in profiles}) > 1 or not stored_alike:
        counts = CountsState.empty(ColumnKind.OTHER, settings)
        for profile in profiles:
            own = profile.state(CountsState)
            if own is not None:
                counts.add_rows(own.rows, own.nulls)
        types = " | ".join(dict.fromkeys(profile.data_type for profile in profiles))
        how = "off" if any(profile.sensitive is not None for profile in profiles) else None
        return ColumnProfile(last.column, last.position, types, ColumnKind.OTHER, {counts.name: counts}, how)
    shared = [name for name in last.states if all(name in profile.states for profile in profiles)]
    states: dict[str, State] = {}
    for name in shared:
        first = cast("State", profiles[0].states[name])
        states[name] = type(first).from_bytes(first.to_bytes())
        for profile in profiles[1:]:
            states[name].merge(cast("State", profile.states[name]))
    return ColumnProfile(
        last.column, last.position, last.data_type, last.kind, states, last.sensitive, last.hash_key_id
    )
