"""The fast path gives the general path's numbers, type by type, or leaves the table to it and says why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from stageprint.api import profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.parquet.model import DataFile
from stageprint.engines.spark.arrow_scan import distribute, scan_files
from stageprint.engines.spark.arrow_source import ArrowSource, arrow_source
from stageprint.engines.spark.plan import ScanPlan, plan_scan
from stageprint.engines.spark.scan import scan
from stageprint.engines.spark.sources import open_source
from stageprint.features.compact import read_compact
from stageprint.metrics.base import evaluate_all
from stageprint.model import TableKey
from stageprint.pipeline.profile_rows import table_profile
from stageprint.states.hll import HllState
from stageprint.states.kll import KllState
from tests.support.numbers import same
from tests.support.versions import since_spark_4


def config(root: Path, source: str, more: str = "") -> PipelineConfig:
    return parse_config(
        f"pipeline: p\nstore: {root}/store\nstages:\n"
        f"  - name: raw\n    tables:\n      - name: t\n        source: {source}\n{more}"
    )


def planned(spark: SparkSession, pipeline: PipelineConfig) -> tuple[ScanPlan, ArrowSource | str]:
    table = pipeline.table("raw", "t")
    opened = open_source(spark, table.source, "r")
    plan = plan_scan(opened.frame, table, pipeline.sketches)
    return plan, arrow_source(spark, opened, table, plan, "auto")


def fast(spark: SparkSession, pipeline: PipelineConfig) -> tuple[ScanPlan, pa.Table]:
    plan, source = planned(spark, pipeline)
    assert isinstance(source, ArrowSource), source
    (found,) = scan_files(spark, [(plan, source)])
    assert isinstance(found, pa.Table), found
    return plan, found


def reason(spark: SparkSession, pipeline: PipelineConfig) -> str:
    """Return why the fast path does not take a table, whether that is known beforehand or found out by reading."""
    plan, source = planned(spark, pipeline)
    if isinstance(source, ArrowSource):
        (found,) = scan_files(spark, [(plan, source)])
        assert isinstance(found, str)
        return found
    return source


def metrics(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"table", "states", "compact_features"}}


def plain(shape: Any) -> dict[str, Any]:
    """Return everything in a shape as numbers, texts, lists and dictionaries."""

    def of(value: Any) -> Any:
        if is_dataclass(value):
            return {field.name: of(getattr(value, field.name)) for field in fields(value)}
        return value.tolist() if isinstance(value, np.ndarray) else value

    found: dict[str, Any] = of(shape)
    return found


def assert_same(spark: SparkSession, pipeline: PipelineConfig) -> pa.Table:
    """Both paths give the same rows; with few enough rows every sketch is exact, and so is every metric."""
    plan, arrow = fast(spark, pipeline)
    dataframe = scan(plan)
    assert arrow.select(["member", "index"]) == dataframe.select(["member", "index"])
    for one, two in zip(arrow.to_pylist(), dataframe.to_pylist(), strict=True):
        place = plan.table.columns[one["index"]].path if one["index"] >= 0 else one["index"]
        differing = {name: (one[name], two[name]) for name in metrics(one) if not same(one[name], two[name])}
        assert not differing, (place, one["member"], differing)
        if one["compact_features"] is not None:
            column = plan.table.columns[one["index"]]
            compact = [
                plain(read_compact(column.kind, column.data_type, row["compact_features"])) for row in (one, two)
            ]
            apart = [name for name in compact[0] if not same(*(features[name] for features in compact))]
            assert not apart, (place, one["member"], apart)
        for name in ("counts", "extremes", "value_counts", "lengths", "frequent_items", "hll", "theta"):
            if name in one["states"]:
                assert one["states"][name] == two["states"][name], (place, name)
    return arrow


TYPES = """
  SELECT *, named_struct('i', i, 'n', named_struct('s', s, 'd', de)) AS st, array(s, null, 'z') AS ar,
         map(coalesce(s, 'k'), f) AS ma, array(named_struct('x', l)) AS deep
  FROM VALUES
    (true, 1Y, 2S, 3, 4L, 1.5F, double('NaN'), 1.25BD, CAST(3 AS decimal(18,4)),
     CAST('99999999999999999999999999999999999.125' AS decimal(38,3)), DATE'0001-01-01',
     TIMESTAMP'1800-05-01 12:00:00Z', TIMESTAMP_NTZ'0001-01-01 00:00:00.000001', 'ä', X'00FF', INTERVAL '3' DAY,
     INTERVAL '-2-3' YEAR TO MONTH),
    (false, -1Y, -2S, -3, -4L, float('-inf'), -0.0D, -1.25BD, CAST(-3.0001 AS decimal(18,4)), 0BD, DATE'9999-12-31',
     TIMESTAMP'9999-12-31 23:59:59.999999Z', TIMESTAMP_NTZ'2013-05-01 00:00:00', '', X'', INTERVAL '-1' SECOND,
     INTERVAL '5' MONTH),
    (null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)
  AS t(bo, ti, sm, i, l, f, d, de, dm, dw, da, ts, ntz, s, b, dy, ym)"""


@pytest.mark.parametrize("kind", ["parquet", "delta"])
def test_every_type(spark: SparkSession, tmp_path: Path, kind: str) -> None:
    frame = spark.sql(TYPES)
    if kind == "delta":
        frame = frame.drop("dy", "ym")  # Delta has no intervals
    frame.write.format(kind).save(f"{tmp_path}/t")
    found = assert_same(spark, config(tmp_path, f"{{format: {kind}, path: {tmp_path}/t}}"))
    assert found.num_rows > 25


def test_files_of_other_writers(spark: SparkSession, tmp_path: Path) -> None:
    when = dt.datetime(2013, 5, 1, 12, 30, tzinfo=dt.timezone.utc)
    table = pa.table(
        {
            "category": pa.array(["a", "b", None, "a"]).dictionary_encode(),
            "large": pa.array(["x", "", None, "ü"], pa.large_string()),
            "view": pa.array(["x" * 40, "y", None, "z"], pa.string_view()),
            "u8": pa.array([0, 255, None, 1], pa.uint8()),
            "u32": pa.array([0, 2**32 - 1, None, 1], pa.uint32()),
            "u64": pa.array([0, 2**64 - 1, None, 1], pa.uint64()),
            "cents": pa.array([Decimal("1.25"), Decimal("-3.00"), None, Decimal("0.00")], pa.decimal128(9, 2)),
            "long_cents": pa.array([Decimal("1.25"), Decimal("-3.00"), None, Decimal("0.00")], pa.decimal128(17, 2)),
            "milli": pa.array([when, None, when, when], pa.timestamp("ms", "Europe/Berlin")),
            "local": pa.array([when.replace(tzinfo=None), None, None, None], pa.timestamp("ms")),
            "codes": pa.array([b"a", None, b"", b"\xff"], pa.large_binary()),
            "items": pa.array([[1], None, [], [2, None]], pa.large_list(pa.int32())),
            "none": pa.nulls(4, pa.string()),
        }
    )
    (tmp_path / "t").mkdir()
    pq.write_table(table, tmp_path / "t" / "a.parquet", store_decimal_as_integer=True, row_group_size=3)
    assert_same(spark, config(tmp_path, f"{{format: parquet, path: {tmp_path}/t}}"))


def test_partition_columns_of_paths(spark: SparkSession, tmp_path: Path) -> None:
    query = """SELECT id, CAST(id % 3 AS int) AS number, date_add(DATE'2020-02-28', CAST(id % 4 AS int)) AS day,
      IF(id % 5 = 0, null, concat('a b/%=', id % 2)) AS text, id / 8D AS x FROM range(40)"""
    spark.sql(query).write.partitionBy("day", "number", "text").parquet(f"{tmp_path}/t")
    more = "        keys: [number, id]\n        slices: [{by: number}, {by: text}]\n"
    found = assert_same(spark, config(tmp_path, f"{{format: parquet, path: {tmp_path}/t}}", more))
    assert len(set(found.column("member").to_pylist())) > 5
    days = "        columns: {include: [day, number]}\n"
    assert_same(spark, config(tmp_path, f"{{format: parquet, path: {tmp_path}/t}}", days))


def test_partition_columns_of_delta(spark: SparkSession, tmp_path: Path) -> None:
    query = """SELECT id, id % 3 = 0 AS yes, date_add(DATE'2020-02-28', CAST(id % 4 AS int)) AS day,
      IF(id % 5 = 0, null, concat('a b/%=', id % 2)) AS Text, CAST(id % 2 + 0.5 AS decimal(5,1)) AS de FROM range(40)"""
    spark.sql(query).write.format("delta").partitionBy("day", "yes", "Text", "de").save(f"{tmp_path}/t")
    assert_same(spark, config(tmp_path, f"{{format: delta, path: {tmp_path}/t}}"))


def test_the_recorded_version_is_read(spark: SparkSession, tmp_path: Path) -> None:
    path = f"{tmp_path}/t"
    for rows in (3, 5):
        spark.range(rows).write.format("delta").mode("overwrite").save(path)
    for options, rows in (("", 5), (", options: {versionAsOf: 0}", 3)):
        plan, found = fast(spark, config(tmp_path, f"{{format: delta, path: {path}{options}}}"))
        assert table_profile(TableKey("raw", "t"), plan, found).rows == rows
    spark.sql(f"DELETE FROM delta.`{path}` WHERE id = 1")
    assert_same(spark, config(tmp_path, f"{{format: delta, path: {path}}}"))


def test_a_delta_table_of_the_catalog(spark: SparkSession, tmp_path: Path) -> None:
    spark.range(7).write.format("delta").option("path", f"{tmp_path}/t").saveAsTable("fast_path_table")
    try:
        assert_same(spark, config(tmp_path, "{table: fast_path_table}"))
    finally:
        spark.sql("DROP TABLE fast_path_table")


def test_files_without_some_columns(spark: SparkSession, tmp_path: Path) -> None:
    path = f"{tmp_path}/t"
    spark.sql("SELECT id AS n, named_struct('a', id) AS s FROM range(5)").write.parquet(path)
    new = "SELECT id AS n, named_struct('b', 'x', 'a', id) AS s, 'new' AS t, array(id) AS l FROM range(6)"
    spark.sql(new).write.mode("append").parquet(path)
    assert_same(spark, config(tmp_path, f"{{format: parquet, path: {path}, options: {{mergeSchema: 'true'}}}}"))


@since_spark_4
def test_files_of_narrower_types(spark: SparkSession, tmp_path: Path) -> None:
    path, query = f"{tmp_path}/t", "SELECT CAST(id AS {}) AS n, CAST(id AS {}) AS f, CAST(id AS {}) AS d FROM range(5)"
    spark.sql(query.format("int", "float", "decimal(5,1)")).write.format("delta").option(
        "delta.enableTypeWidening", "true"
    ).save(path)
    for column, wider in (("n", "bigint"), ("f", "double"), ("d", "decimal(20,3)")):
        spark.sql(f"ALTER TABLE delta.`{path}` ALTER COLUMN {column} TYPE {wider}")
    spark.sql(query.format("bigint", "double", "decimal(20,3)")).write.format("delta").mode("append").save(path)
    assert_same(spark, config(tmp_path, f"{{format: delta, path: {path}}}"))


def test_names_that_differ_in_case(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    pq.write_table(pa.table({"Name": ["a"], "s": [{"Inner": 1}]}), tmp_path / "t" / "a.parquet")
    pq.write_table(pa.table({"NAME": ["b"], "s": [{"INNER": 2}]}), tmp_path / "t" / "b.parquet")
    assert_same(spark, config(tmp_path, f"{{format: parquet, path: {tmp_path}/t}}"))


@pytest.fixture
def int96(spark: SparkSession) -> Iterator[None]:
    spark.conf.set("spark.sql.parquet.outputTimestampType", "INT96")
    yield
    spark.conf.unset("spark.sql.parquet.outputTimestampType")


@pytest.mark.usefixtures("int96")
def test_int96_timestamps(spark: SparkSession, tmp_path: Path) -> None:
    query = "SELECT * FROM VALUES (TIMESTAMP'0001-01-01 00:00:00Z'), (TIMESTAMP'9999-12-31 23:59:59.999999Z'), (null)"
    spark.sql(f"{query} AS t(t)").coalesce(1).write.parquet(f"{tmp_path}/t")
    (file,) = (tmp_path / "t").glob("*.parquet")
    assert pq.read_metadata(file).schema.column(0).physical_type == "INT96"
    assert_same(spark, config(tmp_path, f"{{format: parquet, path: {tmp_path}/t}}"))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_the_session_time_zone_changes_nothing(spark: SparkSession, tmp_path: Path, zone: str) -> None:
    spark.sql("SELECT TIMESTAMP'2013-05-01 12:00:00Z' AS t, TIMESTAMP_NTZ'2013-05-01 12:00:00' AS n").write.parquet(
        f"{tmp_path}/t"
    )
    before = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", zone)
    try:
        assert_same(spark, config(tmp_path, f"{{format: parquet, path: {tmp_path}/t}}"))
    finally:
        spark.conf.set("spark.sql.session.timeZone", str(before))


def test_kinds_keys_and_no_rows(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql("SELECT id AS code, CAST(id AS string) AS s FROM range(20)").write.parquet(f"{tmp_path}/t")
    spark.sql("SELECT id AS code, CAST(id AS string) AS s FROM range(0)").write.parquet(f"{tmp_path}/none")
    more = "        keys: [code, s]\n        columns: {kinds: {code: string}, theta: [s]}\n"
    for name in ("t", "none"):
        assert_same(spark, config(tmp_path, f"{{format: parquet, path: {tmp_path}/{name}}}", more))
    cast = "        columns: {kinds: {s: integer}}\n"
    text = reason(spark, config(tmp_path, f"{{format: parquet, path: {tmp_path}/t}}", cast))
    assert text == "column 's' is cast to integer by Spark"


def test_sketches_agree_within_their_bounds(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql("SELECT id, id * 0.5 AS x, concat('k', id) AS s FROM range(0, 50000, 1, 3)").write.parquet(
        f"{tmp_path}/t"
    )
    plan, arrow = fast(spark, config(tmp_path, f"{{format: parquet, path: {tmp_path}/t}}"))
    key = TableKey("raw", "t")
    one, two = table_profile(key, plan, arrow), table_profile(key, plan, scan(plan))
    assert one.rows == two.rows == 50_000
    for name, column in one.columns.items():
        other = two.columns[name]
        mine, theirs = column.state(HllState), other.state(HllState)
        assert mine is not None
        assert theirs is not None
        assert mine.estimate() == theirs.estimate()
        kll = column.state(KllState)
        if kll is not None:
            scale = 1.0 if name == "id" else 0.5
            ranks = np.linspace(0.05, 0.95, 19)
            assert np.abs(kll.quantiles(ranks) / scale / 50_000 - ranks).max() < 2 * kll.rank_error
        exact = {k: v for k, v in evaluate_all(column)[0].items() if k.endswith(("_count", "min", "max", "mean"))}
        assert same(exact, {k: evaluate_all(other)[0][k] for k in exact})


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{format: csv, path: ROOT/csv}", "csv files are read by Spark only"),
        ("{sql: 'SELECT 1 AS x'}", "it is a query"),
        ("{format: parquet, path: ROOT/dot}", "column 'a.b' has a dot in its name"),
        ("{format: parquet, path: ROOT/dot, options: {ignoreMissingFiles: 'true'}}", "may change its rows"),
    ],
)
def test_what_is_left_to_the_general_path(spark: SparkSession, tmp_path: Path, source: str, message: str) -> None:
    if "csv" in source:
        spark.range(2).write.csv(f"{tmp_path}/csv")
    elif "dot" in source:
        spark.sql("SELECT 1 AS `a.b`").write.parquet(f"{tmp_path}/dot")
    assert message in reason(spark, config(tmp_path, source.replace("ROOT", str(tmp_path))))


def test_a_file_that_is_gone_or_damaged_fails_its_table_alone(spark: SparkSession, tmp_path: Path) -> None:
    for name in ("good", "bad"):
        spark.range(0, 1000, 1, 2).write.parquet(f"{tmp_path}/{name}")
    victim = min((tmp_path / "bad").glob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-2000] + b"\0" * 1990 + victim.read_bytes()[-10:])
    tables = "".join(
        f"      - name: {name}\n        source: {{format: parquet, path: {tmp_path}/{name}}}\n"
        for name in ("good", "bad")
    )
    pipeline = parse_config(f"pipeline: p\nstore: {tmp_path}/store\nstages:\n  - name: raw\n    tables:\n{tables}")
    outcome = profile_runs(pipeline, ["2020-01-01"], session=spark)
    found = {str(table.key): (table.status, table.rows) for table in outcome.tables}
    assert found["raw.good"] == ("ok", 1000)
    assert found["raw.bad"][0] == "failed"
    (failed,) = [table for table in outcome.tables if table.status == "failed"]
    assert failed.error is not None
    rows = {
        row["table_name"]: row for row in spark.read.format("delta").load(f"{tmp_path}/store/table_profiles").collect()
    }
    assert (rows["good"]["engine_path"], rows["good"]["engine_reason"]) == ("arrow", None)


def test_a_file_that_disappears_leaves_the_table_to_the_general_path(spark: SparkSession, tmp_path: Path) -> None:
    spark.range(10).write.parquet(f"{tmp_path}/t")
    pipeline = config(tmp_path, f"{{format: parquet, path: {tmp_path}/t}}")
    plan, source = planned(spark, pipeline)
    assert isinstance(source, ArrowSource)
    gone = replace(source, files=(*source.files, DataFile(f"file:{tmp_path}/t/gone.parquet", 1000)))
    whole, missing = scan_files(spark, [(plan, source), (plan, gone)])
    assert isinstance(whole, pa.Table)
    assert isinstance(missing, str)
    assert missing.startswith(f"{tmp_path}/t/gone.parquet: the file is gone, although the table lists it")


def test_wide_tables_are_read_in_parts(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stageprint.engines.spark.arrow_scan.MAX_COLUMNS_PER_PART", 3)
    columns = ", ".join(f"id * {n} AS c{n}" for n in range(11))
    spark.sql(f"SELECT {columns}, CAST(id % 2 AS int) AS half FROM range(30)").write.parquet(f"{tmp_path}/t")
    more = "        keys: [c9, c2, c5, c7]\n        slices: [{by: half}]\n"
    pipeline = config(tmp_path, f"{{format: parquet, path: {tmp_path}/t}}", more)
    _, source = planned(spark, pipeline)
    assert isinstance(source, ArrowSource)
    parts = {part.indices[0] for task in distribute([source], 2) for part in task}
    assert len(parts) == 4
    assert_same(spark, pipeline)


def test_many_tables_share_one_job(spark: SparkSession, tmp_path: Path) -> None:
    for number in range(6):
        spark.range(number).write.parquet(f"{tmp_path}/t{number}")
    plans = []
    tracker = spark.sparkContext.statusTracker()
    spark.sparkContext.setJobGroup("together", "six tables")
    for number in range(6):
        plan, source = planned(spark, config(tmp_path, f"{{format: parquet, path: {tmp_path}/t{number}}}"))
        assert isinstance(source, ArrowSource)
        plans.append((plan, source))
    assert not tracker.getJobIdsForGroup("together")  # opening a table starts no job of its own
    found = scan_files(spark, plans)
    jobs = len(tracker.getJobIdsForGroup("together"))
    spark.sparkContext.setLocalProperty("spark.jobGroup.id", "")
    rows = [table_profile(TableKey("raw", "t"), plan, one).rows for (plan, _), one in zip(plans, found, strict=True) if isinstance(one, pa.Table)]  # fmt: skip  # noqa: E501
    assert rows == [0, 1, 2, 3, 4, 5]
    assert jobs <= 3  # the merge's stages, however many tables
