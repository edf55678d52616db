"""`profile_dataframe` inside a pipeline, as README shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from stageprint import profile_dataframe
from stageprint.errors import ConfigError, SourceError
from stageprint.metrics.base import all_metrics
from stageprint.model import NotComputable
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.spark.store import SparkStore
from tests.support import shop


def test_three_lines_profile_and_store(spark: SparkSession, tmp_path: Path) -> None:
    orders = spark.createDataFrame(shop.orders("2026-03-02"))
    where = str(tmp_path / "observability")
    profile = profile_dataframe(orders, table="orders", stage="raw", run="2026-03-02", store=where, keys=["order_id"])
    assert profile.rows == shop.ROWS
    assert list(profile.columns) == orders.columns
    assert all_metrics()["null_count"].evaluate(profile.columns["order_id"]) == 0
    store = SparkStore(spark, where, "default")
    assert Results(store).run_ids() == ["2026-03-02"]
    assert store.frame(column_profiles()).count() == len(orders.columns)
    row = store.frame(TABLE_PROFILES).collect()[0]
    assert (row["stage"], row["table_name"], row["row_count"], row["engine_path"]) == (
        "raw",
        "orders",
        shop.ROWS,
        "dataframe",
    )
    assert row["keys"][0]["distinct"] == shop.ROWS
    # Figures that look at the run's date have one.
    hours = store.frame(column_profiles()).where("column_name = 'ordered_at'").select("freshness_hours").collect()
    assert 0 <= hours[0][0] < 24


def test_without_a_store_nothing_is_written(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert profile_dataframe(spark.range(10)).rows == 10
    assert list(tmp_path.iterdir()) == []


def test_a_misspelt_key_is_named(spark: SparkSession) -> None:
    with pytest.raises(SourceError, match=r"keys\[0\]: the source has no column 'idd' – did you mean 'id'"):
        profile_dataframe(spark.range(1), keys=["idd"])


def test_a_wrong_name_is_one_sentence(spark: SparkSession) -> None:
    with pytest.raises(ConfigError) as caught:
        profile_dataframe(spark.range(1), pipeline="my shop")
    assert str(caught.value) == (
        "pipeline: expected a name without blanks, dots, colons, slashes or braces, got 'my shop'"
    )


def test_types_without_statistics_are_counted_and_say_why(spark: SparkSession) -> None:
    frame = spark.range(5).selectExpr(
        "array(id) AS a",
        "map('k', id) AS m",
        "struct(id AS x) AS s",
        "CAST('x' AS BINARY) AS b",
        "INTERVAL 1 DAY AS i",
        "IF(id < 2, NULL, parse_json('[1]')) AS v",
        "NULL AS n",
    )
    profile = profile_dataframe(frame)
    metrics = all_metrics()
    for name in "amsbvn":
        column = profile.columns[name]
        assert metrics["row_count"].evaluate(column) == 5
        reason = metrics["mean"].evaluate(column)
        assert isinstance(reason, NotComputable)
        assert reason.reason.startswith("type "), name
    assert metrics["null_count"].evaluate(profile.columns["v"]) == 2
    assert metrics["null_count"].evaluate(profile.columns["n"]) == 5


def test_names_that_are_hard_to_write_where_case_says_nothing(spark: SparkSession) -> None:
    names = ["a.b", "a b", "a`b", "A", "a", "é", "e\u0301", "x" * 300]
    frame = spark.range(3).selectExpr(*["id"] * len(names)).toDF(*names)
    profile = profile_dataframe(frame)
    assert list(profile.columns) == ["`a.b`", "a b", "`a``b`", *names[3:]]
    assert all(all_metrics()["max"].evaluate(column) == 2 for column in profile.columns.values())
