from __future__ import annotations

from pathlib import Path

import pytest

from stageprint.config.loader import parse_config
from stageprint.model import TableKey
from stageprint.pipeline.lineage.places import Places

CONFIG = parse_config(
    """\
pipeline: shop
store: s
stages:
  - name: raw
    tables:
      - {name: orders, source: {format: parquet, path: "data/{run_id}/orders"}}
      - {name: items, source: {format: parquet, path: "s3a://lake/raw/items/day={run_date}/*.parquet"}}
      - {name: customers, source: {table: main.shop.customers}}
      - {name: visits, source: {sql: "SELECT * FROM main.web.visits WHERE day = DATE'{run_date}'"}}
      - {name: both, source: {sql: "SELECT * FROM main.web.a JOIN main.web.b USING (id)"}}
      - {name: daily, source: {table: "main.shop.daily_{run_date}"}}
"""
)
PLACES = Places(CONFIG)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        (f"{Path.cwd()}/data/2026-03-02/orders", "orders"),
        (f"file:{Path.cwd()}/data/2026-03-02/orders", "orders"),
        (f"file://{Path.cwd()}/data/x/orders/part-0.parquet", "orders"),
        ("s3://lake/raw/items/day=2026-03-02/part-7.parquet", "items"),
        ("s3n://lake/raw/items/day=2026-03-02/a.parquet", "items"),
        ("main.shop.customers", "customers"),
        ("shop.customers", "customers"),
        ("spark_catalog.MAIN.shop.Customers", "customers"),
        ("main.web.visits", "visits"),
        ("main.shop.daily_2026-03-02", "daily"),
        ("raw.orders", "orders"),
    ],
)
def test_a_data_set_is_a_table_by_its_place_or_name(name: str, table: str) -> None:
    assert PLACES.tables([name]) == (TableKey("raw", table),)


@pytest.mark.parametrize(
    "name",
    [
        f"{Path.cwd()}/data/2026-03-02/orders_old",
        f"{Path.cwd()}/data/2026-03-02/more/orders",
        "s3://other/raw/items/day=2026-03-02/a.parquet",
        "customers",
        "other.customers",
        "main.web.a",
        "file:///",
    ],
)
def test_another_data_set_is_none(name: str) -> None:
    assert PLACES.tables([name]) == ()


def test_of_several_names_one_is_enough() -> None:
    assert PLACES.tables(["s3://elsewhere/warehouse/customers", "main.shop.customers"]) == (
        TableKey("raw", "customers"),
    )
