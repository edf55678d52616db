"""`stageprint init catalog.schema`: the tables of a schema are found and read through Spark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from stageprint.engines.spark.catalog import CatalogReader, find_catalog_tables
from stageprint.errors import UsageError
from stageprint.pipeline.draft.draft import draft

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


def test_another_name_is_no_schema(spark: SparkSession) -> None:
    with pytest.raises(UsageError, match="'no_such_schema': expected a folder that exists, or a schema of the catalog"):
        find_catalog_tables("no_such_schema", spark)
