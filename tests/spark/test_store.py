from __future__ import annotations

import contextlib
import datetime as dt
import json
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from delta.exceptions import DeltaConcurrentModificationException
from pyspark.sql import DataFrame, SparkSession

from stageprint.engines.spark.compat import arrow_frame
from stageprint.engines.spark.frames import SparkRows
from stageprint.engines.spark.jvm import java_class
from stageprint.errors import StoreError
from stageprint.model.result_tables import FINDINGS, TABLE_PROFILES, ResultTable
from stageprint.model.spark_sql import text_literal
from stageprint.model.where import where
from stageprint.ports import ProfileStore
from stageprint.stores.spark.schemas import spark_schema
from stageprint.stores.spark.store import SparkStore
from stageprint.stores.spark.upkeep import SparkUpkeep
from tests.support.stores import StoreContract, UpkeepContract, finding, ids
from tests.support.versions import IS_SPARK_3


@pytest.fixture
def store(spark: SparkSession, tmp_path: Path) -> SparkStore:
    return SparkStore(spark, str(tmp_path / "store"), "shop")


class TestSparkStore(StoreContract):
    @pytest.fixture(name="store")
    def _store(self, spark: SparkSession, tmp_path: Path) -> SparkStore:
        return SparkStore(spark, str(tmp_path / "store"), "shop")

    def other_pipeline(self, store: SparkStore) -> ProfileStore:
        return SparkStore(store.spark, store.location, "warehouse")


class TestSparkUpkeep(UpkeepContract):
    max_files_of_one_version = 12
    """Data file, entry of the log, its checksum, checkpoint, pointer, facts of the last vacuum; checksums of them."""

    @pytest.fixture(name="store")
    def _store(self, spark: SparkSession, tmp_path: Path) -> SparkStore:
        return SparkStore(spark, str(tmp_path / "store"), "shop")

    def upkeep(self, store: SparkStore) -> SparkUpkeep:
        return SparkUpkeep(store)


def test_rows_outside_the_predicate_are_refused_not_written(store: SparkStore) -> None:
    store.replace(FINDINGS, FINDINGS.rows([finding("a", "1")]), where(run_id="a"))
    with pytest.raises(StoreError, match=r"findings.*cannot be written"):
        store.replace(FINDINGS, FINDINGS.rows([finding("b", "1")]), where(run_id="a"))


def test_comments_are_kept_in_the_table(spark: SparkSession, store: SparkStore) -> None:
    store.replace(FINDINGS, FINDINGS.rows([finding("a", "1")]), where(run_id="a"))
    comments = {field.name: field.metadata.get("comment") for field in spark.table(store.identifier(FINDINGS)).schema}
    assert comments == {column.name: column.comment for column in FINDINGS.columns}


@pytest.mark.parametrize("text", ["it's", "back\\slash", 'quo"te', "ü"])
def test_literals_mean_what_they_say(spark: SparkSession, text: str) -> None:
    assert spark.sql(f"SELECT {text_literal(text)}").first()[0] == text  # type: ignore[index]


@pytest.mark.parametrize(
    ("location", "path"),
    [("main.quality", None), ("./store", "./store"), ("/a/b", "/a/b"), ("s3://b/k", "s3://b/k"), ("store", "store")],
)
def test_a_dotted_name_is_a_catalog_and_all_else_a_path(spark: SparkSession, location: str, path: str | None) -> None:
    assert SparkStore(spark, location, "p").path == path


