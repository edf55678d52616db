"""Judges the real tables in their true order: which alerts have a real event behind them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from scripts.yardsticks.judging import Alert, alerts, judge
from scripts.yardsticks.profiles import config_of, profiled, tables_of
from scripts.yardsticks.sets import RealSet
from scripts.yardsticks.verdicts import Verdict, verdict_of, verdicts

QUICK_RUNS = 60
"""Number of runs of each set, from the first on, that ``--quick`` judges."""


@dataclass
class Judged:
    """What was found in the runs of a set.

    Attributes:
        name: The set.
        source: Where its rows come from.
        runs: Number of runs.
        tables: Number of tables.
        columns: Number of columns of all tables.
        alerts: Each alert, whether it is true, and why.
        told: Each event that must be told, and whether an alert speaks of it.
        seconds: How long it took.
    """

    name: str
    source: str
    runs: int
    tables: int
    columns: int
    alerts: list[tuple[Alert, bool, str]] = field(default_factory=list)
    told: list[tuple[Verdict, bool]] = field(default_factory=list)
    seconds: float = 0.0

    def runs_with(self, *, critical: bool = False, false_only: bool = False) -> int:
        """Return the number of runs with an alert of a kind.

        Args:
            critical: Only critical ones count.
            false_only: Only alerts without a real event behind them count.
        """
        return len(
            {
                alert.run
                for alert, real, _ in self.alerts
                if (alert.critical or not critical) and not (real and false_only)
            }
        )


def judge_set(one: RealSet, known: Sequence[Verdict] | None = None, runs: int | None = None) -> Judged:
    """Judge the runs of a set.

    Args:
        one: The set.
        known: What is known about it; None: what the file of verdicts says.
        runs: Only so many, from the first on; None: all.
    """
    began = time.monotonic()
    known = verdicts() if known is None else known
    rows = {run: tables for number, (run, tables) in enumerate(one.load().items()) if runs is None or number < runs}
    names = tables_of(rows)
    config = config_of(one.name, names)
    profiles = profiled(config, rows)
    columns = sum(next(tables[name] for tables in rows.values() if name in tables).num_columns for name in names)
    found = Judged(one.name, one.source, len(rows), len(names), columns)
    for _, findings in judge(config, profiles, list(rows)):
        found.alerts += [(alert, *verdict_of(one.name, alert, known)) for alert in alerts(findings)]
    for verdict in known:
        if verdict.set == one.name and verdict.must_be_told and verdict.runs & rows.keys():
            spoken = any(verdict.covers(one.name, alert) for alert, _, _ in found.alerts)
            found.told.append((verdict, spoken))
    found.seconds = time.monotonic() - began
    return found
