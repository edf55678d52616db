"""What only reads stored results, or writes small tables, needs no Spark for a store at a path."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stageprint import api
from stageprint.config.loader import parse_config
from stageprint.model.result_tables import FINDINGS, MARKS, SHIFTS, ResultTable
from stageprint.model.where import EVERY_ROW
from stageprint.pipeline.compare import compare
from stageprint.pipeline.tables import all_tables
from stageprint.ports import ProfileStore, SqlRows
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.memory import MemoryStore
from stageprint.stores.spark.views import view_definitions
from tests.support import serving
from tests.support.memory_engine import profiled_store
from tests.support.result_rows import sorted_rows

RUNS = [f"2026-03-{day:02}" for day in range(1, 11)]
_CONFIG = """\
pipeline: shop
store: {store}
notify: [{{sink: log}}]
stages:
  - name: raw
    tables:
      - {{name: orders, source: {{table: a}}, checks: [{{check: row_count, min: 1}}{check}]}}
"""
_CUSTOM = ", {check: custom_sql, sql: 'SELECT 1 WHERE false'}"


def _rows(seed: int, *, broken: bool) -> Mapping[str, pa.Table]:
    rng = random.Random(seed)  # noqa: S311 -- no secret
    price = [None if broken and rng.random() < 0.5 else rng.gauss(20, 4) for _ in range(1000)]
    return {"raw.orders": pa.table({"price": price, "city": [rng.choice(["Rome", "Oslo"]) for _ in range(1000)]})}


@pytest.fixture(scope="module")
def profiled() -> MemoryStore:
    config = parse_config(_CONFIG.format(store="memory", check=""))
    return profiled_store(config, {run: _rows(n, broken=run == RUNS[-1]) for n, run in enumerate(RUNS)})


@pytest.fixture
def store(profiled: MemoryStore, tmp_path: Path) -> DeltaStore:
    copy = DeltaStore(str(tmp_path / "store"), "shop")
    for table in all_tables():
        if profiled.exists(table):
            copy.replace(table, profiled.read(table), EVERY_ROW)
    return copy


def test_a_comparison_writes_the_same_rows_as_one_in_memory(profiled: MemoryStore, store: DeltaStore) -> None:
    config = parse_config(_CONFIG.format(store=store.location, check=""))
    memory = profiled.copy()
    compare(config, RUNS, store=memory)
    outcome = api.compare_runs(config, RUNS)
    assert {found.cause for found in outcome.findings} == {"null_spike"}

    def shown(of: ProfileStore, table: ResultTable) -> list[str]:
        rows = of.read(table)
        return sorted_rows(
            rows.drop_columns([name for name in ("manifest_id", "found_at") if name in rows.column_names])
        )

    for table in (SHIFTS, FINDINGS):
        assert shown(store, table) == shown(memory, table)


def _without_spark(config: Path, commands: list[list[str]]) -> subprocess.CompletedProcess[str]:
    """Run commands in a process where pyspark cannot be imported; its last line is their exit statuses as JSON."""
    code = f"""
