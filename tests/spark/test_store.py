from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from stageprint.errors import StoreError
from stageprint.model.result_tables import FINDINGS
from stageprint.model.where import where
from stageprint.ports import ProfileStore
from stageprint.stores.spark.conditions import literal
from stageprint.stores.spark.store import SparkStore
from stageprint.stores.spark.upkeep import SparkUpkeep
from tests.support.stores import StoreContract, UpkeepContract, finding, ids


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
    assert spark.sql(f"SELECT {literal(text)}").first()[0] == text  # type: ignore[index]


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
