"""One real month, split at random in two halves, again and again: neither half has a fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from scripts.demo.sources import read_table
from stageprint.batch.arrow_types import kind_of, spark_type_name
from stageprint.config.decision import DecisionSettings
from stageprint.decision import decide, previous_of
from stageprint.decision.references import Run, choose
from stageprint.fingerprint import TableFingerprint, TablePlan, plan_column
from stageprint.model import ColumnKey, ColumnProfile, Severity
from stageprint.shifts import ColumnHistory, measure

MAX_RUNS_KEPT = 28
"""Number of runs of the longest reference; older profiles are dropped."""


@dataclass
class Halves:
    """What was found.

    Attributes:
        comparisons: Number of columns × runs that were decided.
        alerts: Split, column and statistic of every shift at warning or above.
        digest: The same of the digest.
    """

    comparisons: int = 0
    alerts: list[tuple[int, str, str]] = field(default_factory=list)
    digest: list[tuple[int, str, str]] = field(default_factory=list)


def month_of_flights(month: int = 1) -> pa.Table:
    """Return the flights of one month of 2013."""
    flights = read_table("flights")
    return pa.Table.from_pandas(flights[flights["month"] == month], preserve_index=False)


def split_month(
    rows: pa.Table,
    repeats: int,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
    spoil: Callable[[pa.Table], pa.Table] = lambda half: half,
) -> Halves:
    """Split `rows` in two halves `repeats` times, and decide each half as a run.

    The first half of a split is the previous run of the second, and all earlier halves are their history. So from the
    second split on the whole rule applies, with scales learned from random halves.

    Args:
        rows: A month of a table.
        repeats: Number of splits.
        seed: Of the random generator.
        progress: Takes a line of progress.
        spoil: Takes the last half of all, and returns what is decided in its place.
    """
    rng = np.random.default_rng(seed)
    found = Halves()
    runs: list[Run] = []
    profiles: dict[str, dict[str, ColumnProfile]] = {}
    previous = None
    for split in range(repeats):
        order = rng.permutation(rows.num_rows)
        for part in (order[: len(order) // 2], order[len(order) // 2 :]):
            run = Run(str(len(runs)))
            half = rows.take(pa.array(part))
            profiles[run.run_id] = _profiles(spoil(half) if len(runs) == 2 * repeats - 1 else half)
            references = choose(runs, run)
            histories = [
                ColumnHistory(
                    ColumnKey("raw", "flights", name),
                    profile,
                    {reference: [profiles[each][name] for each in ids] for reference, ids in references.items()},
                )
                for name, profile in profiles[run.run_id].items()
            ]
            decided = decide(measure(histories), previous, DecisionSettings())
            previous = previous_of(decided)
            runs.append(run)
            profiles.pop(str(len(runs) - MAX_RUNS_KEPT - 1), None)
            found.comparisons += len(histories)
            _count(found, split, decided)
        progress(f"split {split + 1}: {len(found.alerts)} alerts, {len(found.digest)} in the digest")
    return found


def _count(found: Halves, split: int, decided: pa.Table) -> None:
    columns = (decided[name].to_pylist() for name in ("column_name", "statistic", "severity"))
    for column, statistic, severity in zip(*columns, strict=True):
        if Severity(severity).rank >= Severity.WARNING.rank:
            found.alerts.append((split, column, statistic))
        elif Severity(severity).rank >= Severity.REVIEW.rank:
            found.digest.append((split, column, statistic))


def _profiles(rows: pa.Table) -> dict[str, ColumnProfile]:
    plans = tuple(
        plan_column(column.name, place, spark_type_name(column.type), kind_of(column.type))
        for place, column in enumerate(rows.schema)
    )
    fingerprint = TableFingerprint(TablePlan(plans))
    for batch in rows.combine_chunks().to_batches():
        fingerprint.update(batch)
    return {profile.column: profile for profile in fingerprint.profiles()}
