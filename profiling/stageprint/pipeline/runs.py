"""Writes rows of `runs`, each a summary of the run's table profiles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import run_date
from stageprint.config.run_order import order_key
from stageprint.model.manifest import ManifestKind
from stageprint.model.result_tables import MANIFESTS, RUNS, TABLE_PROFILES
from stageprint.model.run_context import UNKNOWN_CONTEXT, RunContext
from stageprint.model.where import where
from stageprint.pipeline.committed import CommittedStore
from stageprint.ports import EngineVersions, ProfileStore
from stageprint.version import stageprint_version


def refresh_runs(
    store: ProfileStore,
    config: PipelineConfig,
    runs: Sequence[str],
    versions: EngineVersions,
    context: RunContext = UNKNOWN_CONTEXT,
) -> None:
    """Compute the rows of `runs` from `table_profiles` and replace the stored ones.

    They are computed from the store, not from one command's outcomes, since the stages of a run may be profiled by
    separate commands. Other runs' `order_key` is brought up to date where the configuration's `run_order` has changed.

    Args:
        store: The pipeline's store.
        config: The pipeline.
        runs: Names of the runs.
        versions: Versions and settings of the engine that profiled them.
        context: Who profiled them, by which job, with which code.

    Raises:
        StoreError: The profiles cannot be read, or the rows cannot be written.
    """
    moved = [
        row["run_id"]
        for row in store.read(RUNS).to_pylist()
        if row["order_key"] != stored_order_key(row, config.run_order)
    ]
    which = where(run_id=[*runs, *moved])

    def rows() -> pa.Table:
        # Read anew for each attempt: another command may have profiled other stages of the runs.
        known = {row["run_id"]: row for row in store.read(RUNS, which).to_pylist()}
        fresh = [
            {
                **row,
                **_written_by(config, versions, context),
                "first_profiled_at": first_profiled_at(known.get(row["run_id"], row)),
            }
            for row in summaries_of_runs(CommittedStore(store), runs)
        ]
        others = [row for run, row in known.items() if run not in runs]
        return RUNS.rows(row | {"order_key": stored_order_key(row, config.run_order)} for row in [*fresh, *others])

    store.replace(RUNS, rows, which)


def in_stored_order(rows: Iterable[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    """Return rows of `runs`, oldest first.

    Args:
        rows: The rows.
        order: ``run_order`` of the configuration.
    """
    return sorted(rows, key=lambda row: (stored_order_key(row, order), row["run_id"]))


def stored_order_key(row: Mapping[str, Any], order: str) -> str:
    """Return what `order_key` of a row of `runs` is in an order of the configuration."""
    return order_key(row["run_id"], first_profiled_at(row), order)


def first_profiled_at(row: Mapping[str, Any]) -> dt.datetime | None:
    """Return when the run of a row of `runs` was first profiled; None: not known."""
    found: dt.datetime | None = row.get("first_profiled_at") or row.get("started_at")
    return found


def runs_without_row(store: CommittedStore, known: Iterable[str]) -> list[dict[str, Any]]:
    """Return rows for runs that were profiled and have no row of `runs`, since a command was stopped just before.

    Args:
        store: The pipeline's store.
        known: Runs with a row.
    """
    profiled = store.raw.read(MANIFESTS, where(kind=ManifestKind.PROFILE.value), ("run_id", "finished_at")).to_pylist()
    missing = {row["run_id"] for row in profiled if row["finished_at"] is not None} - set(known)
    return summaries_of_runs(store, sorted(missing)) if missing else []


def summaries_of_runs(store: ProfileStore, runs: Sequence[str]) -> list[dict[str, Any]]:
    """Return what rows of `runs` say of the profiles of runs, in the order of their names.

    Args:
        store: The pipeline's store, which hides rows that do not count.
        runs: Names of runs; those without a profile are left out.
    """
    names = ("run_id", "profiled_at", "status", "engine_path")
    tables: dict[str, list[dict[str, Any]]] = {}
    for row in store.read(TABLE_PROFILES, where(run_id=runs, slice_key=None), names).to_pylist():
        tables.setdefault(row["run_id"], []).append(row)
    empty = dict.fromkeys(column.name for column in RUNS.columns)
    return [{**empty, **_summary(store.pipeline, run, found)} for run, found in sorted(tables.items())]


def _summary(pipeline: str, run: str, tables: Sequence[dict[str, Any]]) -> dict[str, Any]:
    failed = sum(table["status"] != "ok" for table in tables)
    times = [table["profiled_at"] for table in tables]
    return {
        "pipeline": pipeline,
        "run_id": run,
        "logical_date": run_date(run),
        "status": "failed" if failed else "ok",
        "started_at": min(times),
        "ended_at": max(times),
        "tables_profiled": len(tables) - failed,
        "tables_failed": failed,
        "merged": any(table["engine_path"] == "merge" for table in tables),
    }


def _written_by(config: PipelineConfig, versions: EngineVersions, context: RunContext) -> dict[str, Any]:
    return {
        "stageprint_version": stageprint_version(),
        "spark_version": versions.spark,
        "delta_version": versions.delta,
        "session_timezone": versions.timezone,
        "config_hash": config.hash,
        "git_commit": context.git_commit,
        "job": context.job,
        "job_run": context.job_run,
        "run_by": context.user,
    }
