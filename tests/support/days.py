"""A pipeline of one or two stages over daily runs made of rows, profiled and compared without Spark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from stageprint.config.loader import build_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.model import Finding
from stageprint.pipeline.compare import compare
from tests.support.memory_engine import profiled_store

Columns = dict[str, Any]
Fault = Callable[[Columns, np.random.Generator], Columns]

HOUR = 3_600_000_000
DAY = 24 * HOUR


def run_name(day: int) -> str:
    """Return the name of the run of a day, counted from 1."""
    return str(np.datetime64("2026-03-01") + (day - 1))


def config_of(tables: Sequence[str] = ("orders",), *, stages: Sequence[str] = ("raw",), **more: Any) -> PipelineConfig:
    """Return a pipeline whose stages follow each other, each with the same tables; `more` is said of every table."""
    described = []
    for place, stage in enumerate(stages):
        named = [{"name": name, "source": {"table": f"{stage}_{name}"}, **more} for name in tables]
        described.append({"name": stage, "tables": named, **({"upstream": [stages[place - 1]]} if place else {})})
    return build_config({"pipeline": "days", "store": "unused", "stages": described})


def orders(day: int, rows: int = 400) -> tuple[Columns, np.random.Generator]:
    """Return the healthy rows of a day and the generator that faults of that day draw from."""
    rng = np.random.default_rng([day, rows])
    start = (20_513 + day) * DAY
    hours = np.array([1, 1, 1, 1, 1, 2, 5, 8, 9, 8, 6, 5, 6, 7, 8, 9, 9, 8, 7, 5, 3, 2, 2, 1], dtype=float)
    columns: Columns = {
        "id": np.arange(day * 10_000, day * 10_000 + rows),
        "at": start + rng.choice(24, rows, p=hours / hours.sum()) * HOUR + rng.integers(0, HOUR, rows),
        "price": np.round(rng.lognormal(3, 0.6, rows), 2),
        "amount": np.round(rng.gamma(3.0, 12.0, rows), 2),
        "weight": np.round(rng.normal(70, 9, rows), 1),
        "distance": np.round(rng.exponential(11, rows), 2),
        "paid_by": rng.choice(np.array(["card", "cash", "voucher"]), rows, p=[0.7, 0.25, 0.05]),
        "city": rng.choice(np.array(["Aachen", "Bonn", "Celle", "Dresden"]), rows, p=[0.4, 0.3, 0.2, 0.1]),
        "rating": rng.choice(5, rows, p=[0.1, 0.1, 0.2, 0.3, 0.3]) + 1.0,
        "clicks": rng.poisson(4, rows).astype(float),
    }
    return columns, rng


def arrow(columns: Columns) -> pa.Table:
    """Return rows as an Arrow table: NaN and None are nulls, the column `at` is a timestamp."""
    arrays = {}
    for name, values in columns.items():
        if isinstance(values, pa.Array):
            arrays[name] = values
        elif name == "at":
            arrays[name] = pa.array(values, pa.timestamp("us", "UTC"))
        elif values.dtype.kind in "UO":
            arrays[name] = pa.array([None if value is None else str(value) for value in values], pa.string())
        else:
            arrays[name] = pa.array(values, from_pandas=True)
    return pa.table(arrays)


def lose(column: str, share: float) -> Fault:
    """Return a fault that makes a share of a column's values null."""

    def apply(table: Columns, rng: np.random.Generator) -> Columns:
        values = table[column]
        empty = None if values.dtype.kind in "UO" else np.nan
        gone = rng.random(len(values)) < share
        return {**table, column: np.where(gone, empty, values if empty is not None else values.astype(object))}

    return apply


def change(column: str, how: Callable[[Any], Any]) -> Fault:
    """Return a fault that changes the values of a column."""
    return lambda table, _: {**table, column: how(table[column])}


def without(*columns: str) -> Fault:
    """Return a fault that leaves columns out."""
    return lambda table, _: {name: values for name, values in table.items() if name not in columns}


def found_in(
    days: int,
    faults: Mapping[int, Sequence[Fault]],
    *,
    lasting: Sequence[tuple[int, Fault]] = (),
    config: PipelineConfig | None = None,
    rows: int = 400,
) -> dict[int, list[Finding]]:
    """Return the findings of each day.

    Args:
        days: Number of daily runs.
        faults: Day → what is wrong on it.
        lasting: Faults from a day on.
        config: The pipeline, of one stage `raw` and one table `orders`.
        rows: Rows a day.
    """
    config = config or config_of()
    tables: dict[str, dict[str, pa.Table]] = {}
    for day in range(1, days + 1):
        table, rng = orders(day, rows)
        for fault in (*(fault for since, fault in lasting if day >= since), *faults.get(day, ())):
            table = fault(table, rng)
        tables[run_name(day)] = {"raw.orders": arrow(table)}
    store = profiled_store(config, tables)
    outcome = compare(config, list(tables), store=store)
    return {
        day: [finding for finding in outcome.findings if finding.run_id == run_name(day)] for day in range(1, days + 1)
    }
