"""The schema read from one footer is the one Spark infers, or Spark infers it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from stageprint.config.sources import Source
from stageprint.engines.spark import files
from stageprint.engines.spark.footer import footer_schema
from stageprint.engines.spark.sources import open_source

ROWS = pa.table(
    {
        "id": pa.array([1, 2], pa.int32()),
        "Text": ["a", None],
        "when": pa.array([0, None], pa.timestamp("us", "UTC")),
        "local": pa.array([0, None], pa.timestamp("ms")),
        "cents": pa.array([1, None], pa.int64()).cast(pa.decimal128(38, 2)),
        "u": pa.array([1, None], pa.uint64()),
        "raw": pa.array([b"x", None], pa.binary()),
        "deep": pa.array([[{"a": 1}], None], pa.list_(pa.struct([("a", pa.int8())]))),
        "map": pa.array([[("k", 1.5)], None], pa.map_(pa.string(), pa.float32())),
    }
)


def opened(spark: SparkSession, path: Path) -> bool:
    """Return whether the footer was enough; the frame has Spark's own schema and rows either way."""
    found = footer_schema(spark, str(path), files.facts(spark, str(path))) is not None
    frame = open_source(spark, Source(format="parquet", path=str(path)), "r").frame
    plain = spark.read.parquet(str(path))
    assert frame.schema == plain.schema
    assert frame.schema.json() == plain.schema.json()
    assert sorted(map(str, frame.collect())) == sorted(map(str, plain.collect()))
    return found


def write(file: Path, rows: pa.Table = ROWS) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, file)


def test_files_in_a_folder_and_one_file(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path / "t" / "b.parquet", ROWS.select(["id"]))
    write(tmp_path / "t" / "a.parquet")
    (tmp_path / "t" / "_SUCCESS").touch()
    assert opened(spark, tmp_path / "t")
    assert opened(spark, tmp_path / "t" / "b.parquet")


def test_partition_columns_come_from_the_path(spark: SparkSession, tmp_path: Path) -> None:
    for day, part in (("2020-01-01", 1), ("2020-01-02", 20)):
        write(tmp_path / "t" / f"day={day}" / f"Part={part}" / "a.parquet")
    assert opened(spark, tmp_path / "t")


def test_columns_written_by_spark_keep_their_metadata(spark: SparkSession, tmp_path: Path) -> None:
    query = "SELECT 1 AS n, named_struct('x', CAST(2 AS smallint)) AS s, INTERVAL '1' DAY AS d, 'x' AS t"
    frame = spark.sql(query)
    frame.withMetadata("n", {"comment": "how many"}).write.parquet(f"{tmp_path}/t")
    assert opened(spark, tmp_path / "t")


def test_spark_infers_what_is_in_doubt(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path / "repeated" / "id=7" / "a.parquet")
    write(tmp_path / "escaped" / "day=a%3Db" / "a.parquet")
    write(tmp_path / "mixed" / "plain" / "a.parquet")
    write(tmp_path / "mixed" / "b.parquet")
    for name in ("repeated", "escaped", "mixed"):
        assert not opened(spark, tmp_path / name), name
    write(tmp_path / "summary" / "a.parquet")
    write(tmp_path / "summary" / "_metadata", ROWS.select(["id"]))
    known = files.facts(spark, f"{tmp_path}/summary")
    assert footer_schema(spark, f"{tmp_path}/summary", known) is None


def test_settings_that_change_what_is_inferred(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path / "t" / "a.parquet")
    for name, value in (
        ("spark.sql.parquet.binaryAsString", "true"),
        ("spark.sql.parquet.inferTimestampNTZ.enabled", "false"),
        ("spark.sql.parquet.mergeSchema", "true"),
    ):
        spark.conf.set(name, value)
        try:
            assert opened(spark, tmp_path / "t") is (name != "spark.sql.parquet.mergeSchema")
        finally:
            spark.conf.unset(name)


@pytest.mark.parametrize("content", [b"", b"PAR1 and nothing else"])
def test_what_is_not_parquet_fails_as_it_does_in_spark(spark: SparkSession, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.parquet").write_bytes(content)
    assert footer_schema(spark, f"{tmp_path}/t", files.facts(spark, f"{tmp_path}/t")) is None


def test_opening_starts_no_job(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path / "t" / "a.parquet")
    spark.sparkContext.setJobGroup("opening", "opening")
    try:
        open_source(spark, Source(format="parquet", path=f"{tmp_path}/t"), "r")
        assert not spark.sparkContext.statusTracker().getJobIdsForGroup("opening")
        spark.read.parquet(f"{tmp_path}/t")
        assert spark.sparkContext.statusTracker().getJobIdsForGroup("opening")  # else the assertion above says nothing
    finally:
        spark.sparkContext.setLocalProperty("spark.jobGroup.id", "")
