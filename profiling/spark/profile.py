"""Profiles tables and writes the fingerprints: the function behind ``stageprint profile``."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import metadata
from typing import Any, Final

import pyarrow as pa
from pyspark import inheritable_thread_target
from pyspark.sql import DataFrame, SparkSession

from profiling.config import Engine, PipelineConfig, SketchSettings, TableConfig
from profiling.errors import SourceError, StageprintError, UsageError
from profiling.model import TableKey, TableProfile
from profiling.outcome import ProfileOutcome, Progress, Silent, TableOutcome
from profiling.spark.arrow_scan import scan_files
from profiling.spark.arrow_source import ArrowSource, arrow_source
from profiling.spark.plan import ScanPlan, plan_scan
from profiling.spark.rows import by_member, column_rows, failed_row, row_keys, table_profile, table_row
from profiling.spark.scan import scan
from profiling.spark.schedule import Work, in_parallel
from profiling.spark.session import delta_version, get_session
from profiling.spark.sources import check_run_exists, one_line, open_source
from profiling.spark.store import Store, is_in, literal, open_store
from profiling.spark.tables import TABLE_PROFILES, column_profiles

_FLUSH_BYTES = 128 << 20
"""Profiles held on the driver before a commit: one commit a table for all but the widest warehouses."""

MOST_TABLES_AT_ONCE: Final = 8
"""Threads that profile tables; each keeps one Spark job going."""

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
        UsageError: A stage or table is not configured, or a run is in no source.
        StoreError: The profiles could not be written.
    """
    started = time.monotonic()
    progress = progress or Silent()
    selected = config.select(tuple(stages), tuple(tables))
    if not runs:
        message = f"pipeline {config.pipeline!r}: no run to profile; its sources hold none, or none was named"
        raise UsageError(message)
    spark = session or get_session(conf=config.spark)
    for run in runs:
        check_run_exists(spark, [table for _, table in selected], config, run)
    store = open_store(config, spark)
    tasks = [(run, stage.name, table) for run in dict.fromkeys(runs) for stage, table in selected]
    progress.start(len(tasks), "tables")
    writer = _Writer(store, {stage.name: {table.name for table in stage.tables} for stage in config.stages})
    outcomes: list[TableOutcome] = []
    try:
        for profiled in _in_parallel(spark, config, tasks, engine or config.engine):
            outcomes.append(profiled.outcome)
            writer.add(profiled)
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
    sketches: SketchSettings | None = None,
) -> TableProfile:
    """Profile a DataFrame inside an existing pipeline.

    Args:
        frame: Any DataFrame; it is read once.
        table: Name the table gets.
        stage: Stage the table belongs to.
        run: Run the profile belongs to; default: today's date (UTC).
        pipeline: Pipeline the run belongs to.
        store: Path or ``catalog.schema`` to write the profile to; None writes nothing.
        keys: Columns that together identify a row.
        event_time: Timestamp or date column that says when a row happened.
        sketches: Sizes of the sketches.

    Returns:
        The table's profile; `profiling.metrics.base.all_metrics` evaluates its columns.

    Raises:
        SourceError: A named column is missing, or the frame cannot be computed.
        StoreError: The profile could not be written.
    """
    run = run or dt.datetime.now(dt.timezone.utc).date().isoformat()
    source = {"table": table}
    config = PipelineConfig.model_validate(
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
    plan = plan_scan(frame, config.table(stage, table), config.sketches)
    merged = _scan(key, plan)
    if store is not None:
        opened = Store(frame.sparkSession, store, pipeline)
        writer = _Writer(opened, {})
        writer.add(_profiled(pipeline, run, key, plan, merged, started, {"source_format": "dataframe"}))
        writer.flush()
        opened.refresh_runs(config, [run], stageprint_version(), delta_version())
    _, whole = next(by_member(merged, plan.slices))
    return table_profile(key, plan, whole)


def stageprint_version() -> str:
    """Return the installed version of this distribution."""
    try:
        return metadata.version("stageprint")
    except metadata.PackageNotFoundError:
        return "unknown"


def _in_parallel(
    spark: SparkSession, config: PipelineConfig, tasks: Sequence[Task], engine: Engine
) -> Iterable[ProfiledTable]:
    """Yield each task's result as it ends."""

    def in_thread(function: Callable[..., Any]) -> Callable[..., Any]:
        # Threads carry the session's job group and local properties along.
        return inheritable_thread_target(spark)(function) if _is_classic(spark) else function

    work = Work(
        start=in_thread(partial(_open_task, spark, config, engine)),
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


def _open_task(spark: SparkSession, config: PipelineConfig, engine: Engine, task: Task) -> _Opened | ProfiledTable:
    run, stage, table = task
    started = time.monotonic()
    facts: dict[str, Any] = {"source_format": table.source.label, "source_location": table.source.text}
    try:
        opened = open_source(spark, table.source, run)
        facts = {
            "source_format": opened.format,
            "source_location": opened.location,
            "source_version": opened.version,
            "source_bytes": opened.bytes,
            "source_files": opened.files,
        }
        plan = plan_scan(opened.frame, table, config.sketches)
        source = arrow_source(spark, opened, table, plan, engine)
        if isinstance(source, ArrowSource):
            return _Opened(task, plan, facts | {"engine_path": "arrow"}, source, started)
        _check_engine(engine, TableKey(stage, table.name), source)
        return _Opened(task, plan, _facts_of_dataframe(facts, source), None, started)
    except Exception as error:  # noqa: BLE001 -- whatever one table does wrong, the others are still profiled
        return _failed(config, task, facts, started, error)


def _scan_alone(config: PipelineConfig, opened: _Opened) -> ProfiledTable:
    """Profile a table by the general path."""
    run = opened.task[0]
    try:
        merged = _scan(opened.key, opened.plan)
        return _profiled(config.pipeline, run, opened.key, opened.plan, merged, opened.started, opened.facts)
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
                run = opened.task[0]
                done.append(_profiled(config.pipeline, run, opened.key, opened.plan, found, started, opened.facts))
                continue
            _check_engine(engine, opened.key, found)
            done.append(replace(opened, source=None, facts=_facts_of_dataframe(opened.facts, found), started=started))
        except Exception as error:  # noqa: BLE001 -- as above
            done.append(_failed(config, opened.task, opened.facts, started, error))
    return done


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
) -> ProfiledTable:
    seconds = time.monotonic() - started
    rows, columns = [], []
    for member, part in by_member(merged, plan.slices):
        rows.append(table_row(pipeline, run, key, plan, part, seconds, facts, member))
        columns.append(column_rows(part, plan.table.columns, row_keys(pipeline, run, key, member)))
    return ProfiledTable(_ok(run, key, rows[0], started), rows, pa.concat_tables(columns))


def _scan(key: TableKey, plan: ScanPlan) -> pa.Table:
    try:
        return scan(plan)
    except StageprintError:
        raise
    except Exception as error:
        message = f"{key} cannot be read to its end: {one_line(error)}"
        raise SourceError(message) from error


def _ok(run: str, key: TableKey, row: Mapping[str, Any], started: float) -> TableOutcome:
    return TableOutcome(run, key, "ok", row["row_count"], row["column_count"], time.monotonic() - started)


class _Writer:
    """Collects profiles and writes them in as few commits as memory allows.

    Args:
        store: Where to.
        whole: The tables of each stage; a stage written whole is replaced by partition, without reading its rows.
    """

    def __init__(self, store: Store, whole: Mapping[str, set[str]]) -> None:
        self._store = store
        self._whole = whole
        self._tables: list[Mapping[str, Any]] = []
        self._columns: list[pa.Table] = []
        self._bytes = 0

    def add(self, profiled: ProfiledTable) -> None:
        """Take in one table, and write when enough has gathered."""
        self._tables.extend(profiled.table_rows)
        if profiled.columns is not None:
            self._columns.append(profiled.columns)
            self._bytes += profiled.columns.nbytes
        if self._bytes >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Replace the rows of the tables gathered so far."""
        if not self._tables:
            return
        predicate = self._predicate()
        columns = pa.concat_tables([column_profiles().arrow_schema.empty_table(), *self._columns])
        self._store.replace(column_profiles(), columns, predicate)
        rows = pa.Table.from_pylist([dict(row) for row in self._tables], TABLE_PROFILES.arrow_schema)
        self._store.replace(TABLE_PROFILES, rows, predicate)
        self._tables, self._columns, self._bytes = [], [], 0

    def _predicate(self) -> str:
        places: dict[tuple[str, str], set[str]] = {}
        for row in self._tables:
            places.setdefault((row["run_id"], row["stage"]), set()).add(row["table_name"])
        runs, stages = {run for run, _ in places}, {stage for _, stage in places}
        # On partition columns alone first: writers of other runs or stages never conflict.
        partitions = self._store.predicate({"run_id": runs, "stage": stages})
        everything = all(tables >= self._whole.get(stage, {""}) for (_, stage), tables in places.items())
        if everything and len(places) == len(runs) * len(stages):
            return partitions
        exact = [
            f"(run_id = {literal(run)} AND stage = {literal(stage)} AND {is_in('table_name', tables)})"
            for (run, stage), tables in sorted(places.items())
        ]
        return f"{partitions} AND ({' OR '.join(exact)})"
