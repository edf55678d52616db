"""Whole stores, profiled and compared by the product itself: false alerts for each quarter, and planted faults.

The other simulations hand measurements to the decision rule, so that they reach 100,000 columns. Here every statistic,
cause and record has its say, since rows are profiled and `stageprint.pipeline.compare` judges them; the stores are as
small as that allows. Numbers are not rounded: decimal places give no fault away.
"""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import pyarrow as pa

from scripts.simulation.faults import FAULTS, Fault
from scripts.simulation.figures import Rate, clustered
from scripts.simulation.measures import FIRST_DAY
from scripts.simulation.recall import NOT_DISTANCES
from scripts.simulation.rows import Column, RowWorld
from scripts.simulation.world import SCENARIOS, TABLE, make_world
from scripts.yardsticks.judging import alerts, compact, judge, worst
from scripts.yardsticks.profiles import STAGE, Profiles, config_of, profiled
from stageprint.config.decision import DecisionSettings, Override
from stageprint.config.pipeline import PipelineConfig
from stageprint.model import ColumnKey, Finding, Severity
from stageprint.stores.memory import MemoryStore

TABLES: Final = 3
"""Tables of a store, of `TABLE` columns each."""

RUNS: Final = 60
"""Runs of a store, one a day."""

HISTORY: Final = 28
"""Earlier runs when faults are planted, and from which on false alerts are stated apart."""

ROWS: Final = (1e3, 3e4)
"""Smallest and largest number of rows of a table."""

HIT: Final = 2
"""Columns of a store that each fault is planted in, each alone."""

DAYS_A_QUARTER: Final = 91.3

FIRST_SEED: Final = 9400
"""Seed of the first store: nothing was tuned on it or the seeds after it."""


@dataclass(frozen=True)
class Planted:
    """A fault in a column, alone in its run.

    Attributes:
        fault: Its name.
        digest: Whether it was found at once, at least in the digest.
        alert: Whether it was an alert at once.
        two_runs: Whether it was an alert at once or in the next run, which has it too.
        distances: Whether distances alone find it at once, at least in the digest.
    """

    fault: str
    digest: bool
    alert: bool
    two_runs: bool
    distances: bool


@dataclass(frozen=True)
class Store:
    """What was found in a store.

    Attributes:
        seed: Its seed.
        alerts: Alerts of each healthy run, those that go on not counted again.
        criticals: Of these the critical ones.
        digests: Findings of each healthy run, of any severity, those that go on not counted again.
        lines: The alerts.
        planted: The faults.
    """

    seed: int
    alerts: tuple[int, ...]
    criticals: tuple[int, ...]
    digests: tuple[int, ...]
    lines: tuple[str, ...]
    planted: tuple[Planted, ...]


class Rows:
    """The rows of a store's tables.

    Args:
        seed: Of everything.
        noise: The scenario's name.
        runs: Number of runs.
        tables: Number of tables.
    """

    def __init__(self, seed: int, noise: str, runs: int, tables: int) -> None:
        self._world = RowWorld(make_world(SCENARIOS[noise], TABLE * tables, runs, seed, ROWS), seed, rounded=False)
        self._tables = tables
        self.kinds = self._world.world.kind

    def table(self, number: int, run: int, changed: Mapping[int, Column] | None = None) -> pa.Table:
        """Return the rows of a table in a run.

        Args:
            number: The table.
            run: The run.
            changed: Columns that are others than the healthy ones.
        """
        columns = range(TABLE * number, TABLE * (number + 1))
        return pa.table({f"c{one}": ((changed or {}).get(one) or self.column(one, run)).array for one in columns})

    def column(self, number: int, run: int) -> Column:
        """Return the healthy rows of a column."""
        return self._world.column(number, run)

    def run(self, number: int, changed: Mapping[int, Column] | None = None) -> dict[str, pa.Table]:
        """Return all tables of a run."""
        return {f"t{table}": self.table(table, number, changed) for table in range(self._tables)}

    def broken(self, fault: Fault, column: int, run: int) -> dict[str, pa.Table] | None:
        """Return all tables of a run with a fault in one column; None: it cannot have the fault."""
        healthy = self.column(column, run)
        found = fault.damage(healthy, np.random.default_rng([column, run, 17]))
        return None if found is None else self.run(run, {column: _as_long(found, healthy)})


