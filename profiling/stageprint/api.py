"""The functions that pipelines, notebooks and jobs call: each opens an engine and a store, and runs one use case.

What only reads stored results, or writes small tables, starts no Spark where delta-rs reaches the store.

Long because each function is one use case, with all that a caller from Python must know.
"""

# ruff: noqa: PLC0415 -- Spark takes seconds to import

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stageprint.alerts.base import open_routes
from stageprint.config.loader import build_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_ids import DEFAULT_RUN_ID_PATTERN, require_run_ids
from stageprint.config.sketches import SketchSettings
from stageprint.config.sources import ReadPath
from stageprint.config.validation import require_known_names
from stageprint.engines.chosen import LocalFirst
from stageprint.engines.given import require_pyspark
from stageprint.engines.opening import open_engine
from stageprint.model import TableKey, TableProfile
from stageprint.model.outcomes import CheckRunsOutcome, CompareOutcome, NotifyOutcome, ProfileOutcome
from stageprint.opening import choose_engine, open_for, open_lineage, open_to_compare
from stageprint.pipeline.check import check
from stageprint.pipeline.compare import compare
from stageprint.pipeline.merge import merge
from stageprint.pipeline.notify import notify
from stageprint.pipeline.profile import profile
from stageprint.pipeline.profile_writer import ProfileWriter
from stageprint.pipeline.results import Results
from stageprint.pipeline.skew import skew
from stageprint.pipeline.suggest import TableSuggestions, suggest
from stageprint.ports import Progress
from stageprint.skew.records import TableSkew
from stageprint.stores.dry import DryStore
from stageprint.stores.opening import open_sql, open_store
from stageprint.surroundings import run_context

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def profile_runs(
    config: PipelineConfig,
    runs: Sequence[str],
    *,
    stages: Sequence[str] = (),
    tables: Sequence[str] = (),
    engine: ReadPath | None = None,
    session: SparkSession | None = None,
    progress: Progress | None = None,
) -> ProfileOutcome:
    """Profile tables of runs and replace those runs' rows in the store.

    Args:
        config: The pipeline.
        runs: Runs to profile.
        stages: Only these stages (default: all).
        tables: Only these tables of them (default: all).
        engine: How tables are read: auto, local, spark, arrow or dataframe (default: the configuration's).
        session: Spark session; None takes the running one or builds a local one, where Spark reads the tables.
        progress: Follows each table.

    Returns:
        What happened to each table; one that cannot be read is failed, the others go on.

    Raises:
        UsageError: A stage or table is not configured, or a run is in no source.
        StoreError: The profiles could not be written.
    """
    choice = choose_engine(config, engine, session, stages, tables)
    require_run_ids(config, runs)
    opened, store = open_for(config, choice, session)
    outcome = profile(
        config,
        runs,
        engine=opened,
        store=store,
        stages=stages,
        tables=tables,
        path=engine,
        progress=progress,
        context=run_context(),
    )
    remark = opened.remark if isinstance(opened, LocalFirst) else ""
    return outcome if choice.reason is None else replace(outcome, engine=f"{choice}{remark}")


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
    run_id_pattern: str = DEFAULT_RUN_ID_PATTERN,
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
        run_id_pattern: Regular expression that the whole of `run` must match.

    Returns:
        The table's profile; `stageprint.metrics.base.evaluate_all` computes the metrics of its columns.

    Raises:
        UsageError: The run does not match `run_id_pattern`.
        SourceError: A named column is missing, or the frame cannot be computed.
        StoreError: The profile could not be written.
    """
    from stageprint.engines.spark.dataframe import profile_frame
    from stageprint.engines.spark.engine import SparkEngine

    run = run or dt.datetime.now(dt.timezone.utc).date().isoformat()
    described = {"name": table, "source": {"table": table}, "keys": tuple(keys), "event_time": event_time}
    config = build_config(
        {
            "pipeline": pipeline,
            "store": store or "unused",
            "sketches": (sketches or SketchSettings()).model_dump(),
            "run_id_pattern": run_id_pattern,
            "stages": [{"name": stage, "tables": [{**described, "exact_keys": exact_keys}]}],
        }
    )
    require_run_ids(config, [run])
    found, profiled = profile_frame(frame, config, TableKey(stage, table), run)
    if store is not None:
        opened = open_store(config, frame.sparkSession)
        writer = ProfileWriter(opened, config, [run], [profiled.outcome.key], whole_stages=False)
        writer.begin()
        writer.add(profiled)
        writer.finish(SparkEngine(frame.sparkSession).versions(), run_context())
    return found


def compare_runs(
    config: PipelineConfig,
    runs: Sequence[str],
    *,
    baseline: str = "auto",
    session: SparkSession | None = None,
    progress: Progress | None = None,
) -> CompareOutcome:
    """Compare profiled runs with their past (or a pinned run, or another stage), write what is wrong, and send alerts.

    Args:
        config: The pipeline.
        runs: Runs to compare; all must be in the store.
        baseline: ``auto`` (the references of the decision rule), ``previous``, ``run:ID``, ``window:N`` or
            ``stage:NAME`` (the run's other stages, except those that feed it, against that one).
        session: Spark session to compare with; None starts none where delta-rs reaches the store and every run
            fits in the memory of one process.
        progress: Follows each run.

    Returns:
        Findings, worst first, the results of the declared checks, and counts of what was compared.

    Raises:
        UsageError: A run, the baseline's run or its stage does not exist; an override names a column that is nowhere.
        StoreError: Profiles cannot be read or results cannot be written.
    """
    require_known_names(config)
    lineage = open_lineage(config, session)
    store, strategy = open_to_compare(config, session)
    return compare(
        config,
        runs,
        store=store,
        baseline=baseline,
        strategy=strategy,
        run_sql=open_sql(config, session),
        progress=progress,
        routes=open_routes(config.notify),
        lineage=lineage,
    )


def diff_runs(config: PipelineConfig, old: str, new: str) -> CompareOutcome:
    """Compare a profiled run with another one, without writing anything; declared checks are not evaluated.

    Args:
        config: The pipeline.
        old: The run that `new` is held against.
        new: The run.

    Raises:
        UsageError: A run is not in the store.
        StoreError: Profiles cannot be read.
    """
    plain = [
        stage.model_copy(update={"tables": tuple(table.model_copy(update={"checks": ()}) for table in stage.tables)})
        for stage in config.stages
    ]
    without_checks = config.model_copy(update={"stages": tuple(plain), "notify": ()})
    return compare(
        without_checks,
        [new],
        store=DryStore(open_store(config)),
        baseline=f"run:{old}",
        lineage=open_lineage(config, None),
    )


def notify_run(
    config: PipelineConfig,
    run: str | None = None,
    *,
    dry_run: bool = False,
    test: bool = False,
    session: SparkSession | None = None,
) -> NotifyOutcome:
    """Send what nobody was told of yet.

    Args:
        config: The pipeline.
        run: Only of incidents that this run says something of; it must have been compared. None: of all.
        dry_run: Only return what would be sent.
        test: Send a test to each sink, and nothing else.
        session: Spark session to read and write with; None starts none where delta-rs reaches the store.

    Returns:
        The alerts, and which of them failed.

    Raises:
        UsageError: The configuration has no ``notify``, or the run was never profiled or compared.
        StoreError: The store cannot be read or written.
    """
    require_known_names(config)
    store, routes = open_store(config, session), open_routes(config.notify)
    return notify(config, run, store=store, routes=routes, dry_run=dry_run, test=test)


def check_runs(
    config: PipelineConfig,
    runs: Sequence[str],
    *,
    stages: Sequence[str] = (),
    tables: Sequence[str] = (),
    session: SparkSession | None = None,
    progress: Progress | None = None,
) -> CheckRunsOutcome:
    """Evaluate the declared checks of profiled runs, without a scan, write the results, and send alerts.

    Args:
        config: The pipeline.
        runs: Runs to check; all must be in the store.
        stages: Only the checks of these stages (default: all).
        tables: Only those of these tables of them (default: all).
        session: Spark session to read and write with; None starts none where delta-rs reaches the store.
        progress: Follows each run.

    Returns:
        The outcome of each check.

    Raises:
        UsageError: A run, stage or table does not exist.
        StoreError: Profiles cannot be read or results cannot be written.
    """
    config.select(tuple(stages), tuple(tables))
    require_known_names(config)
    run_sql = open_sql(config, session)
    store = open_store(config, session)
    return check(
        config,
        runs,
        store=store,
        run_sql=run_sql,
        stages=stages,
        tables=tables,
        progress=progress,
        routes=open_routes(config.notify),
    )


def suggest_checks(
    config: PipelineConfig,
    *,
    stages: Sequence[str] = (),
    tables: Sequence[str] = (),
    last: int | None = None,
    session: SparkSession | None = None,
    progress: Progress | None = None,
) -> list[TableSuggestions]:
    """Propose checks for tables from their profiles in the latest runs; nothing is written.

    Args:
        config: The pipeline.
        stages: Only these stages (default: all).
        tables: Only these tables of them (default: all).
        last: How many of the latest runs that profiled a table are looked at; None: ``decision.long_window``.
        session: Spark session to read and write with; None starts none where delta-rs reaches the store.
        progress: Follows each table.

    Returns:
        One entry a table, in the order of the configuration.

    Raises:
        UsageError: A stage or table is not configured.
        StoreError: Profiles cannot be read.
    """
    config.select(tuple(stages), tuple(tables))
    require_known_names(config)
    store = open_store(config, session)
    return suggest(config, store=store, stages=stages, tables=tables, last=last, progress=progress)


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
    """Merge the stored fingerprints of runs into those of one run; no data is read.

    Args:
        config: The pipeline.
        runs: Runs to merge, in order; the last one's schema is the merged one's.
        into: Run that the result is written as.
        stages: Only these stages (default: all).
        tables: Only these tables of them (default: all).
        session: Spark session; None takes the running one or builds a local one.
        progress: Follows each table.

    Returns:
        What happened to each table; `rows` are those of all runs together.

    Raises:
        UsageError: A run is not in the store, fewer than two are given, or `into` is one of them.
        StoreError: The result could not be written.
    """
    require_run_ids(config, [into])
    engine, store = open_for(config, choose_engine(config, None, session, reads_rows=False), session)
    return merge(
        config,
        runs,
        into,
        store=store,
        versions=engine.versions(),
        stages=stages,
        tables=tables,
        progress=progress,
    )


def compare_rows(
    config: PipelineConfig,
    run: str,
    left: str,
    right: str,
    *,
    tables: Sequence[str] = (),
    session: SparkSession | None = None,
) -> list[TableSkew]:
    """Compare the tables of two stages of one run, row by row.

    Args:
        config: The pipeline.
        run: The run.
        left: Stage on the left, such as ``features``.
        right: Stage on the right, such as ``serving``.
        tables: Only pairs with one of these tables.
        session: Spark session; None takes the running one or builds a local one.

    Returns:
        One entry a pair of tables with the same keys.

    Raises:
        UsageError: A stage or table is not configured, or no pair of tables has the same keys.
        SourceError: A table cannot be read, or lacks a key.
    """
    require_run_ids(config, [run])
    require_pyspark("joining the rows of two stages")
    from stageprint.engines.spark.engine import open_engine as open_spark

    return skew(config, run, left, right, engine=open_spark(config, session), tables=tables)


def list_runs(
    config: PipelineConfig,
    session: SparkSession | None = None,
    *,
    engine: ReadPath | None = None,
    stages: Sequence[str] = (),
    tables: Sequence[str] = (),
) -> list[str]:
    """Return every run that some source of the pipeline holds, oldest first by name.

    Args:
        config: The pipeline.
        session: Spark session; None takes the running one or builds a local one, where Spark reads the tables.
        engine: How tables are read (default: the configuration's).
        stages: The stages that are to be profiled; with `tables`, they say which engine is opened (default: all).
        tables: The tables of them that are to be profiled (default: all).

    Raises:
        UsageError: No source's path holds ``{run_id}`` or ``{run_date}``, so runs cannot be listed.
    """
    return open_engine(config, choose_engine(config, engine, session, stages, tables), session).list_runs(config)


def open_results(config: PipelineConfig, session: SparkSession | None = None) -> Results:
    """Return what answers questions about the pipeline's results: runs, findings, check results, histories.

    Args:
        config: The pipeline.
        session: Spark session to read and write with; None starts none where delta-rs reaches the store.
    """
    return Results(open_store(config, session), config.run_order)
