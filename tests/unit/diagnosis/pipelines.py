"""A small pipeline of five tables in four stages, with a fault at any of them, and the flags it raises everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import Pair
from stageprint.diagnosis.shares import label_distance
from stageprint.model import TABLE_LEVEL, ColumnKey, ShiftRecord, TableKey, TableProfile
from tests.unit.diagnosis.scenarios import DAY, as_profile, labels, take, times

Table = dict[str, Any]
Tables = dict[str, Table]
Change = Callable[[Table, np.random.Generator], Table]

UPSTREAM = {"raw": (), "joined": ("raw",), "features": ("joined",), "serving": ("features",)}
RUNS = ("2013-01", "2013-02", "2013-03")
LAST = "2013-04"
TRIPS, PLANES, JOINED = TableKey("raw", "trips"), TableKey("raw", "planes"), TableKey("joined", "trips")
FEATURES, SERVING = TableKey("features", "features"), TableKey("serving", "log")
ORDER = (TRIPS, PLANES, JOINED, FEATURES, SERVING)
FROM = {TRIPS: (), PLANES: (), JOINED: ORDER[:2], FEATURES: ORDER[:3], SERVING: ORDER[:4]}
KEYS = {TRIPS: ("id",), PLANES: ("plane",), JOINED: ("id",), FEATURES: ("id",), SERVING: ("id",)}


def planes() -> Table:
    """Return the dimension table, the same in every run."""
    rng = np.random.default_rng(5)
    names = np.array([f"N{number:03d}" for number in range(120)])
    return {
        "plane": names,
        "seats": rng.choice([50.0, 76.0, 120.0, 180.0, 300.0], names.size) + rng.integers(0, 20, names.size),
        "built": rng.integers(1985, 2012, names.size).astype(float),
        "engines": rng.choice([1.0, 2.0, 3.0, 4.0], names.size, p=[0.1, 0.6, 0.1, 0.2]),
        "maker": rng.choice(np.array(["Airbus", "Boeing", "Embraer", "Cessna"]), names.size),
    }


def trips(rng: np.random.Generator, n: int, month: int) -> Table:
    """Return one month of the source."""
    distance = rng.gamma(2.5, 350.0, n) + 90
    return {
        "id": np.arange(month * 1_000_000, month * 1_000_000 + n),
        "at": times(rng, n, start_day=15_700 + 28 * month),
        "carrier": labels(rng, n, 9),
        "plane": np.array([f"N{number:03d}" for number in rng.integers(0, 120, n)]),
        "distance": distance,
        "delay": rng.exponential(30, n) - 12,
        "minutes": distance / rng.normal(7.5, 0.5, n) + 25,
    }


def join(left: Table, right: Table) -> Table:
    """Return the left join by plane; a repeated plane repeats rows."""
    rows, matches = [], []
    places: dict[str, list[int]] = {}
    for place, name in enumerate(right["plane"]):
        places.setdefault(str(name), []).append(place)
    for row, name in enumerate(left["plane"]):
        for place in places.get(str(name), [-1]):
            rows.append(row)
            matches.append(place)
    at = np.array(matches, dtype=np.intp)
    joined = take(left, np.array(rows, dtype=np.intp))
    for name, values in right.items():
        if name != "plane":
            empty = np.array(None, dtype=object) if values.dtype.kind == "U" else np.nan
            joined[name] = np.where(at >= 0, values[at], empty)
    return joined


def featurise(table: Table) -> Table:
    """Return the features: some taken over, some computed."""
    return {
        "id": table["id"],
        "at": table["at"],
        "carrier": table["carrier"],
        "distance": table["distance"],
        "delay": table["delay"],
        "seats": table["seats"],
        "built": table["built"],
        "hour": (table["at"] // 3_600_000_000 % 24).astype(np.int64),
        "speed": np.round(table["distance"] / table["minutes"] * 60, 3),
        "late": table["delay"] > 15,
    }


def run_tables(run: str, n: int, changes: Mapping[TableKey, Change]) -> dict[TableKey, Table]:
    """Compute one run, each table changed by its fault before the next stage reads it."""
    month = int(run[-2:])
    rng = np.random.default_rng([month, n])
    fault = np.random.default_rng([month, n, 99])

    def faulty(key: TableKey, table: Table) -> Table:
        return changes[key](dict(table), fault) if key in changes else table

    raw, dimension = faulty(TRIPS, trips(rng, n, month)), faulty(PLANES, planes())
    joined = faulty(JOINED, join(raw, dimension))
    features = faulty(FEATURES, featurise(joined))
    serving = faulty(SERVING, {name: values for name, values in features.items() if name != "built"})
    return {TRIPS: raw, PLANES: dimension, JOINED: joined, FEATURES: features, SERVING: serving}


def run_profiles(run: str, n: int, changes: Mapping[TableKey, Change]) -> dict[TableKey, TableProfile]:
    """Profile one run; tables that no fault reaches are those of the clean run."""
    touched = {key for key in ORDER if key in changes or any(below in changes for below in FROM[key])}
    tables = run_tables(run, n, changes)
    return {
        key: as_profile(key, tables[key], keys=KEYS[key]) if key in touched or not changes else clean(run, n)[key]
        for key in ORDER
    }


@cache
def clean(run: str, n: int) -> dict[TableKey, TableProfile]:
    """Profile one run without a fault; remembered, since all scenarios share the past."""
    return run_profiles(run, n, {})


def pipeline_evidence(
    changes: Mapping[TableKey, Change], n: int = 4000, *, since: Mapping[ColumnKey, tuple[str, ...]] | None = None
) -> Evidence:
    """Return the evidence of the last run with faults in it, flagged as a decision rule would."""
    runs = {run: clean(run, n) for run in RUNS} | {LAST: run_profiles(LAST, n, changes)}
    return evidence_of(runs, UPSTREAM, list(flags(runs[RUNS[-1]], runs[LAST])), flagged_runs=since, pipeline="trips")


def flags(then: Mapping[TableKey, TableProfile], now: Mapping[TableKey, TableProfile]) -> Iterator[ShiftRecord]:
    """Yield a record for each table and column that clearly moved."""
    for key, profile in now.items():
        before = then[key]
        table = ColumnKey(key.stage, key.table, TABLE_LEVEL)
        if profile.schema != before.schema:
            yield flag(table, "schema", deterministic=True)
        if abs(profile.rows / before.rows - 1) > 0.02:
            yield flag(table, "rows", effect=abs(np.log(max(profile.rows, 1) / before.rows)) / 0.05)
        for name, column in profile.columns.items():
            if name in before.columns and name != "id":
                both = Pair(Facts.of(before.columns[name]), Facts.of(column), {})
                yield from _column(ColumnKey(key.stage, key.table, name), both)


def _column(key: ColumnKey, both: Pair) -> Iterator[ShiftRecord]:
    if both.now.data_type != both.then.data_type:
        yield flag(key, "type_changed", deterministic=True)
        return
    if abs(both.missing_change) > both.missing_step:
        yield flag(key, "null_share", effect=abs(both.missing_change) / 0.02)
    gone = np.abs(np.diff([both.then.hours, both.now.hours], axis=0)).sum() / 2 if both.now.hours is not None else 0.0
    if gone > 0.12:
        yield flag(key, "hour", effect=float(gone) / 0.05)
    if both.now.temporal:
        if abs((both.now.high - both.now.low) / (both.then.high - both.then.low) - 1) > 0.1:
            yield flag(key, "spread", effect=3.0)
    elif both.ks > 1.2 * both.tolerance:
        yield flag(key, "ks", effect=both.ks / 0.03)
    elif both.now.numeric and abs(both.log_spread) > 1.5 * both.spread_tolerance + 0.05:
        yield flag(key, "spread", effect=abs(both.log_spread) / 0.08)
    elif both.now.cdf is None and label_distance(both) > 1.3 * both.label_noise:
        yield flag(key, "js_distance", effect=label_distance(both) / 0.03)


def on(column: str, change: Callable[[Any, np.random.Generator], Any]) -> Change:
    """Return a change of one column."""

    def apply(table: Table, rng: np.random.Generator) -> Table:
        return {**table, column: change(table[column], rng)}

    return apply


def keep(test: Callable[[Table, np.random.Generator], Any]) -> Change:
    """Return a change that keeps the rows that pass."""

    def apply(table: Table, rng: np.random.Generator) -> Table:
        return take(table, np.flatnonzero(test(table, rng)))

    return apply


def repeat(share: float) -> Change:
    """Return a change that repeats a share of the rows."""

    def apply(table: Table, rng: np.random.Generator) -> Table:
        size = len(next(iter(table.values())))
        return take(table, np.concatenate([np.arange(size), rng.choice(size, int(share * size), replace=False)]))

    return apply


def lose(share: float) -> Callable[[Any, np.random.Generator], Any]:
    """Return a change that makes a share of a column's numbers null."""
    return lambda values, rng: np.where(rng.random(values.size) < share, np.nan, values)


def hours(count: float) -> Callable[[Any, np.random.Generator], Any]:
    """Return a change that moves timestamps."""
    return lambda values, _: values + round(count * DAY / 24)
