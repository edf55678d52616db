"""The schema read from footers is the one Spark infers, or Spark infers it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from stageprint.config.sources import Source
from stageprint.engines.spark import files, footer
from stageprint.engines.spark.footer import read_footers
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


def assert_as_spark(spark: SparkSession, path: Path) -> None:
    """The frame has Spark's own schema, and the rows that Spark reads of files that are alike."""
    opened = open_source(spark, Source(format="parquet", path=str(path)), "r")
    plain = spark.read.parquet(str(path))
    assert opened.frame.schema == plain.schema
    assert opened.frame.schema.json() == plain.schema.json()
    assert sorted(map(str, opened.frame.collect())) == sorted(map(str, plain.collect()))
    assert opened.notes == ()


def write(file: Path, rows: pa.Table = ROWS) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, file)


def jobs(spark: SparkSession, path: Path) -> int:
    """Return how many jobs it takes to open a folder."""
    spark.sparkContext.setJobGroup("opening", "opening")
    before = len(spark.sparkContext.statusTracker().getJobIdsForGroup("opening"))
    try:
        open_source(spark, Source(format="parquet", path=str(path)), "r")
        return len(spark.sparkContext.statusTracker().getJobIdsForGroup("opening")) - before
    finally:
        spark.sparkContext.setLocalProperty("spark.jobGroup.id", "")


def test_files_in_a_folder_and_one_file(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path / "t" / "b.parquet")
    write(tmp_path / "t" / "a.parquet")
    (tmp_path / "t" / "_SUCCESS").touch()
    assert_as_spark(spark, tmp_path / "t")
    assert_as_spark(spark, tmp_path / "t" / "b.parquet")


def test_partition_columns_come_from_the_path(spark: SparkSession, tmp_path: Path) -> None:
    for day, part in (("2020-01-01", 1), ("2020-01-02", 20)):
        write(tmp_path / "t" / f"day={day}" / f"Part={part}" / "a.parquet")
    assert_as_spark(spark, tmp_path / "t")


def test_columns_written_by_spark_keep_their_metadata(spark: SparkSession, tmp_path: Path) -> None:
    query = "SELECT 1 AS n, named_struct('x', CAST(2 AS smallint)) AS s, INTERVAL '1' DAY AS d, 'x' AS t"
    frame = spark.sql(query)
    frame.withMetadata("n", {"comment": "how many"}).write.parquet(f"{tmp_path}/t")
    assert_as_spark(spark, tmp_path / "t")


@pytest.mark.parametrize("name", ["id=7/a.parquet", "day=a%3Db/a.parquet", "sub/a.parquet", "é.parquet"])
def test_folders_of_which_only_spark_knows_what_it_reads(spark: SparkSession, tmp_path: Path, name: str) -> None:
    write(tmp_path / "t" / name)
    if name == "sub/a.parquet":
        write(tmp_path / "t" / "b.parquet")
    assert_as_spark(spark, tmp_path / "t")


def test_a_summary_file_is_no_data(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path / "t" / "a.parquet")
    write(tmp_path / "t" / "_metadata", ROWS.select(["id"]))
    opened = open_source(spark, Source(format="parquet", path=f"{tmp_path}/t"), "r")
    assert opened.frame.columns == ROWS.column_names
    assert opened.counted is not None
    assert opened.counted.rows == 2
    assert opened.notes == ()


def test_settings_that_change_what_is_inferred(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path / "t" / "a.parquet")
    for name, value in (
        ("spark.sql.parquet.binaryAsString", "true"),
        ("spark.sql.parquet.inferTimestampNTZ.enabled", "false"),
        ("spark.sql.parquet.mergeSchema", "true"),
    ):
        spark.conf.set(name, value)
        try:
            assert_as_spark(spark, tmp_path / "t")
        finally:
            spark.conf.unset(name)


@pytest.mark.parametrize("content", [b"x", b"PAR1 and nothing else"])
def test_what_is_not_parquet_has_no_footer(spark: SparkSession, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.parquet").write_bytes(content)
    write(tmp_path / "t" / "b.parquet")
    paths = files.facts(spark, f"{tmp_path}/t").paths
    assert read_footers(spark, paths) is None
    skipping = read_footers(spark, paths, skip_damaged=True)
    assert skipping is not None
    assert (skipping.rows, len(skipping.skipped), len(skipping.schemas)) == (2, 1, 1)


def test_footers_elsewhere_than_on_a_local_disk(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.parquet")
    write(tmp_path / "b.parquet")
    write(tmp_path / "c.parquet", ROWS.select(["id"]))
    paths = [f"file:{tmp_path}/{name}.parquet" for name in "abc"]
    local = read_footers(spark, paths)
    monkeypatch.setattr(footer, "local_path", lambda _: None)
    remote = read_footers(spark, paths)
    assert remote is not None
    assert local is not None
    assert (remote.rows, [one.schema for one in remote.schemas]) == (6, [one.schema for one in local.schemas])
    assert [len(one.files) for one in remote.schemas] == [2, 1]


def test_opening_starts_no_job(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path / "t" / "a.parquet")
    write(tmp_path / "t" / "b.parquet", ROWS.select(["id"]))
    assert jobs(spark, tmp_path / "t") == 0
    assert jobs(spark, tmp_path / "t" / "*.parquet") == 0
    spark.sparkContext.setJobGroup("inferring", "inferring")
    try:
        spark.read.parquet(f"{tmp_path}/t")
        # Else the assertions above say nothing.
        assert spark.sparkContext.statusTracker().getJobIdsForGroup("inferring")
    finally:
        spark.sparkContext.setLocalProperty("spark.jobGroup.id", "")
