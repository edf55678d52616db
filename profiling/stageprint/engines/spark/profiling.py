"""Profiles tables side by side: each by the fast path where it can be taken, else by the general one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import SparkSession

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import PROFILES, ReadPath
from stageprint.config.tables import TableConfig
from stageprint.engines.spark.arrow_scan import scan_files
from stageprint.engines.spark.arrow_source import ArrowSource, arrow_source
from stageprint.engines.spark.compat import with_session
from stageprint.engines.spark.errors import Read, is_of_spark, spark_reason
from stageprint.engines.spark.incremental import scan_incrementally
from stageprint.engines.spark.ingest import ingest_table
from stageprint.engines.spark.jvm import canceller, is_classic
from stageprint.engines.spark.keys import repeated_keys
from stageprint.engines.spark.plan import ScanPlan, plan_scan
from stageprint.engines.spark.scan import malformed_rows, scan
from stageprint.engines.spark.schedule import Work, in_parallel
from stageprint.engines.spark.sources import open_source
from stageprint.engines.spark.transfer import with_exchange
from stageprint.errors import SourceError, StageprintError, without_data
from stageprint.model import TableKey
from stageprint.pipeline.profile_rows import whole_of
from stageprint.pipeline.profiled_tables import failed_table, profiled_rows
from stageprint.pipeline.source_notes import CountedRows
from stageprint.ports import ProfiledTable, ProfileStore, TableTask

MAX_TABLES_AT_ONCE: Final = 8
"""Threads that profile tables; each keeps one Spark job going."""


def profile_tables(
    spark: SparkSession, config: PipelineConfig, store: ProfileStore, tasks: Sequence[TableTask], path: ReadPath
) -> Iterable[ProfiledTable]:
    """Yield the profile of each table, as it is done.

    Args:
        spark: The session.
        config: The pipeline.
        store: Where incremental profiles find what did not change.
        tasks: The tables.
        path: How tables are read.
    """

    def in_thread(function: Callable[..., Any]) -> Callable[..., Any]:
        # Threads carry the session's job group and local properties along.
        return with_session(spark, function) if is_classic(spark) else function

    work = Work(
        start=in_thread(partial(_open_task, spark, config, store, path)),
        alone=in_thread(partial(_scan_alone, config)),
        together=in_thread(partial(_scan_together, spark, config, path)),
        is_shared=lambda opened: opened.source is not None,
        size=lambda opened: opened.plan.table.width,
        is_done=lambda found: isinstance(found, ProfiledTable),
        cancel=canceller(spark),
    )
    workers = min(len(tasks), MAX_TABLES_AT_ONCE, (os.cpu_count() or 2) + 1)
    yield from in_parallel(work, tasks, workers)


@dataclass(frozen=True)
class _Opened:
    """A task whose source is open and whose plan is made.

    Attributes:
        task: The task.
        plan: What is scanned.
        facts: What is known of the source.
        source: How the fast path reads it; None: the general path does.
        started: When it was begun, by the monotonic clock.
        failure: Why the fast path, which was tried, could not read it; None: it was not tried.
        counted: How many rows the source itself says it has; None: it does not say.
    """

    task: TableTask
    plan: ScanPlan
    facts: Mapping[str, Any]
    source: ArrowSource | None
    started: float
    failure: str | None = None
    counted: CountedRows | None = None

    @property
    def key(self) -> TableKey:
        """Stage and table."""
        return self.task.key


def _open_task(
    spark: SparkSession, config: PipelineConfig, store: ProfileStore, path: ReadPath, task: TableTask
) -> _Opened | ProfiledTable:
    run, stage, table, key = task.run_id, task.stage, task.table, task.key
    started = time.monotonic()
    facts: dict[str, Any] = {"source_format": table.source.label, "source_location": table.source.text}
    try:
        if table.source.format == PROFILES:
            facts["engine_path"] = "serving"
            return ingest_table(spark, config, task, started)
        opened = open_source(spark, table.source, run, hidden=table.columns.sensitive)
        facts = {
            "source_format": opened.format,
            "source_location": opened.location,
            "source_version": opened.version,
            "source_bytes": opened.bytes,
            "source_files": opened.files,
            "source_notes": list(opened.notes) or None,
            "source_history": opened.history,
        }
        referenced = config.referenced_columns(stage, table.name)
        if table.incremental is not None:
            scanned = read_rows(
                key,
                lambda: scan_incrementally(opened, key, table, config, run, referenced, store),
                table=table,
            )
            facts = _facts_of_dataframe(facts, with_exchange("incremental profiles are read by partition", spark))
            return profiled_rows(
                config.pipeline,
                run,
                key,
                scanned.plan,
                scanned.merged,
                started,
                facts,
                more=scanned.facts,
                counted=opened.counted,
            )
        plan = plan_scan(
            opened.frame, table, config.sketches, run, referenced, opened.marked, sensitive=config.sensitive
        )
        source = arrow_source(spark, opened, table, plan, path)
        if isinstance(source, ArrowSource):
            return _Opened(task, plan, facts | {"engine_path": "arrow"}, source, started, counted=opened.counted)
        _check_path(path, key, source)
        facts = _facts_of_dataframe(facts, with_exchange(source, spark))
        return _Opened(task, plan, facts, None, started, counted=opened.counted)
    except Exception as error:  # noqa: BLE001 -- whatever one table does wrong, the others are still profiled
        return _failed(config, task, facts, started, error)


def _scan_alone(config: PipelineConfig, opened: _Opened) -> ProfiledTable:
    """Profile a table by the general path."""
    try:
        merged = read_rows(opened.key, lambda: scan(opened.plan), table=opened.task.table, also=opened.failure)
        return _finished(config, opened, merged, opened.started)
    except Exception as error:  # noqa: BLE001 -- as above
        return _failed(config, opened.task, opened.facts, opened.started, error)


def _scan_together(
    spark: SparkSession, config: PipelineConfig, path: ReadPath, batch: Sequence[_Opened]
) -> list[ProfiledTable | _Opened]:
    """Profile tables by the fast path, in one job; return those it cannot read for the general path."""
    begun = time.monotonic()
    sources = [opened.source for opened in batch if opened.source is not None]
    merged: Sequence[pa.Table | str]
    try:
        merged = scan_files(spark, [(opened.plan, source) for opened, source in zip(batch, sources, strict=True)])
    except Exception as error:  # noqa: BLE001 -- the general path tells whose fault it is
        merged = [
            f"the job ended: {without_data(error) if opened.plan.table.is_sensitive else spark_reason(error)}"
            for opened in batch
        ]
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
            _check_path(path, opened.key, found)
            facts = _facts_of_dataframe(opened.facts, with_exchange(found, spark))
            done.append(replace(opened, source=None, facts=facts, started=started, failure=found))
        except Exception as error:  # noqa: BLE001 -- as above
            done.append(_failed(config, opened.task, opened.facts, started, error))
    return done


def _finished(config: PipelineConfig, opened: _Opened, merged: pa.Table, started: float) -> ProfiledTable:
    """Count what the sketch of a key cannot tell, and make rows of what a scan has found."""
    task = opened.task
    repeated = count_repeated(opened.key, opened.plan, merged, exact_keys=task.table.exact_keys)
    malformed = malformed_rows(merged)
    return profiled_rows(
        config.pipeline,
        task.run_id,
        opened.key,
        opened.plan,
        merged,
        started,
        {**opened.facts, "malformed_rows": malformed},
        repeated=repeated,
        counted=opened.counted,
        dropped=malformed or 0 if opened.plan.drops_malformed else 0,
    )


def _facts_of_dataframe(facts: Mapping[str, Any], reason: str) -> dict[str, Any]:
    return {**facts, "engine_path": "dataframe", "engine_reason": reason}


def _check_path(path: ReadPath, key: TableKey, reason: str) -> None:
    if path == "arrow":
        message = f"{key} cannot be read by engine arrow: {reason}; engine auto reads it through Spark"
        raise SourceError(message)


def _failed(
    config: PipelineConfig, task: TableTask, facts: Mapping[str, Any], started: float, error: Exception
) -> ProfiledTable:
    if not isinstance(error, StageprintError):
        reason = spark_reason(error)
        if reason.advice is not None or is_of_spark(error):
            # With its cause, by which `without_data` knows that the message quotes another one.
            own_words = f"{task.key} cannot be read"
            known = SourceError(f"{own_words}: {reason}", own_words=own_words)
            known.__cause__ = error
            error = known
    return failed_table(config.pipeline, task, facts, started, error)


def count_repeated(key: TableKey, plan: ScanPlan, merged: pa.Table, *, exact_keys: bool) -> Mapping[str, int] | None:
    """Return the rows beyond the first of each key, where they are to be counted exactly."""
    return read_rows(key, lambda: repeated_keys(plan, whole_of(merged)), table=plan.config) if exact_keys else None


def read_rows(
    key: TableKey, read: Callable[[], Read], *, table: TableConfig | None = None, also: str | None = None
) -> Read:
    """Return what `read` returns.

    Args:
        key: The table.
        read: Reads its rows.
        table: Its configuration; None: no column of it is sensitive.
        also: Why another way of reading the table failed before.

    Raises:
        SourceError: It failed; the message names the table, and both reasons where they differ. Where a column is
            sensitive, it quotes no text of Spark's.
    """
    try:
        return _twice(read)
    except Exception as error:  # noqa: BLE001 -- it is raised again, in words that tell the table
        failed = error if isinstance(error, StageprintError) else _unreadable(key, error, also)
        if table is None or not table.columns.sensitive:
            raise failed from failed.__cause__
        text = without_data(failed, [name for _, name in table.named_columns()])
    # Raised outside: whoever shows the traceback would show the engine's message too.
    raise SourceError(text)


def _unreadable(key: TableKey, error: Exception, also: str | None) -> SourceError:
    reason = spark_reason(error)
    before = "" if also is None or reason.text in also else f" (engine arrow had failed before: {also})"
    own_words = f"{key} cannot be read to its end"
    failed = SourceError(f"{own_words}: {reason}{before}", own_words=own_words)
    failed.__cause__ = error
    return failed


def _twice(read: Callable[[], Read]) -> Read:
    """Return what `read` returns, in a second attempt if Spark lost a worker or an executor in the first.

    A local session does not repeat failed tasks. And a worker that another table's damaged file has ended may take
    along the task that would have used it next (seen with Spark 4.2).
    """
    try:
        return read()
    except Exception as error:
        if not spark_reason(error).may_pass:
            raise
    return read()