import importlib.util, json, sys
for name in ("pyspark", "delta", "py4j"):
    sys.modules[name] = None  # importing it is an error
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "pyspark" else found(name, *rest)
from stageprint import cli
print(json.dumps([cli.run([*command, "--config", {str(config)!r}]) for command in {commands!r}]))
"""
    done = subprocess.run(  # noqa: S603 -- our own interpreter and code
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": "profiling", "COLUMNS": "120"},
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    return done


def test_the_commands_that_need_no_source_start_no_spark(store: DeltaStore, tmp_path: Path) -> None:
    config = tmp_path / "shop.yml"
    config.write_text(_CONFIG.format(store=store.location, check=""))
    commands = [
        ["compare", "--all-runs", "--fail-on", "never"],
        ["check", "--run", RUNS[-1]],
        ["findings"],
        ["runs", "list"],
        ["runs", "mark", RUNS[0], "--bad", "test"],
        ["history", "--stage", "raw", "--table", "orders", "--column", "price"],
        ["suggest"],
        ["notify", "--run", RUNS[-1], "--dry-run"],
        ["report", "--run", RUNS[-1], "--out", str(tmp_path / "report.html")],
    ]
    done = _without_spark(config, commands)
    assert json.loads(done.stdout.splitlines()[-1]) == [0] * len(commands), done.stdout + done.stderr
    assert "raw.orders.price is null in" in done.stdout


def test_views_of_a_store_in_a_folder_are_printed_without_spark(store: DeltaStore, tmp_path: Path) -> None:
    config = tmp_path / "shop.yml"
    config.write_text(_CONFIG.format(store=store.location, check=""))
    assert not store.exists(MARKS)
    done = _without_spark(config, [["views"]])
    *lines, statuses = done.stdout.splitlines()
    assert json.loads(statuses) == [0], done.stderr
    made = {line.split()[5] for line in lines if line.startswith("CREATE OR REPLACE TEMPORARY VIEW ")}
    # Also of what was never written: nobody marked a run.
    assert made == {*view_definitions(), *(table.name for table in all_tables())}
    assert f"SELECT * FROM delta.`file:{store.location}/marks`;" in lines
    assert store.exists(MARKS)


def test_files_are_profiled_and_compared_without_spark(tmp_path: Path) -> None:
    for number, run in enumerate(RUNS[:4]):
        (tmp_path / run).mkdir()
        pq.write_table(_rows(number, broken=number == 3)["raw.orders"], tmp_path / run / "orders.parquet")
    config = tmp_path / "shop.yml"
    config.write_text(
        f"pipeline: shop\nstore: {tmp_path / 'store'}\nstages:\n  - name: raw\n    tables:\n"
        f"      - {{name: orders, source: {{format: parquet, path: '{tmp_path}/{{run_id}}/orders.parquet'}}}}\n"
    )
    commands = [["profile", "--all-runs"], ["compare", "--all-runs"], ["findings"], ["tables"], ["show", "orders"]]
    commands += [["show", "raw.orders", "--run", RUNS[0], "--format", "json"], ["show", "orders", "--run", "gone"]]
    done = _without_spark(config, commands)
    assert json.loads(done.stdout.splitlines()[-1]) == [0, 1, 0, 0, 0, 0, 2], done.stdout + done.stderr
    why = "read by the local engine: there is no Spark session, and no source or store needs one\n"
    assert done.stdout.count(why) == 1
    assert "raw.orders.price is null in" in done.stdout
    assert re.search(rf"raw.orders +1,000 +2 +\S+\sKiB +{RUNS[3]} +ok\n", done.stdout)
    assert re.search(r"price +double +\S+\s% .*critical: ", done.stdout)
    assert re.search(r"city +string +0\s% +2 +Oslo +– +Rome +(Oslo|Rome) \(5\d\d\)\n", done.stdout)
    assert f"run 'gone' is not in the store {tmp_path / 'store'}" in done.stderr


def test_windows_of_serving_processes_are_ingested_and_compared_without_spark(tmp_path: Path) -> None:
    for number, run in enumerate(RUNS[:4]):
        table = serving.requests(1000, seed=number)
        if number == 3:
            table = table.set_column(3, "amount", pa.array([None] * 1000, pa.float64()))
        for replica in range(2):
            with serving.profiler(tmp_path, run=run, replica=f"r{replica}") as profiler:
                profiler.update(table.slice(500 * replica, 500))
    config = tmp_path / "shop.yml"
    config.write_text(serving.yaml(tmp_path))
    commands = [["validate"], ["ingest", *(word for run in RUNS[:4] for word in ("--run", run))]]
    commands += [["compare", "--all-runs"], ["findings"], ["profile", "--all-runs"]]
    done = _without_spark(config, commands)
    assert json.loads(done.stdout.splitlines()[-1]) == [0, 0, 1, 0, 0], done.stdout + done.stderr
    assert "read by the local engine: there is no Spark session, and no source or store needs one\n" in done.stdout
    assert "serving.requests.amount is null in" in done.stdout


def test_importing_needs_no_spark() -> None:
    """Everything but what works with a session or in another tool; the two public names that do say what to install."""
    code = """
