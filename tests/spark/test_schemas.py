"""`stageprint validate` of catalog tables and queries: their columns come from Spark's analyser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from stageprint.config.loader import load_config
from stageprint.engines.local.schemas import LocalSchemas
from stageprint.engines.spark.schemas import SparkSchemas
from stageprint.pipeline.validate import Validated, validate

SCHEMA = "validate_shop"


@pytest.fixture
def orders(spark: SparkSession) -> Iterator[str]:
    spark.sql(f"CREATE SCHEMA {SCHEMA}")
    spark.sql(
        f"CREATE TABLE {SCHEMA}.orders USING parquet AS SELECT id AS order_id, named_struct('city', 'x') AS address, "
        "timestamp_seconds(id) AS ordered_at FROM range(5)"
    )
    yield f"{SCHEMA}.orders"
    spark.sql(f"DROP SCHEMA {SCHEMA} CASCADE")


def validated(spark: SparkSession, root: Path, table: str, keys: str) -> Validated:
    (root / "shop.yml").write_text(
        f"""\
pipeline: shop
store: ./s
stages:
  - name: raw
    tables:
      - {{name: orders, source: {{table: {table}}}, keys: [{keys}], event_time: ordered_at, slices: [address.city]}}
      - {{name: some, source: {{sql: "SELECT order_id AS id FROM {table} WHERE run = '{{run_id}}'"}}, keys: [id]}}
      - {{name: gone, source: {{table: {SCHEMA}.no_such_table}}}}
""",
        "utf-8",
    )
    config = load_config(root / "shop.yml")
    return validate(config, SparkSchemas(spark, LocalSchemas(config, "2026-03-01")))


def test_names_are_looked_for_in_tables_and_queries(spark: SparkSession, orders: str, tmp_path: Path) -> None:
    found = validated(spark, tmp_path, orders, "order_id")
    assert (list(found.problems), found.notes, found.tables) == ([], [], 1)
    places = [problem.where for problem in found.unreadable]
    assert places == [("stages", 0, "tables", 1, "source"), ("stages", 0, "tables", 2, "source")]  # no column `run`

    (wrong,) = validated(spark, tmp_path, orders, "ordr_id").problems
    assert wrong.where == ("stages", 0, "tables", 0, "keys", 0)
    assert "did you mean 'order_id'?" in wrong.text
