"""The use case behind ``stageprint profile``: tables of runs, read by an engine, written as profiles into a store."""

from __future__ import annotations

import time
from collections.abc import Sequence

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_ids import require_run_ids
from stageprint.config.sources import ReadPath
from stageprint.config.validation import require_known_names
from stageprint.errors import UsageError, did_you_mean
from stageprint.model import TableKey
from stageprint.model.outcomes import ProfileOutcome, TableOutcome
from stageprint.model.run_context import UNKNOWN_CONTEXT, RunContext
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.model_versions import check_registries
from stageprint.pipeline.patterns import expand
from stageprint.pipeline.profile_writer import ProfileWriter
from stageprint.ports import Engine, ProfileStore, Progress, Silent, TableTask


def profile(
    config: PipelineConfig,
    runs: Sequence[str],
    *,
    engine: Engine,
    store: ProfileStore,
    stages: Sequence[str] = (),
    tables: Sequence[str] = (),
    path: ReadPath | None = None,
    progress: Progress | None = None,
    context: RunContext = UNKNOWN_CONTEXT,
) -> ProfileOutcome:
    """Profile tables of runs and replace those runs' rows in the store.

    A table that cannot be read is stored as failed; the others are still profiled, and an earlier profile of that table
    in the run still counts.

    Args:
        config: The pipeline.
        runs: Runs to profile.
        engine: Reads the tables.
        store: The pipeline's store.
        stages: Only these stages (default: all).
        tables: Only these tables of them (default: all).
        path: How tables are read: auto, arrow or dataframe (default: the configuration's).
        progress: Follows each table.
        context: Who profiles the runs, by which job, with which code; it is kept with them.

    Returns:
        The outcome of each table.

    Raises:
        ConfigError: The configuration names a check or statistic that does not exist.
        UsageError: A stage or table is not configured, or a run is in no source or does not match ``run_id_pattern``.
        StoreError: The profiles could not be written.
    """
    require_known_names(config)
    started = time.monotonic()
    progress = progress or Silent()
    sources = [table for _, table in config.select_sources(tuple(stages), tuple(tables))]
    if not runs:
        message = f"pipeline {config.pipeline!r}: no run to profile; its sources hold none, or none was named"
        raise UsageError(message)
    require_run_ids(config, runs)
    check_registries(config)
    for run in runs:
        engine.check_run_exists(config, sources, run)
    expanded = expand(config, runs, engine.list_tables, CommittedStore(store))
    config = expanded.config
    selected = config.select(tuple(stages), tuple(tables))
    for name in tables:
        if not any(table.name == name for _, table in selected):  # a pattern would have brought it
            known = [table.name for _, table in config.select(tuple(stages))]
            message = f"no table {name!r} in pipeline {config.pipeline!r}{did_you_mean(name, known)}"
            raise UsageError(message)
    tasks = [
        TableTask(run, stage.name, table)
        for run in dict.fromkeys(runs)
        for stage, table in selected
        if expanded.expects(run, TableKey(stage.name, table.name))
    ]
    progress.start(len(tasks), "tables")
    writer = ProfileWriter(store, config, runs, [task.key for task in tasks])
    outcomes: list[TableOutcome] = []
    try:
        writer.begin()
        for profiled in engine.profile(config, tasks, CommittedStore(store), path or config.engine):
            outcomes.append(profiled.outcome)
            writer.add(profiled)
            progress.advance(profiled.outcome)
        progress.start(1, "writing profiles")
        writer.finish(engine.versions(), context)
        progress.advance(f"written to {store.location}")
    finally:
        progress.close()
    return ProfileOutcome(outcomes, store.location, time.monotonic() - started)
