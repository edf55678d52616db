"""Healthy tables that are hard to judge: seasons, holidays and growth; sparse counts, tiny tables, price lists.

Nothing is wrong in any of them, so every alert is false. The sizes are assumptions, stated here. What a holiday or a
month end does differs from table to table.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from scripts.yardsticks.judging import Alert, alerts, judge
from scripts.yardsticks.profiles import config_of, profiled
from scripts.yardsticks.sets import Runs
from stageprint.stores.memory import MemoryStore

FIRST_DAY: Final = dt.date(2025, 10, 20)
DAYS: Final = 84
"""Runs a store has, one a day: four week-ends of months, and the public holidays around Christmas."""

HOLIDAYS: Final = frozenset(
    dt.date(*day) for day in ((2025, 12, 25), (2025, 12, 26), (2026, 1, 1), (2025, 12, 24), (2025, 12, 31))
)
"""Holidays of Germany in that time, with the two days on which shops close at noon."""

Day = tuple[int, dt.date]
"""Number of the run, and its date."""

Make = Callable[[np.random.Generator], Callable[[Day], pa.Table]]
"""A table: draws how it behaves, and returns its rows of each day."""


@dataclass(frozen=True)
class World:
    """Tables of one kind of trouble.

    Attributes:
        name: Its name in results.
        makes: Name of a table → how it is made.
    """

    name: str
    makes: Mapping[str, Make]


@dataclass(frozen=True)
class WorldRun:
    """A table in a run.

    Attributes:
        world: The world.
        store: Number of the store.
        table: The table.
        run: The run.
        special: Whether it is a holiday, or the first or last day of a month.
        severity: The worst alert's; empty: there is none.
        cause: Its cause.
    """

    world: str
    store: int
    table: str
    run: str
    special: bool
    severity: str
    cause: str


def special(day: dt.date) -> bool:
    """Return whether a day is a holiday, or the first or last of a month."""
    return day in HOLIDAYS or day.day == 1 or (day + dt.timedelta(days=1)).day == 1


def _shop(rng: np.random.Generator) -> Callable[[Day], pa.Table]:
    """Orders: weekday, holiday, month end and growth move rows, amounts and channels."""
    base = float(np.exp(rng.uniform(np.log(300), np.log(3000))))
    weekday = np.exp(rng.normal(0, 0.25, 7))
    on_holiday, at_month_end = rng.uniform(0.25, 0.7), rng.uniform(1.0, 1.8)
    growth, level = rng.uniform(-0.001, 0.004), rng.normal(3, 0.5)
    dearer, moved = rng.normal(0, 0.15), rng.uniform(0.0, 0.2)

    def rows(day: Day) -> pa.Table:
        number, date = day
        holiday, end = date in HOLIDAYS, special(date) and date not in HOLIDAYS
        factor = weekday[date.weekday()] * np.exp(growth * number + rng.normal(0, 0.05))
        count = max(20, int(base * factor * (on_holiday if holiday else 1) * (at_month_end if end else 1)))
        share = 0.55 - (moved if holiday else 0) + rng.normal(0, 0.01)
        seconds = rng.integers(0, 86_400, count)
        start = dt.datetime.combine(date, dt.time())
        return pa.table(
            {
                "amount": np.exp(level + rng.normal(0, 0.03) + (dearer if holiday else 0) + rng.normal(0, 0.8, count)),
                "items": rng.poisson(2.5, count) + 1,
                "channel": np.where(rng.random(count) < share, "web", np.where(rng.random(count) < 0.7, "shop", "app")),
                "coupon": pa.array(rng.choice(["A", "B", "C"], count), mask=rng.random(count) < 0.8),
                "ordered_at": pa.array([start + dt.timedelta(seconds=int(one)) for one in np.sort(seconds)]),
            }
        )

    return rows


def _counts(rng: np.random.Generator) -> Callable[[Day], pa.Table]:
    """Counts that are nearly all 0."""
    zeros, size = rng.uniform(0.85, 0.98), int(rng.integers(300, 2000))

    def rows(day: Day) -> pa.Table:
        del day
        share = float(np.clip(zeros + rng.normal(0, 0.01), 0, 0.995))
        values = {
            f"count_{column}": np.where(rng.random(size) < share, 0, rng.negative_binomial(1, 0.2, size))
            for column in range(4)
        }
        return pa.table(values)

    return rows


def _swings(rng: np.random.Generator) -> Callable[[Day], pa.Table]:
    """Rows that go up and down tenfold."""
    base, swing = rng.uniform(200, 2000), rng.uniform(0.6, 1.0)

    def rows(day: Day) -> pa.Table:
        del day
        count = max(5, int(base * np.exp(rng.normal(0, swing))))
        return pa.table(
            {"value": rng.normal(50, 10, count), "kind": rng.choice(["x", "y", "z"], count, p=[0.6, 0.3, 0.1])}
        )

    return rows


def _tiny(rng: np.random.Generator) -> Callable[[Day], pa.Table]:
    """Fewer than 100 rows."""
    size = int(rng.integers(8, 80))

    def rows(day: Day) -> pa.Table:
        del day
        count = max(3, int(rng.poisson(size)))
        return pa.table(
            {
                "score": rng.gamma(2.0, 3.0, count),
                "grade": rng.choice(["a", "b", "c", "d"], count, p=[0.5, 0.3, 0.15, 0.05]),
                "note": pa.array(rng.choice(["late", "early"], count), mask=rng.random(count) < 0.7),
                "flag": rng.random(count) < 0.3,
            }
        )

    return rows


def _identifiers(rng: np.random.Generator) -> Callable[[Day], pa.Table]:
    """Random and rising identifiers, free texts."""
    size, last = int(rng.integers(200, 1500)), int(rng.integers(10, 10_000_000))

    def rows(day: Day) -> pa.Table:
        nonlocal last
        del day
        count = int(rng.poisson(size))
        numbers = np.arange(last, last + count)
        last += count
        return pa.table(
            {
                "id": numbers,
                "token": [rng.bytes(8).hex() for _ in range(count)],
                "reference": [f"R-{number:d}" for number in numbers],
                "user": rng.zipf(1.6, count) % 5_000,
            }
        )

    return rows


def _prices(rng: np.random.Generator) -> Callable[[Day], pa.Table]:
    """A price list that is delivered whole, and changes every third run."""
    size = int(rng.integers(100, 800))
    price = np.round(np.exp(rng.normal(3, 1, size)), 2)
    group = rng.choice(["tools", "paint", "wood", "garden"], size)

    def rows(day: Day) -> pa.Table:
        nonlocal price
        if day[0] % 3 == 0:
            hit = rng.random(size) < rng.uniform(0.02, 0.3)
            price = np.round(np.where(hit, price * rng.uniform(0.9, 1.15, size), price), 2)
        return pa.table({"article": np.arange(size), "price": price, "group": group})

    return rows


WORLDS: Final = (
    World("seasonal", {f"orders_{number}": _shop for number in range(4)}),
    World("sparse", {"counts": _counts, "swings": _swings, "tiny": _tiny, "ids": _identifiers, "prices": _prices}),
)


def made(world: World, seed: int) -> Runs:
    """Return the runs of a store."""
    tables = {
        name: make(np.random.default_rng([seed, number])) for number, (name, make) in enumerate(world.makes.items())
    }
    days = [(number, FIRST_DAY + dt.timedelta(days=number)) for number in range(DAYS)]
    return {str(date): {name: rows((number, date)) for name, rows in tables.items()} for number, date in days}


def judged(world: World, store: int, seed: int, calendar: Mapping[str, Any] | None = None) -> Iterator[WorldRun]:
    """Yield each table of each run of a store, with its worst alert.

    Args:
        world: The world.
        store: Number of the store.
        seed: Of the first store.
        calendar: The block ``calendar`` of the configuration; None: there is none.
    """
    rows = made(world, seed + store)
    config = config_of(f"{world.name}-{store}", world.makes, calendar)
    profiles = profiled(config, rows, keep=False)
    for run, findings in judge(config, profiles, list(rows), MemoryStore(config.pipeline)):
        found: dict[str, Alert] = {}
        for alert in alerts(findings):
            found.setdefault(alert.table, alert)
        for table in world.makes:
            worst = found.get(table)
            yield WorldRun(
                world.name,
                store,
                table,
                run,
                special(dt.date.fromisoformat(run)),
                "" if worst is None else worst.severity,
                "" if worst is None else worst.cause,
            )


def figures(found: Sequence[WorldRun]) -> dict[str, dict[str, Any]]:
    """Return for each world how many table-runs have an alert, in all and on special days, and the causes."""
    result: dict[str, dict[str, Any]] = {}
    for world in dict.fromkeys(one.world for one in found):
        some = [one for one in found if one.world == world]
        days = [one for one in some if one.special]
        causes = Counter(f"{one.table.split('_')[0]}: {one.cause}" for one in some if one.severity)
        result[world] = {
            "stores": len({one.store for one in some}),
            "table_runs": len(some),
            "with_alert": sum(bool(one.severity) for one in some),
            "with_critical": sum(one.severity == "critical" for one in some),
            "special_table_runs": len(days),
            "special_with_alert": sum(bool(one.severity) for one in days),
            "causes": dict(causes.most_common()),
        }
    return result


def text(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the figures as lines for a terminal."""
    return "\n".join(
        f"{name}: {one['stores']} stores, {one['with_alert']} of {one['table_runs']} table-runs with an alert "
        f"({one['with_critical']} critical); on holidays and at month ends {one['special_with_alert']} of "
        f"{one['special_table_runs']}\n  {one['causes']}"
        for name, one in found.items()
    )
