from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from stageprint.engines.spark import jars
from stageprint.engines.spark.compat import installed_spark
from stageprint.engines.spark.session import check_java, get_session
from stageprint.engines.spark.versions import minor
from stageprint.errors import SessionError


def test_workers_run_on_this_interpreter(spark: SparkSession) -> None:
    def interpreter(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _ in batches:
            yield pa.RecordBatch.from_pydict({"path": [sys.executable]})

    assert {row["path"] for row in spark.range(1).mapInArrow(interpreter, "path string").collect()} == {sys.executable}


def test_the_running_session_is_used_as_it_is(spark: SparkSession) -> None:
    assert get_session("another name", {"spark.sql.shuffle.partitions": "77"}) is spark
    assert spark.conf.get("spark.sql.shuffle.partitions") == "2"


def test_timestamps_are_utc(spark: SparkSession) -> None:
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"


def test_delta_tables_can_be_written_and_read(spark: SparkSession, tmp_path: Path) -> None:
    spark.range(3).write.format("delta").save(str(tmp_path / "t"))
    assert spark.read.format("delta").load(str(tmp_path / "t")).count() == 3


@pytest.fixture
def fake_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "jdk"
    (home / "bin").mkdir(parents=True)
    java = home / "bin" / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(home))
    return java


@pytest.mark.usefixtures("fake_java")
def test_an_old_java_is_named_with_the_way_out() -> None:
    with pytest.raises(SessionError, match=r"is Java 8.*Java 17 or newer.*apt-get install openjdk-17"):
        check_java()


def test_a_java_that_tells_no_version_is_refused(fake_java: Path) -> None:
    fake_java.write_text("#!/bin/sh\necho gibberish >&2\n")
    with pytest.raises(SessionError, match="does not print its version"):
        check_java()


def test_no_java_at_all_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SessionError, match=r"No Java was found.*JAVA_HOME"):
        check_java()


def put_jars(cache: Path) -> None:
    spark = minor(installed_spark())
    folder = cache / "stageprint" / f"delta-{jars.delta_version()}-spark-{spark}"
    (folder / "jars").mkdir(parents=True)
    for jar in jars.jar_files(folder, jars.artifact_of_delta()):
        jar.touch()


def test_who_comes_second_waits_for_the_jars_and_resolves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGEPRINT_CACHE", str(tmp_path))
    came = threading.Event()
    found: list[list[str]] = []

    def second() -> None:
        came.set()
        with jars.delta_jars() as settings:
            found.append(list(settings))

    other = threading.Thread(target=second)
    with jars.delta_jars() as settings:
        assert "spark.jars.packages" in settings
        other.start()
        came.wait()
        other.join(0.2)
        assert found == []
        put_jars(tmp_path)
    other.join()
    assert found == [["spark.driver.extraClassPath"]]


def test_jars_of_a_session_that_did_not_start_are_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGEPRINT_CACHE", str(tmp_path))
    put_jars(tmp_path)
    with pytest.raises(ConnectionError), jars.delta_jars():
        raise ConnectionError
    with jars.delta_jars() as settings:
        assert "spark.jars.packages" in settings
    with jars.delta_jars() as settings:
        assert list(settings) == ["spark.driver.extraClassPath"]


def test_jars_are_fetched_beforehand_where_a_configuration_names_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGEPRINT_CACHE", str(tmp_path))
    asked: list[dict[str, str]] = []

    def start(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(json.loads(command[-1]))
        if len(asked) == 1:
            return subprocess.CompletedProcess(command, 1, "", "Traceback ...\nRuntimeError: unresolved dependency\n")
        put_jars(tmp_path)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("stageprint.engines.spark.jars.subprocess.run", start)
    failed = pytest.raises(SessionError, match=r"Delta's jars cannot be fetched: RuntimeError: unresolved dependency")
    with failed, jars.delta_jars(has_own_packages=True):
        pass
    with jars.delta_jars(has_own_packages=True) as settings:
        assert list(settings) == ["spark.driver.extraClassPath"]  # so that packages of the configuration are not lost
    assert asked[1]["spark.jars.packages"].startswith("io.delta:delta-spark")
    with jars.delta_jars(has_own_packages=True) as settings:
        assert len(asked) == 2


@pytest.mark.parametrize(
    "module",
    [
        "profiling",
        "stageprint.cli",
        "stageprint.report",
        "stageprint.diagnosis",
        "stageprint.serving",
        "stageprint.fingerprint",
    ],
)
def test_everything_outside_spark_imports_without_pyspark(module: str) -> None:
    code = (
        "import sys, importlib\n"
        "sys.modules['pyspark'] = None\nsys.modules['delta'] = None\n"
        f"importlib.import_module({module!r})\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 -- this interpreter