def judged(
    seed: int,
    noise: str,
    runs: int = RUNS,
    tables: int = TABLES,
    faults: Sequence[Fault] = FAULTS,
    history: int = HISTORY,
) -> Store:
    """Judge a store: its healthy runs, and each fault in some columns.

    Args:
        seed: Of everything.
        noise: The scenario's name.
        runs: Number of runs.
        tables: Number of tables.
        faults: The faults.
        history: Number of runs before them.
    """
    rows = Rows(seed, noise, runs, tables)
    days = [str(FIRST_DAY + dt.timedelta(days=number)) for number in range(runs)]
    config = config_of(f"simulated-{seed}", rows.run(0))
    healthy = profiled(config, {day: rows.run(run) for run, day in enumerate(days)}, keep=False)
    store = MemoryStore(config.pipeline)
    new = [_new(findings) for _, findings in judge(config, healthy, days[:history], store)]
    compact(store)
    planted = list(_plant(rows, config, store, days[history:], faults, seed, history))
    new += [_new(findings) for _, findings in judge(config, healthy, days[history:], store)]
    told = [alerts(findings) for findings in new]
    return Store(
        seed,
        alerts=tuple(map(len, told)),
        criticals=tuple(sum(alert.critical for alert in some) for some in told),
        digests=tuple(map(len, new)),
        lines=tuple(f"{seed} {alert.line}" for some in told for alert in some),
        planted=tuple(planted),
    )


def _new(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.status == "new"]


def _plant(
    rows: Rows,
    config: PipelineConfig,
    store: MemoryStore,
    days: Sequence[str],
    faults: Sequence[Fault],
    seed: int,
    history: int,
) -> Iterator[Planted]:
    rng = np.random.default_rng([seed, history])
    ignored = [Override(statistic=name, ignore=True) for name in NOT_DISTANCES]
    plain = config.model_copy(update={"decision": DecisionSettings(overrides=ignored)})
    for fault in faults:
        able = rng.permutation(np.flatnonzero(np.isin(rows.kinds, fault.kinds)))
        for column, now, then in islice(_broken(rows, fault, able.tolist(), history), HIT):
            key = ColumnKey(STAGE, f"t{column // TABLE}", f"c{column}")
            once, first_day = store.copy(), profiled(config, {days[0]: now}, keep=False)
            alone = _severity(key, _findings(plain, store.copy(), first_day, days[0]))
            first = second = _severity(key, _findings(config, once, first_day, days[0]))
            if first.rank < Severity.WARNING.rank:
                next_day = profiled(config, {days[1]: then}, keep=False)
                second = _severity(key, _findings(config, once, next_day, days[1]))
            yield Planted(
                fault.name,
                digest=first.rank > 0,
                alert=first.rank >= Severity.WARNING.rank,
                two_runs=second.rank >= Severity.WARNING.rank,
                distances=alone.rank > 0,
            )


def _broken(
    rows: Rows, fault: Fault, columns: Iterable[int], run: int
) -> Iterator[tuple[int, dict[str, pa.Table], dict[str, pa.Table]]]:
    """Yield each column that can have a fault in a run and the next one, and the tables of the two runs with it."""
    for column in columns:
        now, then = (rows.broken(fault, column, each) for each in (run, run + 1))
        if now is not None and then is not None:
            yield column, now, then


def _findings(config: PipelineConfig, store: MemoryStore, profiles: Profiles, day: str) -> list[Finding]:
    ((_, found),) = judge(config, profiles, [day], store)
    return found


def _severity(key: ColumnKey, findings: Iterable[Finding]) -> Severity:
    """Return the worst severity of what is found of a column: where it begins, or as a column that it explains."""
    return worst(one.severity for one in findings if one.origin == key or str(key) in one.explains)


def _as_long(column: Column, healthy: Column) -> Column:
    """Return a column that lost rows with as many as before: the others are repeated, so that its table stays whole."""
    rows = len(healthy.nulls)
    if len(column.nulls) == rows:
        return column
    taken = np.arange(rows) % len(column.nulls)
    return replace(column, values=column.values[taken], nulls=column.nulls[taken])


