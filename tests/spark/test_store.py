from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from stageprint.errors import StoreError, UsageError
from stageprint.stores.spark.store import Store, literal, run_order
from stageprint.stores.spark.tables import FINDINGS, RUNS, all_tables


@pytest.fixture
def store(spark: SparkSession, tmp_path: Path) -> Store:
    return Store(spark, str(tmp_path / "store"), "shop")


def _finding(run: str, name: str, **other: Any) -> dict[str, Any]:
    return {
        "pipeline": "shop",
        "run_id": run,
        "finding_id": name,
        "severity": "critical",
        "cause": "null_spike",
        "class": "data",
        "stage": "raw",
        "table_name": "orders",
        "column_name": "price",
        "first_run": run,
        "explains": [],
        "confidence": 0.9,
        "alternatives": [],
        "evidence": "{}",
        "sentence": "…",
        **other,
    }


def _findings(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), FINDINGS.arrow_schema)


def _run(run: str, **other: Any) -> dict[str, Any]:
    now = dt.datetime(2026, 3, 8, 7, 30, tzinfo=dt.timezone.utc)
    return {"pipeline": "shop", "run_id": run, "status": "ok", "started_at": now, "ended_at": now, **other}


def _ids(store: Store) -> list[tuple[str, str]]:
    return sorted((row["run_id"], row["finding_id"]) for row in store.read(FINDINGS).collect())


def test_an_empty_store_reads_as_no_rows_with_the_full_schema(store: Store) -> None:
    for table in all_tables():
        frame = store.read(table)
        assert frame.columns == [col.name for col in table.columns]
        assert frame.count() == 0


def test_replacing_a_run_leaves_the_others_alone(store: Store) -> None:
    for run in ("a", "b"):
        store.replace(FINDINGS, _findings(_finding(run, "1"), _finding(run, "2")), store.predicate({"run_id": [run]}))
    store.replace(FINDINGS, _findings(_finding("a", "3")), store.predicate({"run_id": ["a"]}))
    assert _ids(store) == [("a", "3"), ("b", "1"), ("b", "2")]


def test_replacing_by_nothing_removes_the_run(store: Store) -> None:
    store.replace(FINDINGS, _findings(_finding("a", "1"), _finding("b", "1")), store.predicate({"run_id": ["a", "b"]}))
    store.replace(FINDINGS, _findings(), store.predicate({"run_id": ["a"]}))
    assert _ids(store) == [("b", "1")]


def test_writing_twice_changes_nothing(store: Store) -> None:
    for _ in range(2):
        store.replace(FINDINGS, _findings(_finding("a", "1")), store.predicate({"run_id": ["a"]}))
    assert _ids(store) == [("a", "1")]


def test_pipelines_share_a_store_without_seeing_each_other(spark: SparkSession, store: Store) -> None:
    other = Store(spark, store.location, "warehouse")
    store.replace(FINDINGS, _findings(_finding("a", "1")), store.predicate({"run_id": ["a"]}))
    other.replace(FINDINGS, _findings(_finding("a", "9", pipeline="warehouse")), other.predicate({"run_id": ["a"]}))
    assert _ids(store) == [("a", "1")]
    assert _ids(other) == [("a", "9")]


def test_rows_outside_the_predicate_are_refused_not_written(store: Store) -> None:
    store.replace(FINDINGS, _findings(_finding("a", "1")), store.predicate({"run_id": ["a"]}))
    with pytest.raises(StoreError, match=r"findings.*cannot be written"):
        store.replace(FINDINGS, _findings(_finding("b", "1")), store.predicate({"run_id": ["a"]}))


def test_writers_of_different_runs_at_the_same_time_all_get_through(store: Store) -> None:
    def write(run: str) -> None:
        store.replace(FINDINGS, _findings(_finding(run, "1")), store.predicate({"run_id": [run]}))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, ["a", "b", "c", "d"]))
    assert _ids(store) == [("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")]