def test_a_store_in_a_schema_of_the_catalog(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql(f"CREATE DATABASE IF NOT EXISTS quality LOCATION '{tmp_path / 'quality'}'")
    try:
        store = SparkStore(spark, "spark_catalog.quality", "shop")
        assert not store.exists(FINDINGS)
        store.replace(FINDINGS, FINDINGS.rows([finding("a", "1")]), where(run_id="a"))
        store.replace(FINDINGS, FINDINGS.rows([finding("a", "2")]), where(run_id="a"))
        assert spark.table("quality.findings").count() == 1
        assert ids(store) == [("a", "2")]
    finally:
        spark.sql("DROP DATABASE quality CASCADE")


def test_rows_are_computed_once_whatever_others_commit_meanwhile(
    spark: SparkSession, store: SparkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no lock keeps writers apart: in catalogs and object stores."""
    monkeypatch.setattr("stageprint.stores.spark.store.commit_lock", lambda _: contextlib.nullcontext())
    store.append(FINDINGS, FINDINGS.rows([finding("a", "1", manifest_id="m1")]), where(manifest_id="m1"))
    begun, others_are_done = tmp_path / "begun", tmp_path / "others are done"
    begun.mkdir()

    def slowly(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            (begun / uuid.uuid4().hex).touch()
            while not others_are_done.exists():
                time.sleep(0.05)
            yield batch

    rows = FINDINGS.rows([finding("b", "1", manifest_id="m2")])
    frame = arrow_frame(spark, rows).coalesce(1).mapInArrow(slowly, spark_schema(spark, FINDINGS))
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(store.append, FINDINGS, SparkRows(frame), where(manifest_id="m2"))
        try:
            while not any(begun.iterdir()):
                time.sleep(0.05)
            store.append(FINDINGS, FINDINGS.rows([finding("c", "1", manifest_id="m3")]), where(manifest_id="m3"))
            store.replace(FINDINGS, FINDINGS.rows([finding("a", "2", manifest_id="m1")]), where(manifest_id="m1"))
        finally:
            others_are_done.touch()
        written.result()
    assert ids(store) == [("a", "2"), ("b", "1"), ("c", "1")]
    assert len(list(begun.iterdir())) == 1


def test_an_event_time_of_the_year_1_is_stored_and_the_session_is_as_before(store: SparkStore) -> None:
    names = ("spark.sql.parquet.datetimeRebaseModeInWrite", "spark.sql.parquet.int96RebaseModeInWrite")
    before = {name: str(store.spark.conf.get(name)) for name in names}
    # What a session of Spark 3.5 has that nobody set up for this.
    refusing = dict.fromkeys(names, "EXCEPTION") if IS_SPARK_3 else before
    for name, value in refusing.items():
        store.spark.conf.set(name, value)
    try:
        earliest = dt.datetime(1, 1, 1, tzinfo=dt.timezone.utc)
        row = {"run_id": "a", "stage": "raw", "table_name": "t", "event_time_min": earliest}
        store.replace(TABLE_PROFILES, TABLE_PROFILES.rows([{"pipeline": "shop", **row}]), where(run_id="a"))
        assert store.read(TABLE_PROFILES, columns=("event_time_min",)).to_pylist() == [{"event_time_min": earliest}]
        assert {name: store.spark.conf.get(name) for name in names} == refusing
    finally:
        for name, value in before.items():
            store.spark.conf.set(name, value)


def test_rows_are_added_by_a_commit_of_their_file_alone(store: SparkStore) -> None:
    for name in ("m1", "m2"):
        store.append(FINDINGS, FINDINGS.rows([finding("a", name, manifest_id=name)]), where(manifest_id=name))
    log = Path(store.location) / "findings" / "_delta_log" / "00000000000000000001.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    assert sorted(key for action in actions for key in action) == ["add", "commitInfo"]
    assert next(action["commitInfo"]["isBlindAppend"] for action in actions if "commitInfo" in action)


def test_an_attempt_to_add_that_was_made_all_the_same_leaves_no_row_twice(
    store: SparkStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, conditions = SparkStore._write, []

    def lost_answer(self: SparkStore, table: ResultTable, frame: DataFrame, condition: str | None) -> None:
        write(self, table, frame, condition)
        conditions.append(condition)
        if len(conditions) == 1:
            raise DeltaConcurrentModificationException("conflict", "")  # noqa: EM101 -- Spark's own, not an error for people

    monkeypatch.setattr(SparkStore, "_write", lost_answer)
    rows = FINDINGS.rows([finding("a", name, manifest_id="m1") for name in "12"])
    store.append(FINDINGS, rows, where(manifest_id="m1"))
    assert ids(store) == [("a", "1"), ("a", "2")]
    assert conditions == [None, "pipeline = 'shop' AND (manifest_id IN ('m1'))"]


def test_vacuum_prints_nothing_where_results_are_printed(store: SparkStore) -> None:
    for name in ("1", "2"):
        store.replace(FINDINGS, FINDINGS.rows([finding("a", name)]), where(run_id="a"))
    jvm: Any = store.spark._jvm
    console = getattr(java_class(jvm, "scala.Console$"), "MODULE$")
    out, err = (jvm.java.io.ByteArrayOutputStream() for _ in range(2))
    before = console.out(), console.err()
    try:
        console.setOutDirect(jvm.java.io.PrintStream(out))
        console.setErrDirect(jvm.java.io.PrintStream(err))
        SparkUpkeep(store).vacuum(FINDINGS, 0)
        console.out().print("after")
    finally:
        console.setOutDirect(before[0])
        console.setErrDirect(before[1])
    assert str(out.toString()) == "after"
    assert "Deleted" in str(err.toString())
