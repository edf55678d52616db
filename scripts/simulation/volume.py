"""The rows of healthy tables, and of tables that lost some: how often `volume_record` speaks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.simulation.figures import Rate
from stageprint.shifts.table._record import record

Floats = NDArray[np.float64]

HISTORIES = (2, 3, 5, 7, 11, 21, 28)
"""Numbers of earlier runs."""

FAULTS = {
    "healthy": 1.0,
    "−10 %": 0.9,
    "−20 %": 0.8,
    "−40 %": 0.6,
    "−50 %": 0.5,
    "÷ 10": 0.099,
    "× 1.6": 1.6,
    "× 2": 2.0,
    "× 10": 10.1,
}
"""Name → factor on the rows of the last run."""

FIRST_DAY = dt.date(2026, 3, 2)
LONGEST = 28


@dataclass(frozen=True)
class Tables:
    """How the rows of tables vary.

    Attributes:
        name: What they are called.
        spread: Smallest and largest standard deviation of the log rows, log-uniform.
        persistence: Autocorrelations that they may have.
        weekend: Change of the log rows at week-ends, and the share of tables for each.
        growth: Largest growth of the log rows from one run to the next; the least is 0.
    """

    name: str
    spread: tuple[float, float]
    persistence: tuple[float, ...]
    weekend: tuple[tuple[float, float], ...]
    growth: float = 0.0


WORLDS = (
    Tables("of the simulated stores", (0.08, 0.08), (0.0,), ((0.0, 0.7), (-0.4, 0.3))),
    Tables("steady", (0.002, 0.05), (0.0, 0.5), ((0.0, 1.0),)),
    Tables("very uneven", (0.02, 0.5), (0.0, 0.25, 0.5), ((0.0, 0.6), (-0.4, 0.2), (-1.0, 0.1), (0.5, 0.1))),
    Tables("that grow", (0.02, 0.5), (0.0, 0.5), ((0.0, 0.6), (-0.4, 0.4)), growth=0.1),
)


def rows_of(tables: Tables, count: int, runs: int, seed: int) -> tuple[Floats, NDArray[np.int64]]:
    """Return the rows of healthy tables (first axis: run), with heavy-tailed shocks, and the weekday of the first run.

    Args:
        tables: How they vary.
        count: Number of tables.
        runs: Number of runs, a day each.
        seed: Of the random generator.
    """
    rng = np.random.default_rng([seed, count, runs])
    spread = np.exp(rng.uniform(np.log(tables.spread[0]), np.log(tables.spread[1]), count))
    keep = rng.choice(tables.persistence, count)
    shocks = rng.standard_t(4, (runs, count)) / np.sqrt(2)
    level = np.empty((runs, count))
    level[0] = shocks[0]
    for run in range(1, runs):
        level[run] = keep * level[run - 1] + np.sqrt(1 - keep**2) * shocks[run]
    first = rng.integers(0, 7, count)
    depth = rng.choice([change for change, _ in tables.weekend], count, p=[share for _, share in tables.weekend])
    at_weekend = (np.arange(runs)[:, None] + first) % 7 >= 5
    trend = (rng.normal(0, 0.003, count) + rng.uniform(0, tables.growth, count)) * np.arange(runs)[:, None]
    size = np.exp(rng.uniform(np.log(1e3), np.log(1e7), count))
    return np.rint(size * np.exp(spread * level + depth * at_weekend + trend)), first


def found(
    tables: Tables, count: int, seed: int, level: float, histories: Sequence[int] = HISTORIES
) -> dict[int, dict[str, Rate]]:
    """Return number of earlier runs → fault → tables in which the last run's p value is at most `level`."""
    rows, first = rows_of(tables, count, max(histories) + 1, seed)
    tally: dict[int, dict[str, Rate]] = {}
    for history in histories:
        hits = dict.fromkeys(FAULTS, 0)
        for table in range(count):
            days = [FIRST_DAY + dt.timedelta(days=int(first[table]) + run) for run in range(history + 1)]
            past = rows[:history, table].tolist()[-LONGEST:]
            for name, factor in FAULTS.items():
                now = float(np.rint(rows[history, table] * factor))
                hits[name] += record(now, past, days[-1], days[:-1][-LONGEST:]).p <= level
        tally[history] = {name: Rate(hit, count) for name, hit in hits.items()}
    return tally


def main(count: int = 4000, seed: int = 2300, level: float = 1.25e-3) -> None:
    """Print the rates of every world."""
    for tables in WORLDS:
        print(f"Tables {tables.name}: {count:,}, p <= {level:g}; found in %, healthy per 10,000")
        for history, rates in found(tables, count, seed, level).items():
            shown = ", ".join(f"{name} {100 * rate.share:.0f}" for name, rate in rates.items() if name != "healthy")
            print(f"  {history:>2} earlier runs: healthy {1e4 * rates['healthy'].share:.1f}; {shown}")


if __name__ == "__main__":
    main()
