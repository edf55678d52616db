"""Unity Catalog's table of lineage, as Spark reads one of its schema."""

from __future__ import annotations

from pyspark.sql import SparkSession

from stageprint.config.loader import parse_config
from stageprint.model import TableKey
from stageprint.opening import open_lineage

SCHEMA = """
account_id string, metastore_id string, workspace_id string, entity_type string, entity_id string, entity_run_id string,
source_table_full_name string, source_table_catalog string, source_table_schema string, source_table_name string,
source_path string, source_type string, source_column_name string,
target_table_full_name string, target_table_catalog string, target_table_schema string, target_table_name string,
target_path string, target_type string, target_column_name string,
created_by string, event_time timestamp, event_date date
"""
CONFIG = """
pipeline: shop
store: s
lineage: {{unity_catalog: {table}}}
stages:
  - name: raw
    tables: [{{name: orders, source: {{table: main.shop.orders}}}}]
  - name: features
    upstream: [raw]
    tables: [{{name: basket, source: {{format: delta, path: "s3://lake/basket"}}}}]
"""


def test_the_tables_columns_are_read_and_old_rows_are_not(spark: SparkSession) -> None:
    source = ("main.shop.orders", "main", "shop", "orders", None, "TABLE")
    target = (None, None, None, None, "s3://lake/basket", "PATH")
    rows = [
        (*("a", "m", "w", "JOB", "1", "2"), *source, origin, *target, made, "someone", None, None)
        for origin, made in (("price", "revenue"), ("price", None), (None, "revenue"), ("id", "old"))
    ]
    frame = spark.createDataFrame(rows, SCHEMA)
    dated = frame.selectExpr(
        *(name for name in frame.columns if name != "event_date"),
        "date_sub(current_date(), CASE WHEN target_column_name = 'old' THEN 90 ELSE 1 END) AS event_date",
    )
    dated.createOrReplaceTempView("column_lineage")
    try:
        found = open_lineage(parse_config(CONFIG.format(table="column_lineage")), spark)
    finally:
        spark.catalog.dropTempView("column_lineage")
    basket, orders = TableKey("features", "basket"), TableKey("raw", "orders")
    assert found.columns == {basket.column("revenue"): {orders.column("price"): ("unity_catalog",)}}
    assert found.notes == ()


def test_a_table_that_is_not_granted_is_a_note(spark: SparkSession) -> None:
    found = open_lineage(parse_config(CONFIG.format(table="true")), spark)
    (note,) = found.notes
    assert note.startswith("lineage of unity_catalog is not used: system.access.column_lineage cannot be read")
    assert "Traceback" not in note
    assert "\n" not in note
