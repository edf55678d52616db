"""Profiles tables and writes the fingerprints: the function behind ``stageprint profile``."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, TypeVar

import pyarrow as pa
from pyspark import inheritable_thread_target
from pyspark.sql import DataFrame, SparkSession

from stageprint.config.loader import build_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sketches import SketchSettings
from stageprint.config.sources import PROFILES, Engine
from stageprint.config.tables import TableConfig
from stageprint.config.validation import require_known_names
from stageprint.engines.spark.arrow_scan import scan_files
from stageprint.engines.spark.arrow_source import ArrowSource, arrow_source
from stageprint.engines.spark.incremental import scan_incrementally
from stageprint.engines.spark.ingest import ingest_table
from stageprint.engines.spark.keys import repeated_keys
from stageprint.engines.spark.plan import ScanPlan, plan_scan
from stageprint.engines.spark.scan import scan
from stageprint.engines.spark.schedule import Work, in_parallel
from stageprint.engines.spark.session import delta_version, get_session
from stageprint.engines.spark.sources import check_run_exists, open_source
from stageprint.errors import SourceError, StageprintError, UsageError, one_line
from stageprint.model import TableKey, TableProfile
from stageprint.pipeline.model_versions import check_registries
from stageprint.pipeline.outcome import ProfileOutcome, TableOutcome
from stageprint.ports import Progress, Silent
from stageprint.slices import WHOLE, Member
from stageprint.stores.spark.rows import (
    by_member,
    column_rows,
    failed_row,
    row_keys,
    table_profile,
    table_row,
    whole_of,
)
from stageprint.stores.spark.store import Store, open_store
from stageprint.stores.spark.writer import ProfileWriter
from stageprint.version import stageprint_version

MOST_TABLES_AT_ONCE: Final = 8
"""Threads that profile tables; each keeps one Spark job going."""

Read = TypeVar("Read")

Task = tuple[str, str, TableConfig]
"""Run, stage, table."""


@dataclass(frozen=True)
class ProfiledTable:
    """One table's profile as rows of the result tables, its slices' among them."""

    outcome: TableOutcome
    table_rows: Sequence[Mapping[str, Any]]
    columns: pa.Table | None


def profile_runs(
    config: PipelineConfig,
    runs: Sequence[str],
    *,
    stages: Sequence[str] = (),
    tables: Sequence[str] = (),
    session: SparkSession | None = None,
    progress: Progress | None = None,
    engine: Engine | None = None,
) -> ProfileOutcome:
    """Profile tables of runs and replace those runs' rows in the store.

    A table that cannot be read is written down as failed; the others go on.

    Args:
        config: The pipeline.
        runs: Runs to profile.
        stages: Only these stages (default: all).
        tables: Only these tables of them (default: all).
        session: Spark session; None takes the running one or builds a local one.
        progress: Hears of each table.
        engine: How tables are read: auto, arrow or dataframe (default: the configuration's).

    Returns:
        What happened to each table.

    Raises:
        ConfigError: The configuration names a check or statistic that does not exist.
        UsageError: A stage or table is not configured, or a run is in no source.
        StoreError: The profiles could not be written.
    """
    started = time.monotonic()
    progress = progress or Silent()
    selected = config.select(tuple(stages), tuple(tables))
    if not runs:
        message = f"pipeline {config.pipeline!r}: no run to profile; its sources hold none, or none was named"
        raise UsageError(message)
    require_known_names(config)
    check_registries(config)
    spark = session or get_session(conf=config.spark)
    for run in runs:
        check_run_exists(spark, [table for _, table in selected], config, run)
    store = open_store(config, spark)
    tasks = [(run, stage.name, table) for run in dict.fromkeys(runs) for stage, table in selected]
    progress.start(len(tasks), "tables")
    writer = ProfileWriter(store, {stage.name: {table.name for table in stage.tables} for stage in config.stages})
    outcomes: list[TableOutcome] = []
    try:
        for profiled in _in_parallel(spark, config, store, tasks, engine or config.engine):
            outcomes.append(profiled.outcome)
            writer.add(profiled.table_rows, profiled.columns)
            progress.advance(profiled.outcome)
        progress.start(1, "writing profiles")
        writer.flush()
        store.refresh_runs(config, list(runs), stageprint_version(), delta_version())
        progress.advance(f"written to {config.store}")
    finally:
        progress.close()
    return ProfileOutcome(outcomes, config.store, time.monotonic() - started)


def profile_dataframe(
    frame: DataFrame,
    *,
    table: str = "dataframe",
    stage: str = "adhoc",
    run: str | None = None,
    pipeline: str = "default",
    store: str | None = None,
    keys: Sequence[str] = (),
    event_time: str | None = None,
    exact_keys: bool = True,
    sketches: SketchSettings | None = None,
) -> TableProfile:
    """Profile a DataFrame inside an existing pipeline.

    Args:
        frame: Any DataFrame; it is read once (with many `keys`, see `exact_keys`).
        table: Name the table gets.
        stage: Stage the table belongs to.
        run: Run the profile belongs to; default: today's date (UTC).
        pipeline: Pipeline the run belongs to.
        store: Path or ``catalog.schema`` to write the profile to; None writes nothing.
        keys: Columns that together identify a row.
        event_time: Timestamp or date column that says when a row happened.
        exact_keys: Whether rows that repeat a key are counted one by one; the key columns of a large table are then
            read a second time.
        sketches: Sizes of the sketches.

    Returns:
        The table's profile; `stageprint.metrics.base.all_metrics` evaluates its columns.

    Raises:
        ConfigError: A name has a blank, dot, colon, slash or brace.
        SourceError: A named column is missing, or the frame cannot be computed.
        StoreError: The profile could not be written.
    """
    run = run or dt.datetime.now(dt.timezone.utc).date().isoformat()
    source = {"table": table}
    config = build_config(
        {
            "pipeline": pipeline,
            "store": store or "unused",
            "sketches": (sketches or SketchSettings()).model_dump(),
            "stages": [
                {
                    "name": stage,
                    "tables": [{"name": table, "source": source, "keys": tuple(keys), "event_time": event_time}],
                }
            ],
        }
    )
    key = TableKey(stage, table)
    started = time.monotonic()
    plan = plan_scan(frame, config.table(stage, table), config.sketches, run)
    merged = _reading(key, lambda: scan(plan))
    repeated = _repeated(key, plan, merged, exact_keys=exact_keys)
    if store is not None:
        opened = Store(frame.sparkSession, store, pipeline)
        writer = ProfileWriter(opened, {})
        facts = {"source_format": "dataframe"}
        profiled = _profiled(pipeline, run, key, plan, merged, started, facts, repeated=repeated)
        writer.add(profiled.table_rows, profiled.columns)
        writer.flush()
        opened.refresh_runs(config, [run], stageprint_version(), delta_version())
    return table_profile(key, plan, whole_of(merged), repeated)


def _in_parallel(
    spark: SparkSession, config: PipelineConfig, store: Store, tasks: Sequence[Task], engine: Engine
) -> Iterable[ProfiledTable]:
    """Yield each task's result as it ends."""

    def in_thread(function: Callable[..., Any]) -> Callable[..., Any]:
        # Threads carry the session's job group and local properties along.
        return inheritable_thread_target(spark)(function) if _is_classic(spark) else function

    work = Work(
        start=in_thread(partial(_open_task, spark, config, store, engine)),
        alone=in_thread(partial(_scan_alone, config)),
        together=in_thread(partial(_scan_together, spark, config, engine)),
        is_shared=lambda opened: opened.source is not None,
        size=lambda opened: opened.plan.table.width,
        is_done=lambda found: isinstance(found, ProfiledTable),
        cancel=spark.sparkContext.cancelAllJobs if _is_classic(spark) else lambda: None,
    )
    workers = min(len(tasks), MOST_TABLES_AT_ONCE, (os.cpu_count() or 2) + 1)
    yield from in_parallel(work, tasks, workers)


def _is_classic(spark: SparkSession) -> bool:
    return getattr(spark, "_jvm", None) is not None


@dataclass(frozen=True)
class _Opened:
    """A task whose source is open and whose plan is made.

    Attributes:
        task: The task.
        plan: What is scanned.
        facts: What is known of the source.
        source: How the fast path reads it; None: the general path does.
        started: When it was begun, by the monotonic clock.
    """

    task: Task
    plan: ScanPlan
    facts: Mapping[str, Any]
    source: ArrowSource | None
    started: float

    @property
    def key(self) -> TableKey:
        """Stage and table."""
        return TableKey(self.task[1], self.task[2].name)


def _open_task(
    spark: SparkSession, config: PipelineConfig, store: Store, engine: Engine, task: Task
) -> _Opened | ProfiledTable:
    run, stage, table = task
    key = TableKey(stage, table.name)
    started = time.monotonic()
    facts: dict[str, Any] = {"source_format": table.source.label, "source_location": table.source.text}
    try:
        if table.source.format == PROFILES:
            return _ingested(spark, config, task, started)
        opened = open_source(spark, table.source, run)
        facts = {
            "source_format": opened.format,
            "source_location": opened.location,
            "source_version": opened.version,
            "source_bytes": opened.bytes,
            "source_files": opened.files,
        }
        referenced = config.referenced_columns(stage, table.name)
        if table.incremental is not None:
            scanned = _reading(
                key, lambda: scan_incrementally(opened.frame, key, table, config.sketches, run, referenced, store)
            )
            facts = _facts_of_dataframe(facts, "incremental profiles are read by partition")
            return _profiled(
                config.pipeline, run, key, scanned.plan, scanned.merged, started, facts, more=scanned.facts
            )
        plan = plan_scan(opened.frame, table, config.sketches, run, referenced)
        source = arrow_source(spark, opened, table, plan, engine)
        if isinstance(source, ArrowSource):
            return _Opened(task, plan, facts | {"engine_path": "arrow"}, source, started)
        _check_engine(engine, key, source)
        return _Opened(task, plan, _facts_of_dataframe(facts, source), None, started)
    except Exception as error:  # noqa: BLE001 -- whatever one table does wrong, the others are still profiled
        return _failed(config, task, facts, started, error)


def _ingested(spark: SparkSession, config: PipelineConfig, task: Task, started: float) -> ProfiledTable:
    run, stage, table = task
    key = TableKey(stage, table.name)
    row, columns = ingest_table(spark, config, run, key, table)
    counts = row["row_count"], row["column_count"], time.monotonic() - started
    return ProfiledTable(TableOutcome(run, key, row["status"], *counts, row.get("error")), [row], columns)


def _scan_alone(config: PipelineConfig, opened: _Opened) -> ProfiledTable:
    """Profile a table by the general path."""
    try:
        merged = _reading(opened.key, lambda: scan(opened.plan))
        return _finished(config, opened, merged, opened.started)
    except Exception as error:  # noqa: BLE001 -- as above
        return _failed(config, opened.task, opened.facts, opened.started, error)


def _scan_together(
    spark: SparkSession, config: PipelineConfig, engine: Engine, batch: Sequence[_Opened]
) -> list[ProfiledTable | _Opened]:
    """Profile tables by the fast path, in one job; return those it cannot read for the general path."""
    begun = time.monotonic()
    sources = [opened.source for opened in batch if opened.source is not None]
    merged: Sequence[pa.Table | str]
    try:
        merged = scan_files(spark, [(opened.plan, source) for opened, source in zip(batch, sources, strict=True)])
    except Exception as error:  # noqa: BLE001 -- the general path tells whose fault it is
        merged = [f"the job ended with {one_line(error)}"] * len(batch)
    spent = time.monotonic() - begun
    weight = sum(source.bytes + 1 for source in sources)
    done: list[ProfiledTable | _Opened] = []
    for opened, source, found in zip(batch, sources, merged, strict=True):
        # The job's time is shared out by bytes; waiting for other tables to be opened is no table's own.
        started = time.monotonic() - spent * (source.bytes + 1) / weight
        try:
            if not isinstance(found, str):
                done.append(_finished(config, opened, found, started))
                continue
            _check_engine(engine, opened.key, found)
            done.append(replace(opened, source=None, facts=_facts_of_dataframe(opened.facts, found), started=started))
        except Exception as error:  # noqa: BLE001 -- as above
            done.append(_failed(config, opened.task, opened.facts, started, error))
    return done


def _finished(config: PipelineConfig, opened: _Opened, merged: pa.Table, started: float) -> ProfiledTable:
    """Count what the sketch of a key cannot tell, and make rows of what a scan has found."""
    run, _, table = opened.task
    repeated = _repeated(opened.key, opened.plan, merged, exact_keys=table.exact_keys)
    return _profiled(config.pipeline, run, opened.key, opened.plan, merged, started, opened.facts, repeated=repeated)


def _facts_of_dataframe(facts: Mapping[str, Any], reason: str) -> dict[str, Any]:
    return {**facts, "engine_path": "dataframe", "engine_reason": reason}


def _check_engine(engine: Engine, key: TableKey, reason: str) -> None:
    if engine == "arrow":
        message = f"{key} cannot be read by engine arrow: {reason}; engine auto reads it through Spark"
        raise SourceError(message)


def _failed(
    config: PipelineConfig, task: Task, facts: Mapping[str, Any], started: float, error: Exception
) -> ProfiledTable:
    run, stage, table = task
    key, seconds = TableKey(stage, table.name), time.monotonic() - started
    text = str(error) if isinstance(error, StageprintError) else f"{type(error).__name__}: {one_line(error)}"
    row = failed_row(config.pipeline, run, key, facts, text, seconds)
    return ProfiledTable(TableOutcome(run, key, "failed", None, None, seconds, text), [row], None)


def _profiled(
    pipeline: str,
    run: str,
    key: TableKey,
    plan: ScanPlan,
    merged: pa.Table,
    started: float,
    facts: Mapping[str, Any],
    *,
    more: Callable[[Member, int], Mapping[str, Any]] = lambda *_: {},
    repeated: Mapping[str, int] | None = None,
) -> ProfiledTable:
    seconds = time.monotonic() - started
    rows, columns = [], []
    for member, part in by_member(merged, plan.slices):
        own = repeated if member == WHOLE else None
        row = table_row(pipeline, run, key, plan, part, seconds, facts, own, member)
        rows.append({**row, **more(member, row["row_count"])})
        columns.append(column_rows(part, plan.table.columns, row_keys(pipeline, run, key, member)))
    return ProfiledTable(_ok(run, key, rows[0], started), rows, pa.concat_tables(columns))


def _repeated(key: TableKey, plan: ScanPlan, merged: pa.Table, *, exact_keys: bool) -> Mapping[str, int] | None:
    return _reading(key, lambda: repeated_keys(plan, whole_of(merged))) if exact_keys else None


def _reading(key: TableKey, read: Callable[[], Read]) -> Read:
    try:
        return read()
    except StageprintError:
        raise
    except Exception as error:
        message = f"{key} cannot be read to its end: {one_line(error)}"
        raise SourceError(message) from error


def _ok(run: str, key: TableKey, row: Mapping[str, Any], started: float) -> TableOutcome:
    return TableOutcome(run, key, "ok", row["row_count"], row["column_count"], time.monotonic() - started)
