"""Every type, nested and plain, and names that are hard to write: right numbers or a reason, never a lost table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T  # noqa: N812

from stageprint.api import profile_dataframe
from stageprint.config.sketches import SketchSettings
from stageprint.config.tables import TableConfig
from stageprint.engines.spark.compat import to_arrow
from stageprint.engines.spark.plan import plan_scan
from stageprint.errors import SourceError, UsageError
from stageprint.metrics.base import evaluate_all
from stageprint.model import TableProfile
from tests.support.versions import since_spark_4

Figures = dict[str, dict[str, Any]]


def figures(profile: TableProfile) -> Figures:
    return {path: evaluate_all(column)[0] for path, column in profile.columns.items()}


def of_sql(spark: SparkSession, query: str, keys: Sequence[str] = ()) -> Figures:
    return figures(profile_dataframe(spark.sql(query), keys=keys))


@since_spark_4
def test_every_type(spark: SparkSession) -> None:
    query = """
      SELECT * FROM VALUES
        (true, 1Y, 2S, 3, 4L, 1.5F, 2.5D, DATE'2013-05-01', TIMESTAMP'2013-05-01 12:00:00Z',
         TIMESTAMP_NTZ'0001-01-01 00:00:00', 'ä', X'00FF', INTERVAL '3' DAY, INTERVAL '2-3' YEAR TO MONTH, null,
         parse_json('{"a": 1}'), 'x' COLLATE UNICODE_CI, make_interval(1, 2)),
        (null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)
      AS t(bo, ti, sm, i, l, f, d, da, ts, ntz, s, b, dt, ym, v, va, co, ci)"""
    found = of_sql(spark, query)
    assert list(found) == [
        "bo",
        "ti",
        "sm",
        "i",
        "l",
        "f",
        "d",
        "da",
        "ts",
        "ntz",
        "s",
        "b",
        "dt",
        "ym",
        "v",
        "va",
        "co",
        "ci",
    ]
    for path, values in found.items():
        assert values["row_count"] == 2, path
        assert values["null_count"] == (2 if path == "v" else 1), path
    assert [found[path]["max"] for path in ("ti", "sm", "i", "l", "f", "d")] == [1.0, 2.0, 3.0, 4.0, 1.5, 2.5]
    assert found["dt"]["max"] == 3 * 86_400_000_000
    assert found["ym"]["max"] == 27
    assert found["s"]["length_max"] == 1
    assert (found["b"]["length_max"], found["b"]["distinct_count"]) == (2, pytest.approx(1))
    assert found["co"]["distinct_count"] == pytest.approx(1)
    assert found["ntz"]["min_text"].startswith("0001-01-01")
    assert "max" not in found["va"]


def test_decimals_of_38_digits(spark: SparkSession) -> None:
    query = """SELECT CAST(x AS decimal(38,2)) AS wide FROM VALUES
      ('999999999999999999999999999999999999.99'), ('-999999999999999999999999999999999999.98'), (null) AS t(x)"""
    found = of_sql(spark, query)["wide"]
    assert found["max_text"] == "999999999999999999999999999999999999.99"
    assert found["min_text"] == "-999999999999999999999999999999999999.98"


def test_nested_columns_are_columns(spark: SparkSession) -> None:
    query = """SELECT * FROM VALUES
      (named_struct('city', 'Paris', 'geo', named_struct('lat', 48.8D)), array('a', 'b', null), map('x', 1, 'y', null)),
      (named_struct('city', null, 'geo', null), array(), map()),
      (null, null, null)
      AS t(address, tags, scores)"""
    found = of_sql(spark, query)
    below = ["address.city", "address.geo", "address.geo.lat", "tags", "tags[]", "scores", "scores{}", "scores{*}"]
    assert list(found) == ["address", *below]
    counts = {path: (values["row_count"], values["null_count"]) for path, values in found.items()}
    assert counts == {
        "address": (3, 1), "address.city": (3, 2), "address.geo": (3, 2), "address.geo.lat": (3, 2),
        "tags": (3, 1), "tags[]": (3, 1), "scores": (3, 1), "scores{}": (2, 0), "scores{*}": (2, 1),
    }  # fmt: skip
    assert found["tags"]["length_mean"] == 1.5
    assert found["tags"]["empty_count"] == 1
    assert found["scores"]["length_max"] == 2
    assert found["address.geo.lat"]["mean"] == pytest.approx(48.8)


@since_spark_4
def test_types_arrow_does_not_know_inside_others(spark: SparkSession) -> None:
    query = """SELECT
      named_struct('v', parse_json('1'), 'm', INTERVAL '1-1' YEAR TO MONTH, 'x', 5) AS s,
      array(named_struct('v', parse_json('1'), 'y', 'q'), null) AS a,
      map('k', parse_json('2')) AS m"""
    found = of_sql(spark, query)
    assert found["s.m"]["max"] == 13
    assert found["s.x"]["max"] == 5
    assert (found["a[].v"]["row_count"], found["a[].v"]["null_count"]) == (2, 1)
    assert found["a[].y"]["distinct_count"] == pytest.approx(1)
    assert (found["m{*}"]["row_count"], found["m{*}"]["null_count"]) == (1, 0)


UGLY = ["a.b", "a b", "a`b", "A", "a", "\u00e9", "e\u0301", "x" * 300, "t[]", "#", ":table", "'\"", "SELECT"]


@pytest.fixture
def case_sensitive(spark: SparkSession) -> Any:
    spark.conf.set("spark.sql.caseSensitive", "true")
    yield
    spark.conf.unset("spark.sql.caseSensitive")


@pytest.mark.usefixtures("case_sensitive")
def test_names_that_are_hard_to_write(spark: SparkSession) -> None:
    inner = T.StructType([T.StructField(name, T.IntegerType()) for name in UGLY])
    schema = T.StructType([*inner.fields, T.StructField("s", inner), T.StructField("a.b.c", T.ArrayType(inner))])
    row = tuple(range(len(UGLY)))
    found = figures(profile_dataframe(spark.createDataFrame([(*row, row, [row])], schema), keys=["a.b", "A"]))
    top = [
        "`a.b`",
        "a b",
        "`a``b`",
        "A",
        "a",
        "\u00e9",
        "e\u0301",
        "x" * 300,
        "`t[]`",
        "`#`",
        "`:table`",
        "'\"",
        "SELECT",
    ]
    for number, path in enumerate(top):
        for full in (path, f"s.{path}", f"`a.b.c`[].{path}"):
            assert found[full]["max"] == number, full
    assert len(found) == 3 * len(top) + 3


def test_two_columns_of_one_name(spark: SparkSession) -> None:
    frame = spark.sql("SELECT 1 AS a, 'x' AS a, 3 AS b")
    assert list(figures(profile_dataframe(frame))) == ["a", "a#2", "b"]


def test_depth_is_bounded(spark: SparkSession) -> None:
    frame = spark.sql("SELECT named_struct('a', named_struct('b', named_struct('c', array(array(1))))) AS s")
    config = TableConfig.model_validate({"name": "t", "source": {"table": "t"}, "columns": {"depth": 2}})
    plan = plan_scan(frame, config, SketchSettings())
    assert [column.path for column in plan.table.columns] == ["s", "s.a", "s.a.b"]
    assert list(figures(profile_dataframe(frame)))[-1] == "s.a.b.c[][]"


def test_include_exclude_and_kinds_of_nested_columns(spark: SparkSession) -> None:
    frame = spark.sql("SELECT named_struct('code', 7, 'secret', 'x') AS s, array('1', 'b') AS a, 1 AS other")
    config = TableConfig.model_validate(
        {
            "name": "t",
            "source": {"table": "t"},
            "columns": {
                "include": ["s", "a[]"],
                "exclude": ["s.secret"],
                "kinds": {"s.code": "string", "a[]": "integer"},
            },
        }
    )
    plan = plan_scan(frame, config, SketchSettings())
    assert [(column.path, column.kind.value) for column in plan.table.columns] == [
        ("s", "other"), ("s.code", "string"), ("a[]", "integer"),
    ]  # fmt: skip
    sent = to_arrow(plan.frame).to_pylist()
    assert sent == [{"c0": {"f0": "7", "f1": "x"}, "c1": [1, None]}]


def test_a_key_inside_an_array_is_refused(spark: SparkSession) -> None:
    frame = spark.sql("SELECT array(1) AS a, named_struct('id', 5) AS s")
    with pytest.raises(UsageError, match=r"'a\[\]' may have several values per row"):
        profile_dataframe(frame, keys=["a[]"])
    assert profile_dataframe(frame, keys=["s.id"]).rows == 1
    with pytest.raises(SourceError, match=r"no column 's.ide'.*s\.id"):
        profile_dataframe(frame, keys=["s.ide"])


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT 1 AS x, 'a' AS s WHERE false", 0),
        ("SELECT CAST(null AS double) AS x, CAST(null AS string) AS s FROM range(5)", 5),
        ("SELECT double('NaN') AS x, '' AS s FROM range(3)", 3),
        ("SELECT 1.0D AS x, 'one' AS s", 1),
        ("SELECT 1 AS x, repeat('ü', 524288) AS s", 1),
    ],
)
def test_nothing_or_little_or_much(spark: SparkSession, query: str, rows: int) -> None:
    found = of_sql(spark, query)
    assert {values["row_count"] for values in found.values()} == {rows}
    if rows == 3:
        assert found["x"]["nan_count"] == 3
        assert "mean" not in found["x"]
    if "repeat" in query:
        assert found["s"]["length_max"] == 524_288


def test_no_columns(spark: SparkSession) -> None:
    frame: DataFrame = spark.range(4).select()
    profile = profile_dataframe(frame)
    assert (profile.rows, dict(profile.columns)) == (4, {})


def test_a_million_distinct_strings(spark: SparkSession) -> None:
    found = of_sql(spark, "SELECT concat('id-', id) AS s FROM range(0, 1000000, 1, 4)")["s"]
    assert found["row_count"] == 1_000_000
    assert abs(found["distinct_count"] - 1e6) < 4 * 0.0163 * 1e6
    assert found["distinct_count_lower"] <= 1e6 <= found["distinct_count_upper"]


def test_text_that_is_not_utf8(spark: SparkSession) -> None:
    found = of_sql(spark, "SELECT cast(X'61FF62' AS string) AS s, X'61FF62' AS b UNION ALL SELECT 'a', X''")
    assert found["s"]["length_max"] == 3
    assert found["s"]["distinct_count"] == pytest.approx(2)
    assert found["b"]["empty_count"] == 1


def test_ends_of_the_calendar(spark: SparkSession) -> None:
    found = of_sql(
        spark,
        "SELECT TIMESTAMP'0001-01-01 00:00:00Z' AS t, DATE'0001-01-01' AS d UNION ALL "
        "SELECT TIMESTAMP'9999-12-31 23:59:59.999999Z', DATE'9999-12-31'",
    )
    assert found["t"]["min_text"].startswith("0001-01-01")
    assert found["t"]["max_text"].startswith("9999-12-31")
    assert found["d"]["max_text"] == "9999-12-31"


def test_a_row_that_cannot_be_computed_names_the_cause(spark: SparkSession) -> None:
    frame = spark.sql("SELECT IF(id = 1000, CAST(raise_error('row 1000 is bad') AS int), 1) AS x FROM range(2000)")
    with pytest.raises(SourceError, match="row 1000 is bad"):
        profile_dataframe(frame)
