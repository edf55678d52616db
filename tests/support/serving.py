"""Serving profilers of a small table, and what a profile of the same rows says without them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from stageprint.batch.arrow_types import kind_of, spark_type_name
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.fingerprint import TableFingerprint, TablePlan, column_profile, plan_column
from stageprint.metrics.base import Value, evaluate_all
from stageprint.serving import ServingProfiler
from stageprint.serving.window_merge import merge_windows, reduce_rejected_columns
from stageprint.serving.windows import Window, read_window

RUN = "2026-03-02"


def requests(rows: int = 6000, seed: int = 11) -> pa.Table:
    """Return what a service was asked, a column of each kind with nulls; the same for the same seed."""
    random = np.random.default_rng(seed)
    start = dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)
    seconds = random.integers(0, 86_400, rows)
    return pa.table(
        {
            "request_id": pa.array(np.arange(rows) + 10_000),
            "country": pa.array(random.choice(["DE", "FR", "GB"], rows), mask=random.random(rows) < 0.1),
            "session": pa.array([f"s{value}" for value in random.integers(0, 10**9, rows)]),
            "amount": pa.array(np.round(random.lognormal(3, 1, rows), 2), mask=random.random(rows) < 0.05),
            "items": pa.array(random.poisson(3, rows)),
            "price": pa.array([Decimal(int(cents)).scaleb(-2) for cents in random.integers(1, 9_999, rows)]).cast(
                pa.decimal128(38, 18)
            ),
            "express": pa.array(random.random(rows) < 0.3, mask=random.random(rows) < 0.02),
            "day": pa.array(random.integers(20_000, 20_030, rows).astype("int32"), pa.date32()),
            "asked_at": pa.array([start + dt.timedelta(seconds=int(s)) for s in seconds], pa.timestamp("us", "UTC")),
            "tags": pa.array([[1] if value else None for value in random.integers(0, 2, rows)], pa.list_(pa.int64())),
        }
    )


def yaml(root: Path) -> str:
    """Return the configuration of a pipeline with one serving table."""
    return f"""\
pipeline: shop
store: {root}/store
stages:
  - name: serving
    role: serving
    tables:
      - name: requests
        source: {{format: stageprint, path: "{root}/profiles/{{run_id}}/"}}
        keys: [request_id, country]
        event_time: asked_at
        columns: {{theta: [session]}}
"""


def config(root: Path) -> PipelineConfig:
    """Return the pipeline's configuration, parsed."""
    return parse_config(yaml(root))


def profiler(root: Path, **changes: Any) -> ServingProfiler:
    """Return a profiler that raises, names its replica and never writes by itself."""
    given: dict[str, Any] = {"run": RUN, "replica": "one", "flush_seconds": 3600.0, "on_error": "raise"} | changes
    return ServingProfiler(given.pop("config", None) or config(root), **given)


def windows(root: Path, run: str = RUN) -> list[Window]:
    """Return every window written for a run."""
    return [read_window(path.read_bytes()) for path in sorted((root / "profiles" / run).glob("*.parquet"))]


def merged(root: Path, run: str = RUN) -> Window:
    """Return all windows of a run as one."""
    return reduce_rejected_columns(merge_windows(windows(root, run)))


def metrics(window: Window) -> dict[str, tuple[dict[str, Value], dict[str, str]]]:
    """Return each column's metrics, and why others are not computable."""
    return {
        column.path: evaluate_all(column_profile(window.plan, index, window.states[index]))
        for index, column in enumerate(window.plan.columns)
        if column.states
    }


def one_shot(table: pa.Table, keys: tuple[tuple[str, ...], ...] = (), theta: tuple[str, ...] = ()) -> TableFingerprint:
    """Return the fingerprint that the general path makes of the same rows."""
    columns = tuple(
        plan_column(field.name, place, spark_type_name(field.type), kind_of(field.type), theta=field.name in theta)
        for place, field in enumerate(table.schema)
    )
    found = TableFingerprint(TablePlan(columns, keys))
    for batch in table.to_batches(max_chunksize=10_000):
        found.update(batch)
    return found
