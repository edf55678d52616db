"""Profiles tables: opens and plans each, reads its pieces in workers, and merges their states."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import PROFILES
from stageprint.engines.local.keys import repeated_keys
from stageprint.engines.local.model import LocalTable
from stageprint.engines.local.planning import LocalScan, plan_scan
from stageprint.engines.local.reach import why_spark
from stageprint.engines.local.scan import Done, Partial, jobs_of
from stageprint.engines.local.sources import open_source
from stageprint.engines.local.windows import WindowFiles, ingest_windows, open_windows
from stageprint.engines.local.workers import MIN_BYTES, Workers
from stageprint.errors import OnlySparkError, SourceError, StageprintError, without_data
from stageprint.pipeline.merged_table import merged_table
from stageprint.pipeline.profiled_tables import failed_table, profiled_rows
from stageprint.ports import ProfiledTable, TableTask
from stageprint.reasons import reason_of

BYTES_PER_JOB: Final = 64 << 20
"""About how much a worker reads before it hands back states."""

TABLES_AHEAD: Final = 32
"""Tables that are open, and whose pieces wait for a worker, at a time."""


@dataclass(frozen=True, slots=True)
class Declined:
    """A table that only Spark reads.

    Attributes:
        task: The table.
        reason: Why.
    """

    task: TableTask
    reason: str


@dataclass(frozen=True)
class _Scanned:
    task: TableTask
    table: LocalTable
    plan: LocalScan
    facts: Mapping[str, Any]
    opening_seconds: float
    jobs: Sequence[Future[Done]]
    at_once: int


def open_configured(task: TableTask) -> LocalTable:
    """Return the table of a task, opened where its configuration says.

    Raises:
        SourceError: It is missing or cannot be opened.
        OnlySparkError: Only Spark reads it.
    """
    _require_readable(task)
    return open_source(task.table.source, task.run_id, hidden=task.table.columns.sensitive)


def _require_readable(task: TableTask) -> None:
    source, reason = task.table.source, why_spark(task.table)
    if reason is not None:
        message = f"{source.label} source {source.text!r} cannot be read by the local engine: {reason}"
        raise OnlySparkError(message)


def profile_tables(
    config: PipelineConfig,
    tasks: Sequence[TableTask],
    processes: int | None = None,
    open_table: Callable[[TableTask], LocalTable] = open_configured,
    declined: list[Declined] | None = None,
) -> Iterator[ProfiledTable]:
    """Yield the profile of each table, in the order of the tasks.

    Args:
        config: The pipeline.
        tasks: The tables.
        processes: Worker processes; None: one for each core where there is enough to read.
        open_table: Opens the table of a task.
        declined: Gets the tables that only Spark reads, instead of a failed outcome for each; None: they fail.
    """
    for at in range(0, len(tasks), TABLES_AHEAD):
        opened = [_opened(config, task, open_table, declined) for task in tasks[at : at + TABLES_AHEAD]]
        some = [one for one in opened if one is not None]
        size = sum(one[1].size or MIN_BYTES for one in some if isinstance(one, tuple))
        count = processes or (min(os.cpu_count() or 1, 1 + size // BYTES_PER_JOB) if size >= MIN_BYTES else 1)
        with Workers(count) as workers:
            begun = [_begun(one, workers, size, count) if isinstance(one, tuple) else one for one in some]
            for one in begun:
                if isinstance(one, WindowFiles):
                    yield _ingested(config, one)
                else:
                    yield one if isinstance(one, ProfiledTable) else _finished(config, one)


def _facts(task: TableTask) -> dict[str, Any]:
    source = task.table.source
    path = "serving" if source.format == PROFILES else "local"
    return {"source_format": source.label, "source_location": source.text, "engine_path": path}


_Ready = tuple[TableTask, LocalTable, LocalScan, Mapping[str, Any], float]


def _opened(
    config: PipelineConfig,
    task: TableTask,
    open_table: Callable[[TableTask], LocalTable],
    declined: list[Declined] | None,
) -> _Ready | WindowFiles | ProfiledTable | None:
    """Open and plan a table, or return why that failed; None: it is declined."""
    started, facts, table = time.monotonic(), _facts(task), task.table
    try:
        if table.source.format == PROFILES:
            _require_readable(task)
            return open_windows(task)
        opened = open_table(task)
        facts |= {
            "source_format": opened.format,
            "source_location": opened.location,
            "source_version": opened.version,
            "source_bytes": opened.size,
            "source_files": opened.files,
            "source_notes": list(opened.notes) or None,
            "source_history": opened.history,
        }
        plan = plan_scan(opened, config, table, task.run_id, config.referenced_columns(task.stage, table.name))
    except OnlySparkError as error:
        if declined is None:
            return _failed(config, task, facts, started, error)
        declined.append(Declined(task, without_data(error) if table.columns.sensitive else str(error)))
        return None
    except Exception as error:  # noqa: BLE001 -- whatever one table does wrong, the others are still profiled
        return _failed(config, task, facts, started, error)
    return task, opened, plan, facts, time.monotonic() - started


def _begun(ready: _Ready, workers: Workers, total: int, count: int) -> _Scanned:
    """Hand the pieces of a table to the workers, in jobs that keep all of them busy."""
    task, opened, plan, facts, opening = ready
    size = min(BYTES_PER_JOB, max(total // (3 * count), 4 << 20))
    jobs = list(jobs_of(plan.scan.table, plan.scan.slices, plan.columns, opened.pieces, size))
    return _Scanned(task, opened, plan, facts, opening, workers.submit(jobs), min(count, len(jobs)))


def _ingested(config: PipelineConfig, opened: WindowFiles) -> ProfiledTable:
    started = time.monotonic()
    try:
        return ingest_windows(config, opened)
    except Exception as error:  # noqa: BLE001 -- as above
        return _failed(config, opened.task, _facts(opened.task), started, error)


def _finished(config: PipelineConfig, opened: _Scanned) -> ProfiledTable:
    """Merge the states of a table, and count what the sketch of a key cannot tell."""
    task, plan, started = opened.task, opened.plan, time.monotonic()
    try:
        partials: dict[tuple[int, int], list[bytes]] = {}
        malformed, working = 0, 0.0
        for future in opened.jobs:
            done = future.result()
            working += done.seconds
            if done.failure is not None:
                message = f"{task.key} cannot be read to its end: {done.failure}"
                raise SourceError(message, own_words=f"{task.key} cannot be read to its end")
            malformed += done.malformed
            for partial in done.partials:
                _keep(partials, partial)
        # What the table took itself: it also waited for the tables that were opened with it.
        started = time.monotonic() - opened.opening_seconds - working / opened.at_once
        merged = merged_table(plan.scan, partials)
        repeated = repeated_keys(opened.table, plan, merged) if task.table.exact_keys else None
        return profiled_rows(
            config.pipeline,
            task.run_id,
            task.key,
            plan.scan,
            merged,
            started,
            {**opened.facts, "malformed_rows": malformed if opened.table.format in {"csv", "json"} else None},
            repeated=repeated,
            counted=opened.table.counted,
        )
    except Exception as error:  # noqa: BLE001 -- as above
        return _failed(config, task, opened.facts, started, error)


def _keep(partials: dict[tuple[int, int], list[bytes]], partial: Partial) -> None:
    member, index, blob = partial
    partials.setdefault((member, index), []).append(blob)


def _failed(
    config: PipelineConfig, task: TableTask, facts: Mapping[str, Any], started: float, error: Exception
) -> ProfiledTable:
    if not isinstance(error, StageprintError):
        own_words = f"{task.key} cannot be read"
        known = SourceError(f"{own_words}: {reason_of(error)}", own_words=own_words)
        known.__cause__ = error
        error = known
    return failed_table(config.pipeline, task, facts, started, error)
