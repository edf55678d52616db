"""A small pipeline of a shop: daily runs, two stages, healthy unless told otherwise. No Spark, no names of the demo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig

Fault = Callable[[pa.Table], pa.Table]

ROWS = 2_000
COUNTRIES = ("DE", "FR", "GB", "IT", "PL")


def days(count: int) -> list[str]:
    """Return the first `count` runs."""
    return [(dt.date(2026, 3, 2) + dt.timedelta(days=day)).isoformat() for day in range(count)]


def orders(run: str, rows: int = ROWS) -> pa.Table:
    """Return one day's orders; the seed is the day, so every call gives the same."""
    date = dt.date.fromisoformat(run)
    random = np.random.default_rng(date.toordinal())
    midnight = dt.datetime.combine(date, dt.time(), dt.timezone.utc)
    seconds = np.sort(random.triangular(0, 50_000, 86_400, rows).astype(int))
    return pa.table(
        {
            "order_id": pa.array(np.arange(rows) + date.toordinal() * 100_000),
            "country": pa.array(random.choice(COUNTRIES, rows, p=[0.4, 0.25, 0.2, 0.1, 0.05])),
            "price": pa.array(np.round(random.lognormal(3, 0.8, rows), 2), mask=random.random(rows) < 0.02),
            "items": pa.array(random.poisson(2, rows) + 1),
            "express": pa.array(random.random(rows) < 0.3),
            "ordered_at": pa.array(
                [midnight + dt.timedelta(seconds=int(s)) for s in seconds], pa.timestamp("us", "UTC")
            ),
        }
    )


def features(table: pa.Table) -> pa.Table:
    """Return the feature table computed from the orders."""
    return table.select(["order_id", "country", "price", "items", "ordered_at"])


def tables(
    runs: Sequence[str], faults: Mapping[tuple[str, str], Fault] | None = None
) -> dict[str, dict[str, pa.Table]]:
    """Return the runs' tables by ``stage.table``; `faults` maps (run, stage) to what happens to that stage's table."""
    faults = faults or {}
    found = {}
    for run in runs:
        raw = faults.get((run, "raw"), _same)(orders(run))
        made = faults.get((run, "features"), _same)(features(raw))
        found[run] = {"raw.orders": raw, "features.order_features": made}
    return found


def write(root: Path, runs: Sequence[str], faults: Mapping[tuple[str, str], Fault] | None = None) -> None:
    """Write the runs' tables where the configuration has their sources."""
    for run, found in tables(runs, faults).items():
        for name, table in found.items():
            stage, file = name.split(".")
            folder = root / "data" / run / stage
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, folder / f"{file}.parquet")


def lose_a_fifth(table: pa.Table) -> pa.Table:
    """Return a table without every fifth row."""
    return table.filter(pa.array([row % 5 != 0 for row in range(table.num_rows)]))


def in_cents(table: pa.Table) -> pa.Table:
    """Return a table whose prices are a hundred times as high."""
    return table.set_column(table.column_names.index("price"), "price", pc.multiply(table["price"], 100))


def yaml(root: Path) -> str:
    """Return the pipeline's configuration."""
    return f"""\
pipeline: shop
store: {root}/store
stages:
  - name: raw
    tables:
      - name: orders
        source: {{format: parquet, path: "{root}/data/{{run_id}}/raw/orders.parquet"}}
        keys: [order_id]
        event_time: ordered_at
  - name: features
    upstream: [raw]
    tables:
      - name: order_features
        source: {{format: parquet, path: "{root}/data/{{run_id}}/features/order_features.parquet"}}
        keys: [order_id]
        event_time: ordered_at
"""


def config(root: Path) -> PipelineConfig:
    """Return the pipeline's configuration, parsed."""
    return parse_config(yaml(root))


def checked(root: Path) -> PipelineConfig:
    """Return the pipeline's configuration with a declared check in each stage, parsed."""
    return parse_config(checked_yaml(root))


def checked_yaml(root: Path) -> str:
    """Return the pipeline's configuration with a declared check in each stage."""
    raw = yaml(root).replace(
        "event_time: ordered_at\n", "event_time: ordered_at\n        checks: [{unique: order_id}]\n", 1
    )
    return raw + "        checks: [{retention: {min_share: 1.0}}]\n"


def _same(table: pa.Table) -> pa.Table:
    return table
