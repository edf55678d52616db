"""Iceberg tables, by name and by path: those without deletes take the fast path, and all give Spark's numbers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from stageprint.api import profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.spark import incremental
from stageprint.engines.spark.compat import to_arrow
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.memory import MemoryStore
from tests.spark.test_arrow import assert_same, config, reason
from tests.spark.test_incremental import days, in_memory, no_listing, same
from tests.support import iceberg

pytestmark = pytest.mark.skipif(
    not iceberg.is_wanted(), reason="needs a version of Spark with an Iceberg runtime: make test-matrix"
)

NAME = "ice.db.orders"


@pytest.fixture
def table(spark: SparkSession) -> Iterator[str]:
    """A table of two partitions in two snapshots, one column renamed, one dropped, one added between them."""
    spark.sql(
        f"CREATE TABLE {NAME} (id bigint, was string, part int, st struct<a: int, b: string>, at timestamp,"
        " n int, gone int) USING iceberg PARTITIONED BY (part, days(at))"
    )
    rows = (
        "SELECT id, concat('v', id % 5), CAST(id % 2 AS int), named_struct('a', CAST(id AS int), 'b', 'x'),"
        " timestamp_seconds(1772323200 + id * 7200), CAST(id AS int)"
    )
    spark.sql(f"INSERT INTO {NAME} {rows}, 7 FROM range(60)")
    spark.sql(f"ALTER TABLE {NAME} RENAME COLUMN was TO city")
    spark.sql(f"ALTER TABLE {NAME} RENAME COLUMN st.a TO first")
    spark.sql(f"ALTER TABLE {NAME} DROP COLUMN gone")
    spark.sql(f"ALTER TABLE {NAME} ADD COLUMN gone string")
    spark.sql(f"ALTER TABLE {NAME} ALTER COLUMN n TYPE bigint")
    spark.sql(f"INSERT INTO {NAME} {rows}, 'back' FROM range(60, 70)")
    yield NAME
    spark.sql(f"DROP TABLE {NAME} PURGE")


def _path() -> str:
    return f"{os.environ['STAGEPRINT_TEST_ICEBERG']}/db/orders"


def _snapshots(spark: SparkSession) -> list[int]:
    found: list[int] = to_arrow(spark.table(f"{NAME}.snapshots").orderBy("committed_at"))["snapshot_id"].to_pylist()
    return found


def _profiled(spark: SparkSession, pipeline: PipelineConfig, root: Path) -> dict[str, object]:
    assert not profile_runs(pipeline, ["r"], session=spark).failed
    (row,) = DeltaStore(f"{root}/store", "p").read(TABLE_PROFILES).to_pylist()
    names = ("engine_path", "engine_reason", "row_count", "source_version", "source_files", "source_format")
    return {name: row[name] for name in names}


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("by", ["table", "path"])
def test_a_table_without_deletes_takes_the_fast_path(spark: SparkSession, tmp_path: Path, by: str) -> None:
    source = f"{{table: {NAME}}}" if by == "table" else f"{{format: iceberg, path: {_path()}}}"
    pipeline = config(tmp_path, source)
    assert_same(spark, pipeline)
    files = spark.table(f"{NAME}.files").count()
    assert _profiled(spark, pipeline, tmp_path) == {
        "engine_path": "arrow",
        "engine_reason": None,
        "row_count": 70,
        "source_version": _snapshots(spark)[-1],
        "source_files": files,
        "source_format": "table" if by == "table" else "iceberg",
    }


@pytest.mark.usefixtures("table")
def test_an_older_snapshot_is_read_with_its_columns(spark: SparkSession, tmp_path: Path) -> None:
    first, last = _snapshots(spark)
    source = f"{{format: iceberg, path: {_path()}, options: {{versionAsOf: '{first}'}}}}"
    pipeline = config(tmp_path, source, "        columns: {exclude: [at]}\n")
    assert_same(spark, pipeline)
    found = _profiled(spark, pipeline, tmp_path)
    assert (found["row_count"], found["source_version"], found["engine_path"]) == (60, first, "arrow")
    assert first != last


@pytest.mark.usefixtures("table")
def test_columns_that_changed_since_the_last_write_are_those_of_the_table(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql(f"ALTER TABLE {NAME} RENAME COLUMN city TO town")
    pipeline = config(tmp_path, f"{{table: {NAME}}}", "        columns: {include: [town]}\n")
    assert_same(spark, pipeline)
    assert _profiled(spark, pipeline, tmp_path)["source_version"] == _snapshots(spark)[-1]


@pytest.mark.usefixtures("table")
def test_deletes_are_left_to_spark(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql(f"ALTER TABLE {NAME} SET TBLPROPERTIES ('write.delete.mode' = 'merge-on-read')")
    spark.sql(f"DELETE FROM {NAME} WHERE id IN (3, 4)")
    pipeline = config(tmp_path, f"{{table: {NAME}}}")
    assert reason(spark, pipeline) == "the Iceberg table has delete files"
    found = _profiled(spark, pipeline, tmp_path)
    assert (found["row_count"], found["engine_path"]) == (68, "dataframe")
    assert found["engine_reason"] == "the Iceberg table has delete files"


@pytest.mark.usefixtures("table")
def test_files_of_several_partition_specs_are_left_to_spark(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql(f"ALTER TABLE {NAME} DROP PARTITION FIELD part")
    spark.sql(f"INSERT INTO {NAME} SELECT * FROM {NAME} WHERE id = 5")
    assert "several partition specs" in reason(spark, config(tmp_path, f"{{table: {NAME}}}"))


def test_a_table_without_a_snapshot(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql(f"CREATE TABLE {NAME} (id bigint) USING iceberg")
    try:
        found = _profiled(spark, config(tmp_path, f"{{table: {NAME}}}"), tmp_path)
        assert (found["row_count"], found["source_version"]) == (0, None)
    finally:
        spark.sql(f"DROP TABLE {NAME} PURGE")


BY_DAY = f"""\
pipeline: days
store: unused
stages:
  - name: raw
    tables:
      - {{name: events, source: {{table: {NAME}}}, keys: [id, day], incremental: day}}
      - {{name: whole, source: {{table: {NAME}}}, keys: [id, day]}}
