"""Rows that repeat a key, counted exactly, and what that costs in Spark jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from stageprint import profile_dataframe
from stageprint.checks import CheckContext, parse_checks
from stageprint.config.sketches import SketchSettings
from stageprint.engines.spark import keys
from stageprint.model import TableProfile

SMALL = SketchSettings(theta_lg_k=5)
"""A sketch of 32 keys: more are an estimate."""

Frame = Callable[[int], DataFrame]


@pytest.fixture
def frame(spark: SparkSession, tmp_path: Path) -> Frame:
    """Return a way to a Parquet table of so many keys; the first 3 stand twice, two rows have a null in the key."""

    def make(count: int) -> DataFrame:
        ids = [*range(count), 0, 1, 2, None, 5]
        names = [*(f"n{i % 7}" for i in range(count)), "n0", "n1", "n2", "n0", None]
        path = str(tmp_path / f"{count}.parquet")
        spark.createDataFrame(pa.table({"id": ids, "name": names})).write.parquet(path)
        return spark.read.parquet(path)

    return make


def repeated(profile: TableProfile) -> dict[str, int]:
    found: dict[str, int] = profile.facts["key_duplicate_rows"]
    return found


def jobs(spark: SparkSession, group: str, frame: DataFrame, names: list[str], *, exact: bool) -> int:
    """Return how many Spark jobs the profile of a frame starts."""
    spark.sparkContext.setJobGroup(group, group)
    try:
        profile_dataframe(frame, keys=names, exact_keys=exact, sketches=SMALL)
    finally:
        spark.sparkContext.setJobGroup("others", "")
    return len(spark.sparkContext.statusTracker().getJobIdsForGroup(group))


@pytest.mark.parametrize("count", [20, 500])
@pytest.mark.parametrize("one_task", [1 << 18, 0])
def test_repeats_are_counted_whether_the_sketch_is_exact_or_not(
    frame: Frame, count: int, one_task: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "_MAX_ROWS_FOR_ONE_TASK", one_task)
    table = frame(count)
    one = profile_dataframe(table, keys=["id"], sketches=SMALL)
    assert repeated(one) == {"id": 4}
    assert one.facts["key_null_rows"] == {"id": 1}
    two = profile_dataframe(table, keys=["id", "name"], sketches=SMALL)
    assert repeated(two) == {"id+name": 3}
    assert two.facts["key_null_rows"] == {"id+name": 2}


def test_a_table_of_unique_keys_and_one_without_rows(spark: SparkSession) -> None:
    assert repeated(profile_dataframe(spark.range(100), keys=["id"], sketches=SMALL)) == {"id": 0}
    assert repeated(profile_dataframe(spark.range(0), keys=["id"])) == {"id": 0}
    nothing = spark.sql("SELECT CAST(NULL AS BIGINT) AS id FROM range(3)")
    assert repeated(profile_dataframe(nothing, keys=["id"])) == {"id": 0}


def test_the_key_check_is_then_exact(frame: Frame) -> None:
    (entry,) = parse_checks(["key_unique"], "checks")
    exact = entry.check.evaluate(CheckContext(profile_dataframe(frame(500), keys=["id"], sketches=SMALL), "run"))
    assert (exact.status, exact.observed) == (
        "fail",
        "4 of 504 rows repeat a key; 1 row with a null in the key left out",
    )


def test_what_exact_keys_cost_in_spark_jobs(frame: Frame, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = frame(20), frame(500)
    scan = jobs(spark, "scan", many, ["id"], exact=False)
    assert scan == 2
    assert jobs(spark, "no keys", many, [], exact=True) == scan
    # The sketch is exact: nothing more to read.
    assert jobs(spark, "few", few, ["id"], exact=True) == scan
    assert jobs(spark, "many", many, ["id", "name"], exact=True) == scan + 1
    # Beyond what one task groups: two shuffles, each a job of its own under adaptive execution.
    monkeypatch.setattr(keys, "_MAX_ROWS_FOR_ONE_TASK", 0)
    assert jobs(spark, "shuffled", many, ["id"], exact=True) == scan + 3
