"""Delta tables of every sort: what is profiled is what the recorded version holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from stageprint.api import profile_runs
from stageprint.config.loader import parse_config
from stageprint.engines.spark.compat import to_arrow
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.spark.store import open_store

CONFIG = """\
pipeline: delta
store: {root}/store
stages:
  - name: raw
    tables:
      - name: t
        source: {{format: delta, path: "{root}/t"}}
"""

Rows = dict[str, dict[str, Any]]


def profiled(spark: SparkSession, root: Path) -> tuple[dict[str, Any], Rows]:
    config = parse_config(CONFIG.format(root=root))
    outcome = profile_runs(config, ["1"], session=spark)
    assert outcome.exit_status == 0, [table.error for table in outcome.failed]
    store = open_store(config, spark)
    (table,) = to_arrow(store.frame(TABLE_PROFILES)).to_pylist()
    return table, {row["column_name"]: row for row in to_arrow(store.frame(column_profiles())).to_pylist()}


@pytest.fixture
def table(tmp_path: Path) -> str:
    return f"delta.`{tmp_path}/t`"


def test_deletion_vectors(spark: SparkSession, tmp_path: Path, table: str) -> None:
    spark.sql(
        f"CREATE TABLE {table} (id BIGINT, x DOUBLE) USING delta TBLPROPERTIES (delta.enableDeletionVectors = true)"
    )
    spark.range(1000).selectExpr("id", "id / 2 AS x").coalesce(1).write.format("delta").mode("append").save(
        f"{tmp_path}/t"
    )
    spark.sql(f"DELETE FROM {table} WHERE id % 10 = 0")
    spark.sql(f"UPDATE {table} SET x = -1 WHERE id = 7")
    found, columns = profiled(spark, tmp_path)
    assert found["row_count"] == 900
    assert (columns["id"]["min"], columns["x"]["min"], columns["x"]["negative_count"]) == (1, -1, 1)


def test_column_mapping_renamed_dropped_and_added_again(spark: SparkSession, tmp_path: Path, table: str) -> None:
    spark.sql(
        f"CREATE TABLE {table} (id BIGINT, `a b` STRING, old INT) USING delta TBLPROPERTIES "
        "(delta.columnMapping.mode = 'name', delta.minReaderVersion = 2, delta.minWriterVersion = 5)"
    )
    spark.sql(f"INSERT INTO {table} VALUES (1, 'x', 10), (2, 'y', 20)")
    spark.sql(f"ALTER TABLE {table} RENAME COLUMN `a b` TO label")
    spark.sql(f"ALTER TABLE {table} DROP COLUMN old")
    spark.sql(f"ALTER TABLE {table} ADD COLUMN old INT")
    spark.sql(f"INSERT INTO {table} VALUES (3, 'z', 30)")
    found, columns = profiled(spark, tmp_path)
    assert set(columns) == {"id", "label", "old"}
    # What the dropped column held must not come back under its name.
    assert (columns["old"]["row_count"], columns["old"]["null_count"], columns["old"]["min"]) == (3, 2, 30)
    assert columns["label"]["distinct_count"] == pytest.approx(3)
    assert found["source_version"] == 5


def test_generated_column_and_partitions(spark: SparkSession, tmp_path: Path) -> None:
    from delta.tables import DeltaTable  # noqa: PLC0415 -- needs the session's jars

    (
        DeltaTable.create(spark)
        .location(f"{tmp_path}/t")
        .addColumn("at", "TIMESTAMP")
        .addColumn("day", "DATE", generatedAlwaysAs="CAST(at AS DATE)")
        .partitionedBy("day")
        .execute()
    )
    rows = spark.sql("SELECT TIMESTAMP'2013-05-01 23:00:00Z' + make_dt_interval(id) AS at FROM range(5)")
    rows.write.format("delta").mode("append").save(f"{tmp_path}/t")
    found, columns = profiled(spark, tmp_path)
    assert found["row_count"] == 5
    assert (columns["day"]["min_text"], columns["day"]["max_text"]) == ("2013-05-01", "2013-05-05")
    assert columns["at"]["distinct_count"] == pytest.approx(5)


@pytest.mark.slow
def test_a_writer_that_commits_meanwhile_is_not_seen(spark: SparkSession, tmp_path: Path, table: str) -> None:
    spark.range(10).write.format("delta").save(f"{tmp_path}/t")
    spark.range(5).write.format("delta").mode("append").save(f"{tmp_path}/t")
    found, _ = profiled(spark, tmp_path)
    assert (found["row_count"], found["source_version"]) == (15, 1)
    spark.sql(f"DELETE FROM {table} WHERE id < 5")
    found, _ = profiled(spark, tmp_path)
    assert (found["row_count"], found["source_version"]) == (5, 2)