"""


@pytest.mark.slow
def test_snapshots_say_which_partitions_changed(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only partitions with other files are read, none of a snapshot that is in the store; Spark lists no files."""
    monkeypatch.setattr(incremental, "_listed", no_listing)
    pipeline, store = parse_config(BY_DAY), MemoryStore("days")

    def read(run: str) -> set[str]:
        tables, columns = in_memory(spark, pipeline, store, run)
        assert tables["events", None]["row_count"] == tables["whole", None]["row_count"] == spark.table(NAME).count()
        for name in ("id", "x", "s", "day"):
            same(columns["events", None, name], columns["whole", None, name])
        return {value for (table, value), row in tables.items() if table == "events" and value and row["rows_scanned"]}

    spark.sql(f"CREATE TABLE {NAME} (id bigint, x double, s string, day date) USING iceberg PARTITIONED BY (day)")
    try:
        days(spark, 0, 3).selectExpr("id", "CAST(x AS double) AS x", "s", "day").writeTo(NAME).append()
        first = _snapshots(spark)[0]
        assert read("1") == {"2013-01-01", "2013-01-02", "2013-01-03", "__null__"}
        assert read("2") == set()
        more = days(spark, 1, 2, 5).where("day IS NOT NULL")
        more.selectExpr("id", "CAST(x AS double) AS x", "s", "day").writeTo(NAME).append()
        assert read("3") == {"2013-01-02"}
        spark.sql(f"DELETE FROM {NAME} WHERE day = DATE'2013-01-03'")  # whole files: the metadata alone changes
        assert read("4") == set()
        spark.sql(f"CALL ice.system.rollback_to_snapshot('db.orders', {first})")
        monkeypatch.setattr(incremental, "files_by_partition", no_listing)
        assert read("5") == set()
    finally:
        spark.sql(f"DROP TABLE {NAME} PURGE")
