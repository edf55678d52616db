"""Writes rows of `runs`, each a summary of the run's table profiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import run_date
from stageprint.model.result_tables import RUNS, TABLE_PROFILES
from stageprint.model.where import where
from stageprint.ports import EngineVersions, ProfileStore
from stageprint.version import stageprint_version


def refresh_runs(store: ProfileStore, config: PipelineConfig, runs: Sequence[str], versions: EngineVersions) -> None:
    """Compute the rows of `runs` from `table_profiles` and replace the stored ones.

    They are computed from the store, not from one command's outcomes, since the stages of a run may be profiled by
    separate commands.

    Args:
        store: The pipeline's store.
        config: The pipeline.
        runs: Names of the runs.
        versions: Versions and settings of the engine that profiled them.

    Raises:
        StoreError: The profiles cannot be read, or the rows cannot be written.
    """
    which = where(run_id=runs)

    def rows() -> pa.Table:
        names = ("run_id", "profiled_at", "status", "engine_path")
        stored = store.read(TABLE_PROFILES, where(run_id=runs, slice_key=None), names).to_pylist()
        tables: dict[str, list[dict[str, Any]]] = {}
        for row in stored:
            tables.setdefault(row["run_id"], []).append(row)
        return RUNS.rows(_row(config, run, found, versions) for run, found in sorted(tables.items()))

    store.replace(RUNS, rows, which)


def _row(
    config: PipelineConfig, run: str, tables: Sequence[dict[str, Any]], versions: EngineVersions
) -> dict[str, Any]:
    failed = sum(table["status"] != "ok" for table in tables)
    times = [table["profiled_at"] for table in tables]
    return {
        "pipeline": config.pipeline,
        "run_id": run,
        "logical_date": run_date(run),
        "status": "failed" if failed else "ok",
        "started_at": min(times),
        "ended_at": max(times),
        "tables_profiled": len(tables) - failed,
        "tables_failed": failed,
        "merged": any(table["engine_path"] == "merge" for table in tables),
        "stageprint_version": stageprint_version(),
        "spark_version": versions.spark,
        "delta_version": versions.delta,
        "session_timezone": versions.timezone,
        "config_hash": config.hash,
    }
