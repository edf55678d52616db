from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import cast

import pytest
from pyspark.sql import SparkSession

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.opening import open_store, why_spark
from stageprint.stores.spark.store import SparkStore
from tests.unit.config.shop import changed

SESSION = cast("SparkSession", SimpleNamespace())


@pytest.fixture(autouse=True)
def no_spark_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABRICKS_RUNTIME_VERSION", "PYSPARK_GATEWAY_PORT", "SPARK_REMOTE", "HADOOP_CONF_DIR"):
        monkeypatch.delenv(name, raising=False)


def config(store: str, spark: str = "{}") -> PipelineConfig:
    return parse_config(changed("store: ./observability", f"store: {store!r}\nspark: {spark}"))


@pytest.mark.parametrize(
    "location", ["./observability", "store", "/a b/#1", "file:///a/b", "s3://b/k", "s3a://b/k", "gs://b/k", "az://b/k"]
)
def test_delta_rs_opens_paths_and_object_stores(location: str) -> None:
    assert why_spark(config(location)) is None
    assert open_store(config(location)) == DeltaStore(location, "shop")


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("main.quality", "a schema of a catalog"),
        ("hdfs://node/store", "delta-rs does not know hdfs: URLs"),
        ("dbfs:/store", "delta-rs does not know dbfs: URLs"),
        ("s3a://KEY:SECRET@b/k", "credentials in a URL are for Hadoop"),
        ("/a[1]/store", "delta-rs cannot open folders with ["),
        ("/a%20b/store", "delta-rs cannot open folders"),
    ],
)
def test_spark_opens_the_others(location: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stageprint.stores.spark.store.get_session", lambda **_: SESSION)
    assert reason in (why_spark(config(location)) or "")
    assert open_store(config(location)) == SparkStore(SESSION, location, "shop")


def test_spark_opens_what_its_settings_or_its_environment_are_about(monkeypatch: pytest.MonkeyPatch) -> None:
    with_keys = config("s3a://b/k", "{spark.hadoop.fs.s3a.endpoint: 'http://localhost'}")
    assert (
        why_spark(with_keys) == "spark.hadoop.fs.s3a.endpoint in the configuration is for Hadoop, which only Spark asks"
    )
    monkeypatch.setenv("HADOOP_CONF_DIR", "/etc/hadoop")
    assert "HADOOP_CONF_DIR" in (why_spark(config("/a/b")) or "")
    assert why_spark(config("file:///a/b")) is None
    monkeypatch.setenv("SPARK_REMOTE", "sc://host")
    assert why_spark(config("file:///a/b")) == "this process was given a Spark (SPARK_REMOTE)"


def test_a_session_that_runs_or_is_given_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_store(config("/a/b"), SESSION) == SparkStore(SESSION, "/a/b", "shop")
    running = SimpleNamespace(SparkSession=SimpleNamespace(getActiveSession=lambda: SESSION))
    monkeypatch.setitem(sys.modules, "pyspark.sql", running)
    assert why_spark(config("/a/b")) == "a Spark session is running in this process"
