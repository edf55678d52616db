"""`stageprint init catalog.schema`: the tables of a schema are found and read through Spark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from stageprint.config.loader import parse_config
from stageprint.config.sources import Source
from stageprint.engines.local.sources import list_tables as local_tables
from stageprint.engines.spark.catalog import CatalogReader, find_catalog_tables
from stageprint.engines.spark.engine import SparkEngine
from stageprint.engines.spark.patterns import list_tables
from stageprint.errors import UsageError
from stageprint.pipeline.draft.draft import draft
from stageprint.pipeline.profile import profile
from stageprint.stores.memory import MemoryStore

SCHEMA = "init_shop"


@pytest.fixture
def shop(spark: SparkSession) -> Iterator[str]:
    spark.sql(f"CREATE SCHEMA {SCHEMA}")
    spark.sql(f"CREATE TABLE {SCHEMA}.customers USING parquet AS SELECT id AS customer_id FROM range(50)")
    spark.sql(
        f"CREATE TABLE {SCHEMA}.orders USING parquet AS SELECT id AS order_id, id % 40 AS customer_id, "
        "timestamp_seconds(id * 60) AS ordered_at FROM range(500)"
    )
    yield SCHEMA
    spark.sql(f"DROP SCHEMA {SCHEMA} CASCADE")


def test_tables_keys_references_and_times(spark: SparkSession, shop: str) -> None:
    found = find_catalog_tables(shop, spark)
    made = draft(found, reader=CatalogReader(spark), where=shop, pipeline="shop", store="./s")
    tables = {table.found.full_name: table for table in made.new}
    assert {name: table.found.source for name, table in tables.items()} == {
        "init_shop.customers": {"table": "init_shop.customers"},
        "init_shop.orders": {"table": "init_shop.orders"},
    }
    orders = tables["init_shop.orders"]
    assert orders.keys is not None
    assert orders.event_time is not None
    assert (orders.keys.value, orders.event_time.value) == (("order_id",), "ordered_at")
    assert {column: one.value for column, one in orders.references.items()} == {
        "customer_id": "init_shop.customers.customer_id"
    }


def test_partitions_that_are_runs(spark: SparkSession, shop: str) -> None:
    spark.sql(
        f"CREATE TABLE {shop}.sales USING parquet PARTITIONED BY (dt) AS "
        "SELECT id AS sale_id, date_add(date '2026-03-01', int(id % 3)) AS dt FROM range(90)"
    )
    spark.sql(
        f"CREATE TABLE {shop}.stores USING parquet PARTITIONED BY (country) AS SELECT 1 AS store_id, 'NO' AS country"
    )
    found = {table.name: table for table in find_catalog_tables(shop, spark)}
    sales, stores = found["sales"], found["stores"]
    assert sales.source == {"sql": f"SELECT * FROM `{shop}`.`sales` WHERE `dt` = '{{run_id}}'"}
    assert sales.runs == ("2026-03-01", "2026-03-02", "2026-03-03")
    assert (stores.source, stores.runs) == ({"table": f"{shop}.stores"}, ())
    assert CatalogReader(spark).sample(sales, "2026-03-02", 100).rows.num_rows == 30
    made = draft([sales], reader=CatalogReader(spark), where=shop, pipeline="shop", store="./s")
    config = parse_config(made.text)
    assert config.table(shop, "sales").keys == ("sale_id",)
    assert "its partitions by dt are the runs; name them with --run" in " ".join(made.text.replace("#", " ").split())


def test_another_name_is_no_schema(spark: SparkSession) -> None:
    with pytest.raises(UsageError, match="'no_such_schema': expected a folder that exists, or a schema of the catalog"):
        find_catalog_tables("no_such_schema", spark)


def test_tables_of_a_schema_join_by_a_pattern(spark: SparkSession, shop: str) -> None:
    assert list_tables(spark, Source(table=f"{shop}.*"), "r1") == ["customers", "orders"]
    assert list_tables(spark, Source(table=f"{shop}.ORD*"), "r1") == ["ers"]
    config = parse_config(
        f"pipeline: p\nstore: s\nstages:\n  - name: raw\n    match: {{table: {shop}.*, exclude: [cust*]}}\n"
    )
    store = MemoryStore("p")
    outcome = profile(config, ["r1"], engine=SparkEngine(spark), store=store)
    assert [(str(one.key), one.rows) for one in outcome.tables] == [("raw.orders", 500)]
    spark.sql(f"DROP TABLE {shop}.orders")
    outcome = profile(config, ["r2"], engine=SparkEngine(spark), store=store)
    assert [(str(one.key), one.status) for one in outcome.tables] == [("raw.orders", "failed")]


def test_a_pattern_of_paths_lists_what_the_local_engine_lists(spark: SparkSession, tmp_path: Path) -> None:
    for name in ("a.parquet", "b.parquet", "_c.parquet", "d.csv"):
        (tmp_path / name).touch()
    (tmp_path / "lake" / "_delta_log").mkdir(parents=True)
    (tmp_path / "plain").mkdir()
    for source in (
        Source(format="parquet", path=f"{tmp_path}/*.parquet"),
        Source(format="parquet", path=f"{tmp_path}/*"),
        Source(format="csv", path=f"{tmp_path}/*"),
        Source(format="delta", path=f"{tmp_path}/*"),
        Source(format="csv", path=f"{tmp_path}/none/*"),
    ):
        assert list_tables(spark, source, "r1") == local_tables(source, "r1"), source