def test_comments_are_kept_in_the_table(spark: SparkSession, store: Store) -> None:
    store.replace(FINDINGS, _findings(_finding("a", "1")), store.predicate({"run_id": ["a"]}))
    comments = {field.name: field.metadata.get("comment") for field in spark.table(store.identifier(FINDINGS)).schema}
    assert comments["sentence"] == "The finding in one plain sentence"


def test_runs_come_by_logical_date_and_an_unknown_one_is_named(store: Store) -> None:
    rows = [
        _run("2013-10", logical_date=dt.date(2013, 10, 1)),
        _run("2013-09", logical_date=dt.date(2013, 9, 1)),
    ]
    store.replace(
        RUNS, pa.Table.from_pylist(rows, RUNS.arrow_schema), store.predicate({"run_id": ["2013-09", "2013-10"]})
    )
    assert store.run_ids() == ["2013-09", "2013-10"]
    store.require_run("2013-09")
    with pytest.raises(UsageError, match=r"run '2013-9' is not in the store .* did you mean '2013-09'"):
        store.require_run("2013-9")


def test_a_store_without_runs_says_what_to_do(store: Store) -> None:
    with pytest.raises(UsageError, match="holds no run yet: `stageprint profile` first"):
        store.findings("a")


def test_findings_come_worst_first(store: Store) -> None:
    store.replace(RUNS, pa.Table.from_pylist([_run("a")], RUNS.arrow_schema), store.predicate({"run_id": ["a"]}))
    rows = [
        _finding("a", "w", severity="warning"),
        _finding("a", "c"),
        _finding("a", "t", column_name=":table", confidence=0.95),
    ]
    store.replace(FINDINGS, _findings(*rows), store.predicate({"run_id": ["a"]}))
    found = store.findings("a")
    assert [row["finding_id"] for row in found] == ["t", "c", "w"]
    assert [row["column"] for row in found] == [None, "price", "price"]


def test_runs_without_a_date_sort_by_when_they_were_profiled() -> None:
    early, late = (dt.datetime(2026, 1, day, tzinfo=dt.timezone.utc) for day in (1, 2))
    rows: list[dict[str, Any]] = [
        {"run_id": "z", "logical_date": None, "started_at": early},
        {"run_id": "a", "logical_date": None, "started_at": late},
        {"run_id": "n", "logical_date": None, "started_at": None},
    ]
    assert [row["run_id"] for row in sorted(rows, key=run_order)] == ["z", "a", "n"]


@pytest.mark.parametrize("text", ["it's", "back\\slash", 'quo"te', "ü"])
def test_literals_mean_what_they_say(spark: SparkSession, text: str) -> None:
    assert spark.sql(f"SELECT {literal(text)}").first()[0] == text  # type: ignore[index]


@pytest.mark.parametrize(
    ("location", "path"),
    [("main.quality", None), ("./store", "./store"), ("/a/b", "/a/b"), ("s3://b/k", "s3://b/k"), ("store", "store")],
)
def test_a_dotted_name_is_a_catalog_and_all_else_a_path(spark: SparkSession, location: str, path: str | None) -> None:
    assert Store(spark, location, "p").path == path


def test_a_store_in_a_schema_of_the_catalog(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql(f"CREATE DATABASE IF NOT EXISTS quality LOCATION '{tmp_path / 'quality'}'")
    try:
        store = Store(spark, "spark_catalog.quality", "shop")
        assert not store.exists(FINDINGS)
        store.replace(FINDINGS, _findings(_finding("a", "1")), store.predicate({"run_id": ["a"]}))
        store.replace(FINDINGS, _findings(_finding("a", "2")), store.predicate({"run_id": ["a"]}))
        assert spark.table("quality.findings").count() == 1
        assert _ids(store) == [("a", "2")]
    finally:
        spark.sql("DROP DATABASE quality CASCADE")
