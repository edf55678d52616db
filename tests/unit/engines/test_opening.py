"""Which engine reads a pipeline's tables, and why."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import ReadPath
from stageprint.engines import given, opening
from stageprint.engines.chosen import ChosenEngine, LocalFirst
from stageprint.engines.local.engine import LocalEngine
from stageprint.engines.opening import Choice, choose
from stageprint.errors import SessionError
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.profile import profile
from stageprint.stores.memory import MemoryStore
from tests.support.memory_engine import MemoryEngine

FILES = "{format: parquet, path: 'data/{run_id}'}"
NOTHING = "there is no Spark session, and no source or store needs one"
SESSION = cast("SparkSession", SimpleNamespace())


def _config(source: str = FILES, more: str = "", settings: str = "") -> PipelineConfig:
    table = f"{{name: t, source: {source}{more}}}"
    return parse_config(f"pipeline: p\nstore: s\n{settings}stages: [{{name: raw, tables: [{table}]}}]\n")


def _choose(config: PipelineConfig, *more: Any, store: str | None = None) -> Choice:
    return choose(config, *more, selected=config.select(), store_needs_spark=store)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process without a Spark, on a machine without Java."""
    names = ("JAVA_HOME", "HADOOP_CONF_DIR", "STAGEPRINT_MASTER", *given.GIVEN)
    for name in names:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delitem(sys.modules, "pyspark.sql", raising=False)
    monkeypatch.setattr("stageprint.engines.spark.engine.open_engine", lambda *_: MemoryEngine({}))


@pytest.fixture
def java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").write_text("")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))


@pytest.mark.usefixtures("java")
def test_files_are_read_locally_although_spark_could_be_started() -> None:
    assert _choose(_config()) == Choice("local", NOTHING)
    assert str(_choose(_config())) == f"read by the local engine: {NOTHING}"


@pytest.mark.usefixtures("java")
@pytest.mark.parametrize(
    ("source", "more", "reason"),
    [
        ("{table: main.shop.t}", "", "a catalog table is found by Spark"),
        ("{sql: SELECT 1}", "", "a query is run by Spark"),
        ("{format: stageprint, path: 'dbfs:/p'}", "", "Spark alone reaches dbfs: URLs"),
        (FILES, ", incremental: day", "`incremental` is done by Spark"),
        (
            "{format: csv, path: p, options: {header: true, Mode: FAILFAST}}",
            "",
            "option 'Mode' of csv files is followed",
        ),
        (
            "{format: parquet, path: p, options: {pathGlobFilter: '*.x'}}",
            "",
            "option 'pathGlobFilter' of parquet files",
        ),
        ("{format: parquet, path: 'hdfs://node/p'}", "", "Spark alone reaches hdfs: URLs"),
        ("{format: parquet, path: 'dbfs:/p'}", "", "Spark alone reaches dbfs: URLs"),
        ("{format: parquet, path: 's3a://KEY:SECRET@bucket/p'}", "", "credentials in a URL are for Hadoop"),
    ],
)
def test_spark_reads_what_only_spark_can(source: str, more: str, reason: str) -> None:
    choice = _choose(_config(source, more))
    assert choice.engine == "spark"
    assert (choice.reason or "").startswith(f"raw.t needs Spark: {reason}")
    assert choose(_config(source, more), selected=()).engine == "local"


@pytest.mark.usefixtures("java")
@pytest.mark.parametrize(
    "source",
    [
        "{format: csv, path: 'C:/data', options: {header: true, inferSchema: true, sep: ';'}}",
        "{format: delta, path: 's3://bucket/t', options: {versionAsOf: 3}}",
        "{format: orc, path: 'file:///data', options: {mergeSchema: false}}",
        "{format: stageprint, path: 's3://bucket/profiles/{run_id}'}",
    ],
)
def test_what_the_local_engine_reads_needs_no_spark(source: str) -> None:
    assert _choose(_config(source)).engine == "local"


@pytest.mark.usefixtures("java")
def test_the_store_settings_and_the_environment_may_need_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    by_store = _choose(_config(), store="it is a schema of a catalog")
    assert by_store == Choice("spark", "the store needs Spark: it is a schema of a catalog")
    zone = _choose(_config(settings="spark: {spark.sql.session.timeZone: Asia/Tokyo}\n"))
    assert zone == Choice("spark", "spark.sql.session.timeZone under `spark:` is followed by Spark only")
    tuning = "spark: {spark.driver.memory: 8g, spark.sql.shuffle.partitions: 2}\n"
    assert _choose(_config(settings=tuning)).engine == "local"
    with monkeypatch.context() as patch:
        patch.setenv("HADOOP_CONF_DIR", "/etc/hadoop")
        assert "HADOOP_CONF_DIR" in (_choose(_config()).reason or "")
        assert _choose(_config("{format: parquet, path: 'file:///p'}")).engine == "local"
    monkeypatch.setenv("STAGEPRINT_MASTER", "spark://host:7077")
    assert _choose(_config()) == Choice("spark", "STAGEPRINT_MASTER says where Spark runs")


@pytest.mark.parametrize("name", given.GIVEN)
def test_a_process_that_was_given_a_spark_uses_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "anything")
    assert _choose(_config()) == Choice("spark", f"this process was given a Spark ({name})")
    assert given.why_no_spark() is None


