"""``stageprint doctor``: what works, what is missing, and whether the configuration needs it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stageprint import cli
from stageprint.doctor import environment
from stageprint.engines.local.files import system_of
from stageprint.version import installed_version
from tests.support.cli import Capture
from tests.support.object_store import BUCKET, object_store

Found = dict[str, dict[str, Any]]

CONFIG = """\
pipeline: shop
store: ./observability
engine: local
stages:
  - name: raw
    tables:
      - {name: orders, source: {format: csv, path: "data/{run_id}/orders.csv"}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("STAGEPRINT_CONFIG", "DATABRICKS_RUNTIME_VERSION", "PYSPARK_GATEWAY_PORT", "SPARK_REMOTE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "data" / "2026-03-01").mkdir(parents=True)
    (tmp_path / "data" / "2026-03-01" / "orders.csv").write_text("id\n1\n", "utf-8")
    (tmp_path / "stageprint.yml").write_text(CONFIG, "utf-8")
    return tmp_path


@pytest.fixture
def examined(capsys: Capture) -> Callable[[str, int], Found]:
    def run(text: str, status: int) -> Found:
        Path("stageprint.yml").write_text(text, "utf-8")
        assert cli.run(["doctor", "--format", "json"]) == status
        return {one["name"]: one for one in json.loads(capsys.readouterr().out)}

    return run


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr("shutil.which", lambda _: None)


@pytest.mark.usefixtures("no_java")
def test_a_local_pipeline_needs_no_java(capsys: Capture) -> None:
    assert cli.run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "not there   Java          neither on the path nor under JAVA_HOME (only for engine spark" in out
    assert "ok          store         ./observability is empty, and can be written (delta-rs)" in out
    assert out.endswith("all that stageprint.yml needs works\n")


@pytest.mark.usefixtures("no_java")
def test_a_query_needs_java(examined: Callable[[str, int], Found]) -> None:
    found = examined(CONFIG.replace('{format: csv, path: "data/{run_id}/orders.csv"}', '{sql: "SELECT 1"}'), 2)
    java = found["Java"]
    assert (java["health"], java["needed"]) == ("missing", True)
    assert java["why"] == "raw.orders: a query is run by Spark"
    assert "install Java 17" in java["advice"]


def test_an_old_java_is_named(examined: Callable[[str, int], Found], tmp_path: Path, monkeypatch: Any) -> None:
    java = tmp_path / "jdk" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_392\"' >&2\n", "utf-8")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    found = examined(CONFIG.replace("engine: local", "engine: spark"), 2)
    assert found["Java"]["health"] == "failed"
    assert found["Java"]["found"] == f"1.8.0_392 at {java}"


def test_a_missing_library_is_a_problem_where_it_is_needed(
    examined: Callable[[str, int], Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "holidays" else real(name))
    assert examined(CONFIG, 0)["holidays"]["needed"] is False
    found = examined(CONFIG + "calendar: {country: DE}\n", 2)
    assert found["holidays"]["advice"] == "pip install holidays"


def test_another_delta_than_that_of_the_spark_is_a_problem(
    examined: Callable[[str, int], Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = installed_version
    monkeypatch.setattr(environment, "installed_version", lambda name: "3.3.2" if name == "delta-spark" else real(name))
    found = examined(CONFIG.replace("engine: local", "engine: spark"), 2)
    assert found["delta-spark"]["advice"] == "pip install 'delta-spark==4.4.*'"


def test_a_store_that_cannot_be_written_is_a_problem(examined: Callable[[str, int], Found], here: Path) -> None:
    (here / "file").write_text("", "utf-8")
    store = examined(CONFIG.replace("./observability", "./file/observability"), 2)["store"]
    assert (store["health"], store["needed"]) == ("failed", True)
    assert store["advice"]


def test_nothing_stays_in_a_store(here: Path) -> None:
    before = sorted(here.rglob("*"))
    assert cli.run(["doctor"]) == 0
    assert sorted(here.rglob("*")) == before


def test_a_store_of_a_catalog_is_not_tried(examined: Callable[[str, int], Found]) -> None:
    store = examined(CONFIG.replace("./observability", "main.obs"), 0)["store"]
    assert (store["health"], "a schema of a catalog" in store["found"]) == ("unknown", True)


def test_a_missing_source_is_a_problem(examined: Callable[[str, int], Found]) -> None:
    sources = examined(CONFIG.replace("data/", "dato/"), 2)["sources"]
    assert sources["health"] == "failed"
    assert "raw.orders: no run of the csv source" in sources["found"]


def test_an_object_store_is_written_and_left_as_it_was(
    examined: Callable[[str, int], Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    with object_store() as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        found = examined(CONFIG.replace("./observability", f"s3://{BUCKET}/obs"), 0)
        assert found["credentials for s3"]["found"] == "AWS_ACCESS_KEY_ID"
        assert found["store"]["health"] == "ok"
        system, bare, _ = system_of(f"s3://{BUCKET}/obs")
        assert system.get_file_info([bare])[0].type.name == "NotFound"
        assert examined(CONFIG.replace("./observability", "s3://no-such-bucket/obs"), 2)["store"]["health"] == "failed"


def test_a_secret_and_a_function_are_looked_for(
    examined: Callable[[str, int], Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STAGEPRINT_HASH_KEY", raising=False)
    monkeypatch.setenv("STAGEPRINT_ALLOWED_MODULES", "other")
    more = '        model_version: v\n        expected_model_version: {python: "mine.models:newest"}\n'
    text = CONFIG.replace(
        '      - {name: orders, source: {format: csv, path: "data/{run_id}/orders.csv"}}\n',
        '      - name: orders\n        source: {format: csv, path: "data/{run_id}/orders.csv"}\n'
        f"        columns: {{sensitive: {{id: hashed}}}}\n{more}",
    )
    found = examined(text, 2)
    assert found["secret of hashed columns"]["health"] == "missing"
    assert found["function mine.models:newest"]["advice"] == "set STAGEPRINT_ALLOWED_MODULES=mine.models"


def test_without_a_configuration_stageprint_itself_counts(here: Path, capsys: Capture) -> None:
    (here / "stageprint.yml").unlink()
    assert cli.run(["doctor"]) == 0
    assert capsys.readouterr().out.endswith("all that stageprint needs works\n")
    assert cli.run(["doctor", "--config", "none.yml"]) == 2
