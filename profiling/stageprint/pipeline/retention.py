"""Decides which runs, and which tables of runs that stay, are beyond the limits of the configuration."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stageprint.config.retention import Keep, RetentionSettings
from stageprint.model import TableKey
from stageprint.model.upkeep import RunDecision, TableDecision


@dataclass(frozen=True, slots=True)
class StoredRun:
    """What retention needs to know of a run, or of one table in a run.

    Attributes:
        run_id: The run.
        merged: Whether its profiles are those of other runs, merged.
        profiled_at: When it was last profiled; None: not known, so that no limit of days applies.
    """

    run_id: str
    merged: bool
    profiled_at: dt.datetime | None


def decide_runs(
    runs: Sequence[StoredRun],
    keep: Keep,
    protected: Mapping[str, str],
    now: dt.datetime,
    *,
    include_protected: bool = False,
) -> list[RunDecision]:
    """Return what happens to the runs that are beyond the limits, oldest first; a run that is not listed stays.

    Args:
        runs: Every run, oldest first.
        keep: The limits.
        protected: Run → why it is kept whatever its age.
        now: The time by which runs are so many days old.
        include_protected: Whether `protected` is ignored.
    """
    found = []
    for run, reason in _beyond(runs, keep, now):
        kept = None if include_protected else protected.get(run.run_id)
        found.append(RunDecision(run.run_id, kept is None, reason if kept is None else kept))
    return found


def decide_tables(
    tables: Mapping[TableKey, Sequence[StoredRun]],
    settings: RetentionSettings,
    protected: Mapping[str, str],
    now: dt.datetime,
) -> list[TableDecision]:
    """Return the tables whose rows are removed from runs that stay.

    Args:
        tables: Table → the runs that stay and have profiles of it, oldest first.
        settings: The configuration's retention.
        protected: Run → why it is kept as a whole.
        now: The time by which profiles are so many days old.
    """
    found = []
    for key, runs in sorted(tables.items()):
        rule = settings.of_table(key)
        if rule is None:
            continue
        gone = [run.run_id for run, _ in _beyond(runs, rule, now)]
        gone = [run for run in gone if run not in protected]
        if gone:
            found.append(TableDecision(key, gone))
    return found


def _beyond(runs: Sequence[StoredRun], keep: Keep, now: dt.datetime) -> Iterator[tuple[StoredRun, str]]:
    """Yield the runs that no limit keeps, each with the reason, oldest first."""
    if not keep.is_set:
        return
    newest: set[str] = set()
    if keep.keep_runs is not None:
        for merged in (False, True):
            # A day is never compared with a week: merged runs have a history of their own.
            newest.update([run.run_id for run in runs if run.merged == merged][-keep.keep_runs :])
    for run in runs:
        if run.run_id in newest:
            continue
        reasons = []
        if keep.keep_runs is not None:
            reasons.append(f"not among the newest {keep.keep_runs:,} runs")
        if keep.keep_days is not None:
            if run.profiled_at is None or now - run.profiled_at <= dt.timedelta(days=keep.keep_days):
                continue
            reasons.append(f"profiled more than {keep.keep_days:,} days ago, on {run.profiled_at:%Y-%m-%d}")
        yield run, " and ".join(reasons)
