"""The commits of a Delta source are kept beside its profile: of a path, of a catalog table, and as without Spark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from stageprint.config.loader import parse_config
from stageprint.engines.local.engine import LocalEngine
from stageprint.engines.spark.delta_history import describe_history
from stageprint.engines.spark.engine import SparkEngine
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.profile import profile
from stageprint.ports import Engine
from stageprint.stores.memory import MemoryStore


@pytest.fixture
def table(spark: SparkSession, tmp_path: Path) -> Iterator[str]:
    path = f"{tmp_path}/t"
    spark.range(5).write.format("delta").save(path)
    spark.range(3).write.format("delta").mode("append").save(path)
    spark.sql(f"CREATE TABLE with_history USING delta LOCATION '{path}'")
    yield path
    spark.sql("DROP TABLE with_history")


def history(engine: Engine, source: dict[str, Any]) -> list[dict[str, Any]]:
    described = {"name": "t", "source": source}
    config = parse_config(
        json.dumps({"pipeline": "p", "store": "unused", "stages": [{"name": "raw", "tables": [described]}]})
    )
    store = MemoryStore("p")
    assert not profile(config, ["1"], engine=engine, store=store).failed
    (row,) = store.read(TABLE_PROFILES).to_pylist()
    found: list[dict[str, Any]] = row["source_history"]
    return found


def test_a_path_and_a_catalog_table_tell_the_same_as_without_spark(spark: SparkSession, table: str) -> None:
    path = {"format": "delta", "path": table}
    found = history(SparkEngine(spark), path)
    assert [(one["version"], one["operation"]) for one in found] == [
        (1, "WRITE (append)"),
        (0, "WRITE (errorifexists)"),
    ]
    assert all(str(one["engine"]).startswith("Apache-Spark/") for one in found)
    assert history(LocalEngine(1), path) == found
    of_table = history(SparkEngine(spark), {"table": "with_history"})
    assert [one | {"committed_at": None} for one in of_table] == [one | {"committed_at": None} for one in found]
    apart = [abs((a["committed_at"] - b["committed_at"]).total_seconds()) for a, b in zip(of_table, found, strict=True)]
    assert max(apart) < 60, "in the same time zone; Spark's own are those of files where commits have none"


def test_of_an_earlier_version_later_commits_are_left_out(spark: SparkSession, table: str) -> None:
    source = {"format": "delta", "path": table, "options": {"versionAsOf": 0}}
    assert [one["version"] for one in history(SparkEngine(spark), source)] == [0]
    assert [one["version"] for one in describe_history(spark, "with_history", 0)] == [0]