import pkgutil, sys
for name in ("pyspark", "delta", "py4j"):
    sys.modules[name] = None  # importing it is an error
import stageprint
from stageprint.cli import run
from stageprint.cli.program import app
seen = 0
for found in pkgutil.walk_packages(stageprint.__path__, "stageprint."):
    others = ("stageprint.__main__", "stageprint.integrations.airflow", "stageprint.integrations.dagster")
    if ".spark" not in found.name and found.name not in others:
        __import__(found.name)
        seen += 1
assert seen > 250, seen
for name in app.names:
    assert run([name, "--help"]) == 0, name
for name in stageprint.__all__:
    if name not in {"get_session", "open_store"}:
        getattr(stageprint, name)
        continue
    try:
        getattr(stageprint, name)
    except ImportError as error:
        assert f"stageprint.{name} needs Spark, but pyspark is not installed; install it: pip" in str(error), error
    else:
        raise AssertionError(name)
"""
    done = subprocess.run(  # noqa: S603 -- our own interpreter and code
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": "profiling"},
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words", [["findings"], ["runs", "list"], ["history", "--stage", "raw", "--table", "orders", "--column", "price"]]
)
def test_reading_results_imports_only_what_it_needs(store: DeltaStore, tmp_path: Path, words: list[str]) -> None:
    """Neither SciPy nor engines nor the decision rule, nor what reads columns: they take longer than the command."""
    config = tmp_path / "shop.yml"
    config.write_text(_CONFIG.format(store=store.location, check=""))
    heavy = ["scipy", "pyarrow.parquet", "pyarrow.fs", "pyarrow.csv", "stageprint.engines.local.engine"]
    heavy += ["stageprint.decision.rule", "stageprint.pipeline.compare", "stageprint.checks._suggest", "jinja2"]
    heavy += ["stageprint.batch.column", "stageprint.batch.texts", "stageprint.report.junit"]
    heavy += ["stageprint.checks._declared", "stageprint.checks.pattern"]  # a check that is not declared
    code = f"""
import sys
from stageprint.cli import run
status = run({[*words, "--config", str(config)]!r})
print(status, [name for name in {heavy!r} if name in sys.modules])
"""
    done = subprocess.run(  # noqa: S603 -- our own interpreter and code
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": "profiling"},
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.splitlines()[-1] in {"0 []", "4 []"}, done.stdout + done.stderr


def test_only_a_declared_query_starts_spark(store: DeltaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Sql:
        def __init__(self, opened: object) -> None:
            assert opened == "Spark's store"

        def __call__(self, query: str, parameters: Mapping[str, str]) -> SqlRows:
            asked.append(query)
            assert parameters
            return []

    monkeypatch.setattr("stageprint.stores.spark.sql.SparkSql", Sql)
    monkeypatch.setattr("stageprint.stores.spark.store.open_store", lambda *_: "Spark's store")
    without = parse_config(_CONFIG.format(store=store.location, check=""))
    assert [one.status for one in api.check_runs(without, RUNS[-1:]).checks] == ["pass"]
    assert asked == []
    declared = parse_config(_CONFIG.format(store=store.location, check=_CUSTOM))
    assert [one.status for one in api.check_runs(declared, RUNS[-2:]).checks] == ["pass"] * 4
    assert asked == ["SELECT 1 WHERE false"] * 2


def test_a_store_too_large_for_one_process_is_compared_by_spark(
    store: DeltaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StartedError(Exception):
        pass

    def start(*_: object) -> None:
        raise StartedError

    monkeypatch.setattr("stageprint.engines.spark.engine.open_engine", start)
    config = parse_config(_CONFIG.format(store=store.location, check=""))
    for name in ("MAX_PROFILES_IN_PROCESS", "MAX_COLUMNS_IN_PROCESS"):
        with monkeypatch.context() as patch:
            patch.setattr(f"stageprint.pipeline.compare.strategy.{name}", 1)
            with pytest.raises(StartedError):
                api.compare_runs(config, RUNS)
