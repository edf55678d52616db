"""The use case behind ``stageprint maintain``: removes what is beyond the limits, and keeps the store's files few."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stageprint.config.pipeline import PipelineConfig
from stageprint.model import TableKey
from stageprint.model.result_tables import NOTIFICATIONS, TABLE_PROFILES, ResultTable
from stageprint.model.upkeep import MaintainOutcome, RunDecision, TableDecision, TableUpkeep
from stageprint.model.where import where
from stageprint.pipeline.compare.compare import MIN_RUNS_READ
from stageprint.pipeline.deletion import remove_runs, remove_tables, rows_of_runs, rows_of_tables
from stageprint.pipeline.leftovers import leftover_rows, remove_leftovers
from stageprint.pipeline.protected import Protection, lost_marks, protection, require_no_writer
from stageprint.pipeline.results import Results
from stageprint.pipeline.retention import StoredRun, decide_runs, decide_tables
from stageprint.pipeline.sent import outdated_messages, remove_messages
from stageprint.pipeline.tables import all_tables
from stageprint.ports import ProfileStore, Progress, Silent, StoreUpkeep


@dataclass(frozen=True, slots=True)
class MaintainOptions:
    """What a call of `maintain` does differently.

    Attributes:
        dry_run: Changes nothing; the outcome says what would be removed.
        include_marked: Also removes runs that are kept otherwise whatever their age: bad ones, those of accepted
            shifts, and baselines of other runs.
        now: Keeps no old version of the tables; only while nothing else uses the store.
    """

    dry_run: bool = False
    include_marked: bool = False
    now: bool = False


DEFAULT_OPTIONS: Final = MaintainOptions()


def maintain(
    config: PipelineConfig,
    *,
    store: ProfileStore,
    upkeep: StoreUpkeep,
    options: MaintainOptions = DEFAULT_OPTIONS,
    progress: Progress | None = None,
    time_now: dt.datetime | None = None,
) -> MaintainOutcome:
    """Remove the runs and tables beyond the limits of the configuration, then compact and vacuum the result tables.

    Safe while others profile, compare and read, unless `options.now` is set. What is removed is removed for good; what
    is repeated changes nothing.

    Args:
        config: The pipeline; its ``retention`` has the limits.
        store: The pipeline's store itself, not one that hides rows.
        upkeep: Its files.
        options: What is done differently.
        progress: Follows each step.
        time_now: The time by which runs are so many days old (default: the clock's).

    Returns:
        What was removed, what was kept although it is beyond the limits, and the files before and after.

    Raises:
        UsageError: `options.now` is set while a command writes to the store.
        StoreError: The store cannot be read or written.
    """
    started = time.monotonic()
    progress = progress or Silent()
    if options.now and not options.dry_run:
        require_no_writer(store)
    tables = all_tables()
    try:
        progress.start(len(tables) + 1, "steps")
        plan = _plan(config, store, options, time_now or dt.datetime.now(dt.timezone.utc))
        before = {table.name: upkeep.files(table) for table in tables}
        removed, leftovers = _count(store, plan) if options.dry_run else _remove(store, plan)
        progress.advance("runs and tables beyond the limits")
        notes = list(plan.notes)
        for table in tables:
            if not options.dry_run:
                notes += tidy(upkeep, table, 0 if options.now else config.retention.old_versions_hours)
            progress.advance(table.name)
        after = {table.name: upkeep.files(table) for table in tables}
    finally:
        progress.close()
    return MaintainOutcome(
        runs=plan.runs,
        tables=plan.tables,
        leftovers=leftovers.total(),
        result_tables=[
            TableUpkeep(table.name, removed[table.name] + leftovers[table.name], before[table.name], after[table.name])
            for table in tables
        ],
        notes=notes,
        dry_run=options.dry_run,
        store=store.location,
        seconds=time.monotonic() - started,
    )


def tidy(upkeep: StoreUpkeep, table: ResultTable, hours: int) -> list[str]:
    """Compact and vacuum a result table and trim its log.

    Args:
        upkeep: The store's files.
        table: The table.
        hours: For how many hours old versions are kept.

    Returns:
        Why some old entries of the log are still there.

    Raises:
        StoreError: The files cannot be written.
    """
    upkeep.compact(table)
    upkeep.vacuum(table, hours)
    left = upkeep.trim_log(table, hours)
    return [] if left is None else [left]


@dataclass(frozen=True, slots=True)
class _Plan:
    runs: Sequence[RunDecision]
    tables: Sequence[TableDecision]
    notes: Sequence[str]
    oldest: dt.datetime | None
    """When the oldest run that stays was profiled; None: not known, or no limit is set."""

    @property
    def removed(self) -> list[str]:
        return [run.run_id for run in self.runs if run.removed]


def _plan(config: PipelineConfig, store: ProfileStore, options: MaintainOptions, now: dt.datetime) -> _Plan:
    keep = config.retention
    runs = [
        StoredRun(row["run_id"], bool(row["merged"]), row["ended_at"] or row["started_at"])
        for row in Results(store, config.run_order).runs()
    ]
    kept = protection(store)
    decided = [
        _unless_written(run, kept)
        for run in decide_runs(runs, keep, kept.marked, now, include_protected=options.include_marked)
    ]
    gone = {run.run_id for run in decided if run.removed}
    stay = [run for run in runs if run.run_id not in gone]
    protected = {**({} if options.include_marked else kept.marked), **kept.being_written}
    tables = decide_tables(_profiled(store, stay), keep, protected, now) if keep.tables else []
    notes = [*lost_marks(store, gone), *_short_history(config, runs, stay)]
    return _Plan(decided, tables, notes, _oldest(stay) if keep.is_set else None)


def _oldest(runs: Sequence[StoredRun]) -> dt.datetime | None:
    """Return when the oldest run was profiled; None: there is no run, or it is not known of all."""
    times = [run.profiled_at for run in runs if run.profiled_at is not None]
    return min(times) if times and len(times) == len(runs) else None


def _unless_written(run: RunDecision, kept: Protection) -> RunDecision:
    since = kept.being_written.get(run.run_id)
    return run if since is None else RunDecision(run.run_id, removed=False, reason=f"it is {since}")


def _profiled(store: ProfileStore, runs: Sequence[StoredRun]) -> dict[TableKey, list[StoredRun]]:
    """Return, for each table, the runs that have profiles of it, in the order of `runs`."""
    merged = {run.run_id: run.merged for run in runs}
    names = ("run_id", "stage", "table_name", "profiled_at")
    rows = store.read(TABLE_PROFILES, where(run_id=merged, slice_key=None), names).to_pylist()
    latest: dict[TableKey, dict[str, dt.datetime | None]] = {}
    for row in rows:
        latest.setdefault(TableKey(row["stage"], row["table_name"]), {})[row["run_id"]] = row["profiled_at"]
    return {
        key: [StoredRun(run.run_id, run.merged, times[run.run_id]) for run in runs if run.run_id in times]
        for key, times in latest.items()
    }


def _short_history(config: PipelineConfig, runs: Sequence[StoredRun], stay: Sequence[StoredRun]) -> list[str]:
    """Say that later comparisons have fewer runs than they use."""
    wanted = max(MIN_RUNS_READ, config.decision.long_window)
    for merged in (False, True):
        before = sum(run.merged == merged for run in runs)
        after = sum(run.merged == merged for run in stay)
        if after < min(before, wanted):
            kind = "merged runs" if merged else "runs"
            return [
                f"{after:,} {kind} are left, and comparisons use the latest {wanted:,}: references are shorter, and "
                "what is usual is learned from fewer runs"
            ]
    return []


def _count(store: ProfileStore, plan: _Plan) -> tuple[Counter[str], Counter[str]]:
    removed = Counter(rows_of_runs(store, plan.removed)) if plan.removed else Counter[str]()
    removed.update(rows_of_tables(store, plan.tables))
    removed[NOTIFICATIONS.name] += len(outdated_messages(store, plan.removed, plan.oldest))
    return removed, Counter(leftover_rows(store, plan.removed))


def _remove(store: ProfileStore, plan: _Plan) -> tuple[Counter[str], Counter[str]]:
    removed = Counter(remove_runs(store, plan.removed)) if plan.removed else Counter[str]()
    if plan.tables:
        removed.update(remove_tables(store, plan.tables))
    removed[NOTIFICATIONS.name] += remove_messages(store, outdated_messages(store, plan.removed, plan.oldest))
    return removed, Counter(remove_leftovers(store))