def figures(stores: Sequence[Store]) -> dict[str, Any]:
    """Return false alerts a quarter and store by length of history, and the share of the faults that is found."""
    spans = {"1-6": range(1, 7), "7-27": range(7, HISTORY), f"{HISTORY} and more": range(HISTORY, RUNS)}
    columns = TABLES * TABLE
    result: dict[str, Any] = {"stores": len(stores), "columns": columns, "runs": RUNS, "false": {}, "found": {}}
    for span, runs in spans.items():
        result["false"][span] = {
            what: _rate([[getattr(store, what)[run] for run in runs] for store in stores])
            for what in ("alerts", "criticals", "digests")
        }
    for name in dict.fromkeys(one.fault for store in stores for one in store.planted):
        some = [[one for one in store.planted if one.fault == name] for store in stores]
        result["found"][name] = {"planted": sum(map(len, some))} | {
            what: _share([[getattr(one, what) for one in each] for each in some])
            for what in ("digest", "distances", "alert", "two_runs")
        }
    return result


def _rate(counts: Sequence[Sequence[int]]) -> dict[str, float]:
    runs = sum(map(len, counts))
    found = sum(map(sum, counts))
    # Where no store has any, they say nothing of how stores differ.
    low, high = clustered([(sum(each), len(each)) for each in counts]) if found else Rate(0, runs).interval
    return {
        "found": found,
        "runs": runs,
        **{name: round(DAYS_A_QUARTER * one, 2) for name, one in zip(_BOUNDS, (found / runs, low, high), strict=True)},
    }


_BOUNDS: Final = ("a_quarter", "low", "high")


def _share(flags: Sequence[Sequence[bool]]) -> list[int]:
    low, high = clustered([(sum(each), len(each)) for each in flags if each])
    whole = sum(map(sum, flags)) / sum(map(len, flags))
    return [round(100 * one) for one in (whole, low, high)]


def text(found: Mapping[str, Any]) -> str:
    """Return the figures as Markdown tables."""
    lines = [
        f"{found['stores']} stores of {found['columns']} columns, {found['runs']} runs",
        "",
        "| runs of history | alerts a store and quarter | of these critical | in the digest or above |",
        "|---|---|---|---|",
    ]
    for span, rates in found["false"].items():
        cells = [f"{one['a_quarter']} ({one['low']}–{one['high']})" for one in rates.values()]
        lines.append(f"| {span} | {' | '.join(cells)} |")
    lines += ["", "| fault | planted | digest | distances alone | alert | two runs |", "|---|---|---|---|---|---|"]
    for name, one in found["found"].items():
        cells = [f"{one[what][0]} ({one[what][1]}–{one[what][2]})" for what in ("digest", "distances", "alert")]
        cells.append(f"{one['two_runs'][0]} ({one['two_runs'][1]}–{one['two_runs'][2]})")
        lines.append(f"| {name} | {one['planted']} | {' | '.join(cells)} |")
    return "\n".join(lines)


@click.command()
@click.option("--stores", type=click.IntRange(min=1), default=12, show_default=True, help="Number of stores.")
@click.option("--seed", type=int, default=FIRST_SEED, show_default=True, help="Of the first store.")
@click.option("--scenario", type=click.Choice(list(SCENARIOS)), default="t4", show_default=True, help="The noise.")
@click.option("--processes", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Also write every store here.")
def main(stores: int, seed: int, scenario: str, processes: int, file: Path | None) -> None:
    """Judge whole stores by the product's own comparison: false alerts a quarter, and the faults that are found."""
    began = time.monotonic()
    found = []
    # Not forked: Arrow's threads do not survive it.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        for store in pool.map(partial(judged, noise=scenario), range(seed, seed + stores)):
            found.append(store)
            click.echo(f"store {store.seed}: {sum(store.alerts)} alerts; {time.monotonic() - began:.0f} s", err=True)
            for line in store.lines:
                click.echo(f"  {line}", err=True)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps([asdict(store) for store in found]), "utf-8")
    click.echo(text(figures(found)))


if __name__ == "__main__":
    main()
