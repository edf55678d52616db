"""Small stores in their first runs: what is told at once of plain faults, and how often healthy columns are told of."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from scripts.simulation.figures import Rate
from scripts.simulation.observe import EDGES, Observed, observe
from scripts.simulation.roll import Decided, roll
from scripts.simulation.world import SCENARIOS, TABLE, make_world
from stageprint.config.decision import DecisionSettings
from stageprint.model import TABLE_LEVEL, Severity

Ints = NDArray[np.int64]

COLUMNS = 100
HISTORIES = (3, 5, 7, 11)
"""Numbers of earlier runs."""

HIT = 4
"""Columns of a store that a fault hits, each as if alone."""

ALERTS = (Severity.WARNING.value, Severity.CRITICAL.value)


@dataclass(frozen=True)
class Fault:
    """A fault in the last run.

    Attributes:
        name: What it is called.
        break_: Changes the profiles; returns them and the columns (or, where `of_tables`, tables) that it hit.
        of_tables: Whether tables are hit.
    """

    name: str
    break_: Callable[[Observed, np.random.Generator], tuple[Observed, Ints]]
    of_tables: bool = False


def nulls(observed: Observed, rng: np.random.Generator) -> tuple[Observed, Ints]:
    """Give columns with less than 2 % nulls 15 % of them."""
    share = observed.nulls[:-1].sum(axis=0) / observed.world.rows[:-1].sum(axis=0)
    hit = _some(rng, np.flatnonzero(share < 0.02))
    lost = observed.nulls.copy()
    lost[-1, hit] = np.rint(0.15 * observed.world.rows[-1, hit])
    return replace(observed, nulls=lost), hit


def mean(observed: Observed, rng: np.random.Generator) -> tuple[Observed, Ints]:
    """Add two widths to the values of columns."""
    floats = observed.of_kind[0]
    places = _some(rng, np.arange(len(floats)))
    moved, cdf = observed.mean.copy(), observed.cdf.copy()
    moved[-1, places] += 2.0
    for place in places:
        cdf[-1, place] = np.interp(EDGES - 2.0, EDGES, observed.cdf[-1, place], left=0.0)
    return replace(observed, mean=moved, cdf=cdf), floats[places]


def rename(observed: Observed, rng: np.random.Generator) -> tuple[Observed, Ints]:
    """Write the most frequent label of columns in another way."""
    strings = observed.of_kind[1]
    places = _some(rng, np.arange(len(strings)))
    shares, unseen, largest = observed.shares.copy(), observed.unseen.copy(), observed.largest_unseen.copy()
    top = shares[-1, places].argmax(axis=1)
    unseen[-1, places] += shares[-1, places, top]
    largest[-1, places] = shares[-1, places, top]
    shares[-1, places, top] = 0.0
    return replace(observed, shares=shares, unseen=unseen, largest_unseen=largest), strings[places]


def rows(observed: Observed, rng: np.random.Generator) -> tuple[Observed, Ints]:
    """Lose 40 % of the rows of a table."""
    table = int(rng.integers(int(observed.world.table[-1]) + 1))
    counts = observed.world.rows.copy()
    columns = observed.world.table == table
    counts[-1, columns] = np.rint(0.6 * counts[-1, columns])
    less = replace(observed, world=replace(observed.world, rows=counts))
    kept = observed.nulls.copy()
    kept[-1, columns] = np.rint(0.6 * kept[-1, columns])
    return replace(less, nulls=kept), np.array([table])


FAULTS = (
    Fault("nulls < 2 % → 15 %", nulls),
    Fault("mean + 2 S", mean),
    Fault("top label renamed", rename),
    Fault("rows − 40 %", rows, of_tables=True),
)


@dataclass
class FirstRuns:
    """What was found.

    Attributes:
        false: Number of earlier runs → columns and tables of healthy runs with an alert, of how many.
        found: Number of earlier runs → fault → alerts at once, of how many.
        where: Each false alert in one line.
    """

    false: dict[int, Rate] = field(default_factory=dict)
    found: dict[int, dict[str, Rate]] = field(default_factory=dict)
    where: list[str] = field(default_factory=list)


def first_runs(
    seeds: Sequence[int],
    noise: str = "t4",
    histories: Sequence[int] = HISTORIES,
    settings: DecisionSettings | None = None,
) -> FirstRuns:
    """Decide small stores run after run, the runs of `histories` also with faults.

    Args:
        seeds: One store for each.
        noise: The scenario.
        histories: Numbers of earlier runs.
        settings: Of the decision rule; None: the default.
    """
    settings = settings or DecisionSettings()
    result = FirstRuns()
    for length in histories:
        hits, planted = (
            dict.fromkeys((fault.name for fault in FAULTS), 0),
            dict.fromkeys((fault.name for fault in FAULTS), 0),
        )
        false = healthy = 0
        for seed in seeds:
            observed = observe(make_world(SCENARIOS[noise], COLUMNS, length + 1, seed), seed)
            rng = np.random.default_rng([seed, length])
            broken = {fault.name: fault.break_(observed, rng) for fault in FAULTS}
            decided = list(roll(observed, settings, [variant for variant, _ in broken.values()]))
            for run in decided[: length + 1]:
                told = list(_alerts(run))
                if run.run in (length, *(() if length < max(histories) else range(length))):
                    false, healthy = false + len({name for name, _ in told}), healthy + COLUMNS + COLUMNS // TABLE
                    result.where += [f"{seed} run {run.run} {name}: {line}" for name, line in told]
            for fault, run in zip(FAULTS, decided[length + 1 :], strict=True):
                hit = broken[fault.name][1]
                names = {f"t{place:05} {TABLE_LEVEL}" if fault.of_tables else f"c{place:06}" for place in hit}
                found = {name.split(" ", 1)[1] if not fault.of_tables else name for name, _ in _alerts(run)}
                hits[fault.name] += len(names & found)
                planted[fault.name] += len(hit)
        result.false[length] = Rate(false, healthy)
        result.found[length] = {name: Rate(hits[name], planted[name]) for name in hits}
    return result


_ALERTING = pa.array(ALERTS)


def _alerts(decided: Decided) -> Iterator[tuple[str, str]]:
    """Yield the alerts of a run: the table and the column, and what is said of it."""
    rows = decided.shifts.filter(pc.is_in(decided.shifts["severity"], value_set=_ALERTING)).to_pylist()
    for row in rows:
        yield f"{row['table_name']} {row['column_name']}", f"{row['severity']} {row['statistic']}: {row['explanation']}"


def _some(rng: np.random.Generator, places: Ints) -> Ints:
    return np.sort(rng.choice(places, min(HIT, len(places)), replace=False))


def main(arguments: Sequence[str]) -> None:
    """Print what is found.

    Args:
        arguments: Number of stores, the first seed, and scenarios; ``30 8900 t4`` by default.
    """
    stores = int(arguments[0]) if arguments else 30
    first = int(arguments[1]) if len(arguments) > 1 else 8900
    for noise in arguments[2:] or ("t4",):
        found = first_runs(range(first, first + stores), noise)
        print(f"{stores} stores of {COLUMNS} columns, {noise} noise: alerts at once in %")
        for length, rates in found.found.items():
            shown = ", ".join(f"{name} {100 * rate.share:.0f}" for name, rate in rates.items())
            print(f"  {length:>2} earlier runs: {shown}; healthy: {found.false[length].per_100k()} per 100,000")
        print("\n".join(found.where))


if __name__ == "__main__":
    main(sys.argv[1:])