def test_a_session_that_runs_or_is_given_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _choose(_config(), None, SESSION) == Choice("spark")
    running = SimpleNamespace(SparkSession=SimpleNamespace(getActiveSession=lambda: SESSION))
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "pyspark.sql", running)
        assert _choose(_config()) == Choice("spark", "a Spark session is running in this process")
        assert _choose(_config(), "local") == Choice("local")
    in_another_thread = SimpleNamespace(SparkContext=SimpleNamespace(_active_spark_context=object()))
    monkeypatch.setitem(sys.modules, "pyspark", in_another_thread)
    assert _choose(_config()).engine == "spark"


def test_what_is_asked_for_is_taken() -> None:
    ways: tuple[ReadPath, ...] = ("spark", "arrow", "dataframe")
    for way in ways:
        assert _choose(_config(), way) == Choice("spark")
        assert isinstance(opening.open_engine(_config(), Choice("spark")), MemoryEngine)
    assert _choose(_config("{sql: SELECT 1}"), "local") == Choice("local")
    assert _choose(_config(settings="engine: local\n"), None, SESSION) == Choice("local")
    assert opening.open_engine(_config(), Choice("local")) == LocalEngine()


def test_without_a_spark_the_local_engine_reads_what_it_can() -> None:
    choice = _choose(_config("{sql: SELECT 1}"))
    assert choice.engine == "local"
    assert choice.reason == (
        "raw.t needs Spark: a query is run by Spark, but no Java is found, neither on the path nor under JAVA_HOME"
    )
    opened = opening.open_engine(_config(), choice)
    assert isinstance(opened, ChosenEngine)
    assert opened.engine == LocalEngine()


def test_a_missing_pyspark_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec

    def without(name: str, *rest: Any) -> Any:
        return None if name == "pyspark" else found(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    assert given.why_no_spark() == 'pyspark is not installed (pip install "stageprint[spark]")'
    with pytest.raises(SessionError, match=r'needs Spark, but pyspark is not installed; install it: pip install "stag'):
        opening.open_engine(_config(), Choice("spark"))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in ("plain", "cast"):
        (tmp_path / "1").mkdir(exist_ok=True)
        pq.write_table(
            pa.table({"price": ["1.5", "2.5"], "city": ["Rome", "Oslo"]}), tmp_path / "1" / f"{name}.parquet"
        )
    return tmp_path


def _two_tables(files: Path) -> PipelineConfig:
    source = f"source: {{format: parquet, path: '{files}/{{run_id}}/{{}}.parquet'}}"
    tables = (
        f"{{name: plain, {source.replace('{}', 'plain')}}}, "
        f"{{name: cast, {source.replace('{}', 'cast')}, columns: {{kinds: {{price: float}}}}}}"
    )
    return parse_config(f"pipeline: p\nstore: s\nstages: [{{name: raw, tables: [{tables}]}}]\n")


@pytest.mark.usefixtures("java")
def test_spark_is_started_for_the_tables_that_turn_out_to_need_it(files: Path) -> None:
    config = _two_tables(files)
    spark = MemoryEngine({"1": {"raw.cast": pa.table({"price": [1.5, 2.5], "city": ["Rome", "Oslo"]})}})
    started = []
    engine = LocalFirst(NOTHING, lambda: started.append(1) or spark)  # type: ignore[func-returns-value]
    assert engine.versions() == LocalEngine().versions()
    store = MemoryStore("p")
    outcome = profile(config, ["1"], engine=engine, store=store)
    assert [(str(one.key), one.status) for one in outcome.tables] == [("raw.plain", "ok"), ("raw.cast", "ok")]
    assert started == [1]
    assert engine.remark == "; Spark read raw.cast, which nothing else can"
    rows = {row["table_name"]: row for row in store.read(TABLE_PROFILES).to_pylist()}
    assert (rows["plain"]["engine_path"], rows["plain"]["engine_reason"]) == ("local", NOTHING)
    assert rows["cast"]["engine_path"] == "memory"
    assert rows["cast"]["engine_reason"] == "table 'cast': columns.kinds: 'price' is cast to float by Spark only"


def test_where_spark_does_not_start_such_a_table_fails_alone(files: Path) -> None:
    def start() -> MemoryEngine:
        message = "Spark did not start: no jars"
        raise SessionError(message)

    store = MemoryStore("p")
    engine = LocalFirst(NOTHING, start)
    outcome = profile(_two_tables(files), ["1"], engine=engine, store=store)
    assert [(str(one.key), one.status) for one in outcome.tables] == [("raw.plain", "ok"), ("raw.cast", "failed")]
    assert (outcome.failed[0].error or "").endswith("by Spark only; Spark did not start: no jars")
    assert engine.remark == ""


def test_without_a_spark_such_a_table_fails_alone(files: Path) -> None:
    config = _two_tables(files)
    store = MemoryStore("p")
    engine = opening.open_engine(config, Choice("local", "why"))
    outcome = profile(config, ["1"], engine=engine, store=store)
    assert [(str(one.key), one.status) for one in outcome.tables] == [("raw.plain", "ok"), ("raw.cast", "failed")]
    assert "is cast to float by Spark only" in (outcome.failed[0].error or "")
    assert {row["engine_reason"] for row in store.read(TABLE_PROFILES).to_pylist()} == {"why"}
