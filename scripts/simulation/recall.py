"""Recall: faults planted in real rows, then profiled, measured and decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from scripts.simulation.faults import FAULTS, NOTHING, Fault
from scripts.simulation.rivals import flags_of_rows, monitored_figures
from scripts.simulation.roll import NOTHING_KNOWN, PUBLISHED, Known, days, suspect_columns
from scripts.simulation.rows import Column, RowWorld, profile
from scripts.simulation.world import SCENARIOS, make_world
from stageprint.config.decision import DecisionSettings, Override
from stageprint.config.sketches import SketchSettings
from stageprint.decision import RunPart, merge_pools, previous_of
from stageprint.decision.references import choose
from stageprint.model import ColumnKey, ColumnProfile, Severity
from stageprint.shifts import ColumnHistory, measure

Floats = NDArray[np.float64]

THREE_SIGMA_RUNS = 28
"""Runs that a 3-sigma rule looks back on."""

ROWS_RANGE = (1e3, 1e8)
"""Smallest and largest number of rows of a table; of large ones `rows.MAX_ROWS_DRAWN` are drawn."""

COLUMNS_A_SAMPLE = 5
"""One column of this many in the world has rows: those of one table move together, and a few tables say little."""

NOT_DISTANCES = (
    "clip",
    "constant",
    "fixed_labels",
    "fixed_pattern",
    "label_flow",
    "label_swap",
    "never_null",
    "new_atom",
    "new_label",
    "new_value",
    "null_to_value",
    "nulls_gone",
    "precision",
)
"""Statistics and rules other than distances of distributions, shares and moments from those of earlier runs."""


@dataclass
class Tally:
    """How often a fault was found.

    Attributes:
        planted: Columns it was planted in.
        digest: Found at once, at least in the digest.
        alert: Found at once, at least a warning.
        confirmed: At least a warning when the next run is decided.
        plain: Found at once, at least in the digest, without the statistics and rules of `NOT_DISTANCES`.
        others: Rule → found at once by one of the usual thresholds; empty where they were not asked.
    """

    planted: int = 0
    digest: int = 0
    alert: int = 0
    confirmed: int = 0
    plain: int = 0
    others: dict[str, int] = field(default_factory=dict)


class RowStore:
    """A store of real profiles that decides run after run.

    Args:
        columns: Number of columns.
        runs: Number of runs that will be needed.
        seed: Of everything.
        noise: The scenario's name.
        rows: Smallest and largest number of rows of a table.
        known: Run → what a store knows of its columns before it, to which these columns are taken to belong; without
            it the store is as small as it is.
    """

    def __init__(
        self,
        columns: int,
        runs: int,
        seed: int,
        noise: str = "t4",
        rows: tuple[float, float] = ROWS_RANGE,
        known: Mapping[int, Known] | None = None,
    ) -> None:
        world = make_world(SCENARIOS[noise], COLUMNS_A_SAMPLE * columns, runs, seed, rows).take(
            COLUMNS_A_SAMPLE * np.arange(columns)
        )
        self.rows = RowWorld(world, seed)
        self._settings = PUBLISHED
        self._plain = DecisionSettings(
            false_findings_per_run=1, overrides=[Override(statistic=name, ignore=True) for name in NOT_DISTANCES]
        )
        self._known = known or {}
        self._sketches = SketchSettings()
        self._runs = days(runs)
        self._profiles: dict[tuple[int, int], ColumnProfile] = {}
        self._monitored: dict[tuple[int, int], Floats] = {}
        self._flags: dict[int, set[str]] = {}
        self.previous: pa.Table | None = None
        self.keys = [ColumnKey("raw", f"t{table}", f"c{column:05}") for column, table in enumerate(world.table)]
        self.place = {key.column: number for number, key in enumerate(self.keys)}
        self.false: list[int] = []

    def profile_of(self, column: int, run: int) -> ColumnProfile:
        """Return a healthy column's profile."""
        if (column, run) not in self._profiles:
            self._profiles[column, run] = profile(self.rows.column(column, run), self._sketches)
        return self._profiles[column, run]

    def advance(self, run: int) -> None:
        """Decide a healthy run; runs must come in order."""
        current = {column: self.profile_of(column, run) for column in range(len(self.keys))}
        shifts = self.decide(run, self.measure(run, current, self._flags), self.previous)
        self.previous = previous_of(shifts)
        alerting = self.flagged(shifts, Severity.WARNING)
        self.false.append(len(alerting))
        for column in alerting:
            self._flags.setdefault(column, set()).add(str(run))

    def decide(
        self, run: int, measured: pa.Table, previous: pa.Table | None, settings: DecisionSettings | None = None
    ) -> pa.Table:
        """Return the decided shifts of some columns.

        Args:
            run: The run under test, or the last one whose past is known.
            measured: What `measure` found.
            previous: What the runs before left.
            settings: None: the usual ones.
        """
        newest = max((each for each in self._known if each <= run), default=None)
        known = NOTHING_KNOWN if newest is None else self._known[newest]
        part = RunPart(measured, previous, settings or self._settings, known.past)
        pool = merge_pools([part.variance_pool(), known.pool])
        return part.decide(pool, part.hypotheses(pool))

    def measure(
        self,
        run: int,
        current: Mapping[int, ColumnProfile],
        flags: Mapping[int, set[str]],
        past: Mapping[tuple[int, int], ColumnProfile] | None = None,
    ) -> pa.Table:
        """Return the measurements of some columns.

        Args:
            run: The run under test.
            current: Column → its profile in that run.
            flags: Column → the runs it was flagged in.
            past: Profiles of earlier runs that differ from the healthy ones.
        """
        histories = []
        for column, found in current.items():
            chosen = choose(self._runs[:run], self._runs[run], flagged=flags.get(column, ()))
            references = {
                name: [(past or {}).get((column, int(each))) or self.profile_of(column, int(each)) for each in ids]
                for name, ids in chosen.items()
            }
            histories.append(ColumnHistory(self.keys[column], found, references))
        return measure(histories)

    def flagged(self, shifts: pa.Table, min_severity: Severity) -> set[int]:
        """Return the columns with a shift of at least this severity."""
        names = [severity.value for severity in Severity if severity.rank >= min_severity.rank]
        found = shifts.filter(pc.is_in(shifts["severity"], value_set=pa.array(names)))
        return {self.place[name] for name in found["column_name"].to_pylist()}

    def plant(self, fault: Fault, run: int, tally: Tally, *, confirm: bool = True, others: bool = False) -> None:
        """Plant a fault in every column that can have it, each as if it were alone, from `run` on.

        The level of a finding does not depend on how many columns are hit, so that all are decided together.

        Args:
            fault: The fault.
            run: The first run that has it.
            tally: Takes what was found.
            confirm: Decide the next run too.
            others: Ask the usual thresholds as well.
        """
        rows = self._damaged(fault, run)
        if not rows:
            return
        if others:
            self._ask_others(rows, run, tally)
        now = self._profiled(rows)
        measured = self.measure(run, now, self._flags)
        first = self.decide(run, measured, self.previous)
        digest, alert = self.flagged(first, Severity.REVIEW), self.flagged(first, Severity.WARNING)
        plain = self.decide(run, measured, self.previous, self._plain)
        tally.plain += len(self.flagged(plain, Severity.REVIEW))
        tally.planted += len(now)
        tally.digest += len(digest)
        tally.alert += len(alert)
        if not confirm:
            return
        then = self._profiled(self._damaged(fault, run + 1))
        both = sorted(then.keys() & now.keys())
        near = {self.place[name] for name in suspect_columns(first)} | alert
        flags = {column: {*self._flags.get(column, ()), *([str(run)] if column in near else [])} for column in both}
        measured = self.measure(
            run + 1,
            {column: then[column] for column in both},
            flags,
            {(column, run): found for column, found in now.items()},
        )
        second = self.decide(run + 1, measured, previous_of(first))
        # What was an alert at once needs no second run.
        tally.confirmed += len(alert | self.flagged(second, Severity.WARNING))

    def _damaged(self, fault: Fault, run: int) -> dict[int, Column]:
        found = {}
        for column in np.flatnonzero(np.isin(self.rows.world.kind, fault.kinds)).tolist():
            rng = np.random.default_rng([column, run, 17])
            damaged = fault.damage(self.rows.column(column, run), rng)
            if damaged is not None:
                found[column] = damaged
        return found

    def _profiled(self, rows: Mapping[int, Column]) -> dict[int, ColumnProfile]:
        return {column: profile(found, self._sketches) for column, found in rows.items()}

    def _ask_others(self, rows: Mapping[int, Column], run: int, tally: Tally) -> None:
        for column, damaged in rows.items():
            past = np.array([self._monitored_of(column, each) for each in range(max(0, run - THREE_SIGMA_RUNS), run)])
            for name, flag in flags_of_rows(damaged, self.rows.column(column, run - 1), past).items():
                tally.others[name] = tally.others.get(name, 0) + flag

    def _monitored_of(self, column: int, run: int) -> Floats:
        if (column, run) not in self._monitored:
            self._monitored[column, run] = monitored_figures(self.rows.column(column, run))
        return self._monitored[column, run]


def recall(
    columns: int,
    histories: Sequence[int],
    seeds: Iterable[int],
    noise: str = "t4",
    rows: tuple[float, float] = ROWS_RANGE,
    known: Mapping[int, Known] | None = None,
) -> dict[int, dict[str, Tally]]:
    """Return length of history → fault → how often it was found; `NOTHING` is among the faults.

    The next run is decided, and the usual thresholds are asked, at the longest history alone.

    Args:
        columns: Columns of each store.
        histories: Lengths of history to plant the faults at.
        seeds: One store for each.
        noise: The scenario.
        rows: Smallest and largest number of rows of a table.
        known: See `RowStore`.
    """
    found = {length: {fault.name: Tally() for fault in (*FAULTS, NOTHING)} for length in histories}
    for seed in seeds:
        store = RowStore(columns, max(histories) + 2, seed, noise, rows, known)
        for run in range(max(histories) + 1):
            if run in found:
                for fault in (*FAULTS, NOTHING):
                    last = run == max(histories)
                    store.plant(fault, run, found[run][fault.name], confirm=last, others=last and run > 0)
            store.advance(run)
    return found
