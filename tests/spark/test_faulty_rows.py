"""The query for the rows that a finding is about, run on planted faults: what it returns is what was planted."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from stageprint.api import compare_runs, profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.pipeline.results import Results
from stageprint.report.faulty_rows import FaultyRows, RowQuery
from stageprint.stores.opening import open_store

RUNS = [f"2026-03-{day:02}" for day in range(1, 8)]
LAST = RUNS[-1]
ROWS = 2_000

CONFIG = """\
pipeline: shop
store: {root}/store
stages:
  - name: raw
    tables:
      - name: orders
        source: {{format: parquet, path: "{root}/{{run_id}}/orders.parquet"}}
        keys: [id]
  - name: joined
    upstream: [raw]
    tables:
      - name: sold
        source: {{format: parquet, path: "{root}/{{run_id}}/sold.parquet"}}
        keys: [id]
"""

Fault = Callable[[pd.DataFrame, pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]]


def _orders(run: str) -> pd.DataFrame:
    day = RUNS.index(run)
    dice = random.Random(day)  # noqa: S311 -- data, no secret
    return pd.DataFrame(
        {
            "id": [day * ROWS + at for at in range(ROWS)],
            "price": [round(dice.lognormvariate(3, 0.5), 2) for _ in range(ROWS)],
            "country": dice.choices(["de", "fr", "pl"], [5, 3, 2], k=ROWS),
            "age": [dice.gauss(40, 9) for _ in range(ROWS)],
        }
    )


def _faulty(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["id"] % 5 == 0


def _nulls(orders: pd.DataFrame, sold: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return orders.assign(age=orders["age"].mask(_faulty(orders))), sold


def _label(orders: pd.DataFrame, sold: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return orders.assign(country=orders["country"].mask(_faulty(orders), "o'x")), sold


def _default(orders: pd.DataFrame, sold: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return orders.assign(age=orders["age"].mask(_faulty(orders), 0.0)), sold


def _clipped(orders: pd.DataFrame, sold: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    cap = float(orders["age"].quantile(0.8))
    return orders.assign(age=orders["age"].clip(upper=cap)), sold


def _lost(orders: pd.DataFrame, sold: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return orders, sold[~_faulty(sold)]


def _repeated(orders: pd.DataFrame, sold: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return orders, pd.concat([sold, sold[_faulty(sold)]])


PLANTED: dict[str, tuple[Fault, str, str]] = {
    "null_spike": (_nulls, "raw.orders", "age"),
    "unseen_category": (_label, "raw.orders", "country"),
    "default_value": (_default, "raw.orders", "age"),
    "clipping": (_clipped, "raw.orders", "age"),
    "join_lost_rows": (_lost, "joined.sold", ""),
    "join_duplicated_rows": (_repeated, "joined.sold", ""),
}


def _healthy(root: Path) -> None:
    for run in RUNS:
        orders = _orders(run)
        (root / run).mkdir(parents=True)
        orders.to_parquet(root / run / "orders.parquet", index=False)
        orders.to_parquet(root / run / "sold.parquet", index=False)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven runs without a fault, profiled."""
    root = tmp_path_factory.mktemp("faulty_rows")
    _healthy(root)
    config = parse_config(CONFIG.format(root=root))
    assert profile_runs(config, RUNS[:-1], engine="local").exit_status == 0
    return root


def _query(config: PipelineConfig, cause: str, place: str, column: str) -> RowQuery:
    results = Results(open_store(config))
    found: list[dict[str, Any]] = [one for one in results.findings(LAST) if one["cause"] == cause]
    finding = next(
        one for one in found if f"{one['stage']}.{one['table']}" == place and (one["column"] or "") in {column, ""}
    )
    query = FaultyRows(config, results.table_rows([LAST]), results.column_rows([LAST])).of(finding)
    assert query is not None
    return query


QUICK = {"join_lost_rows"}


@pytest.mark.parametrize(
    "cause", [pytest.param(one, marks=() if one in QUICK else pytest.mark.slow) for one in PLANTED]
)
def test_what_it_returns_was_planted(spark: SparkSession, healthy: Path, cause: str) -> None:
    fault, place, column = PLANTED[cause]
    config = parse_config(CONFIG.format(root=healthy))
    orders, sold = fault(_orders(LAST), _orders(LAST))
    orders.to_parquet(healthy / LAST / "orders.parquet", index=False)
    (orders if place == "raw.orders" else sold).to_parquet(healthy / LAST / "sold.parquet", index=False)
    assert profile_runs(config, [LAST], engine="local").exit_status == 0
    compare_runs(config, [LAST])
    query = _query(config, cause, place, column)
    returned = [row["id"] for row in spark.sql(query.sql).collect()]
    if cause == "clipping":
        planted = set(orders.loc[orders["age"] == orders["age"].max(), "id"])
    else:
        planted = set(orders.loc[_faulty(orders), "id"])
    assert len(set(returned) & planted) >= 0.95 * len(returned)
    assert len(set(returned) & planted) >= 0.95 * len(planted)
    if query.expected is not None:
        assert len(returned) == pytest.approx(query.expected, rel=0.02)
