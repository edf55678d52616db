"""What is called differently in the versions of Spark does the same, also the way that Spark 3.5 takes."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.spark import compat
from stageprint.engines.spark.compat import (
    apply_to_groups,
    apply_to_pairs,
    arrow_frame,
    has_delta,
    installed_spark,
    spark_schema_of,
    to_arrow,
    type_from_ddl,
)
from stageprint.engines.spark.jars import delta_version
from stageprint.pipeline.tables import all_tables

ROWS = pa.table(
    {
        "group": pa.array([row % 7 for row in range(1_000)], pa.int32()),
        "number": pa.array([None if row % 11 == 0 else row / 3 for row in range(1_000)]),
        "bytes": pa.array([bytes([row % 256]) * (row % 50) for row in range(1_000)], pa.binary()),
        "at": pa.array([dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)] * 1_000, pa.timestamp("us", "UTC")),
        "items": pa.array([[{"item": "ä", "count": row}] if row % 3 else None for row in range(1_000)]),
    }
)
SUMS = pa.schema([("group", pa.int32()), ("rows", pa.int64()), ("others", pa.int64()), ("sum", pa.float64())])


@pytest.fixture(params=["as in this Spark", "as in Spark 3.5"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "as in Spark 3.5":
        monkeypatch.setattr(compat, "_IS_SPARK_4", False)
        monkeypatch.delattr(T.DataType, "fromDDL", raising=False)
    return str(request.param)


def summed(rows: pa.Table, others: pa.Table | None = None) -> pa.Table:
    both = rows if others is None else pa.concat_tables([rows, others.select(rows.column_names)])
    groups = pc.unique(both["group"]).to_pylist()
    assert len(groups) == 1
    counted = [rows.num_rows, 0 if others is None else others.num_rows]
    return pa.Table.from_pylist(
        [{"group": groups[0], "rows": counted[0], "others": counted[1], "sum": pc.sum(rows["number"]).as_py() or 0.0}],
        SUMS,
    )


def summed_alone(rows: pa.Table) -> pa.Table:
    return summed(rows)  # a function of two would be given the group's key as well


def test_a_table_comes_back_as_it_was(spark: SparkSession) -> None:
    for rows in (ROWS, pa.concat_tables([ROWS.slice(0, 0), ROWS.slice(0, 3), ROWS.slice(900)]), ROWS.slice(0, 0)):
        frame = arrow_frame(spark, rows)
        assert frame.schema == spark_schema_of(ROWS.schema)
        assert to_arrow(frame).cast(ROWS.schema).to_pylist() == rows.to_pylist()


def test_an_empty_frame_has_its_columns(spark: SparkSession) -> None:
    found = to_arrow(arrow_frame(spark, ROWS).where("number < 0").select("group", "bytes"))
    assert (found.num_rows, found.column_names) == (0, ["group", "bytes"])


def test_every_group_is_whole(spark: SparkSession) -> None:
    frame = arrow_frame(spark, ROWS).repartition(5)
    found = to_arrow(apply_to_groups(frame, ["group"], summed_alone, spark_schema_of(SUMS))).cast(SUMS)
    expected = [summed(ROWS.filter(pc.equal(ROWS["group"], group))).to_pylist()[0] for group in range(7)]
    by_group = sorted(found.to_pylist(), key=lambda row: row["group"])
    assert [(row["group"], row["rows"]) for row in by_group] == [(row["group"], row["rows"]) for row in expected]
    assert [row["sum"] for row in by_group] == pytest.approx([row["sum"] for row in expected])


def test_groups_by_an_expression_do_not_show_it(spark: SparkSession) -> None:
    def columns(rows: pa.Table) -> pa.Table:
        return pa.table({"names": [",".join(rows.column_names)], "rows": [rows.num_rows]})

    frame = arrow_frame(spark, ROWS)
    key = F.pmod(F.col("group"), F.lit(2)).alias("half")
    found = to_arrow(apply_to_groups(frame, [key], columns, spark_schema_of(columns(ROWS).schema)))
    assert {row["names"] for row in found.to_pylist()} == {",".join(ROWS.column_names)}
    assert sorted(found["rows"].to_pylist()) == [429, 571]


def test_groups_of_two_frames_meet_also_where_one_has_none(spark: SparkSession) -> None:
    left, right = ROWS.filter(pc.less(ROWS["group"], 5)), ROWS.filter(pc.greater(ROWS["group"], 2))
    frames = [arrow_frame(spark, rows).repartition(3) for rows in (left, right)]
    frames[1] = frames[1].withColumnRenamed("number", "other").withColumn("number", F.lit(None).cast("double"))
    found = to_arrow(apply_to_pairs(frames[0], frames[1], "group", summed, spark_schema_of(SUMS), 2))
    counts = {row["group"]: (row["rows"], row["others"]) for row in found.to_pylist()}
    sizes = {group: sum(1 for row in range(1_000) if row % 7 == group) for group in range(7)}
    assert counts == {group: (sizes[group] if group < 5 else 0, sizes[group] if group > 2 else 0) for group in range(7)}


def test_types_have_one_name_in_all_versions(spark: SparkSession) -> None:
    for name in {column.sql_type for table in all_tables() for column in table.columns}:
        found = type_from_ddl(spark, name)
        assert found == _as_a_schema(spark, name), name
    assert type_from_ddl(spark, "array<struct<item:string,count:bigint>>").simpleString() == (
        "array<struct<item:string,count:bigint>>"
    )


def _as_a_schema(spark: SparkSession, ddl: str) -> T.DataType:
    """Return the type that Spark takes from a schema of one column."""
    return spark.createDataFrame([], f"value {ddl}").schema["value"].dataType


def test_a_session_says_whether_it_has_delta(spark: SparkSession) -> None:
    assert has_delta(spark) is (delta_version() != "unknown")
    assert spark.version.startswith(installed_spark().split("+", 1)[0])
