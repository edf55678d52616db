"""What only reads stored results, or writes small tables, needs no Spark for a store at a path."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from stageprint import api
from stageprint.config.loader import parse_config
from stageprint.model.result_tables import FINDINGS, SHIFTS, ResultTable
from stageprint.model.where import EVERY_ROW
from stageprint.pipeline.compare import compare
from stageprint.pipeline.tables import all_tables
from stageprint.ports import ProfileStore, SqlRows
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.memory import MemoryStore
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
    code = f"""
import json, sys
for name in ("pyspark", "delta", "py4j"):
    sys.modules[name] = None  # importing it is an error
from stageprint import cli
print(json.dumps([cli.run([*command, "--config", {str(config)!r}]) for command in {commands!r}]))
"""
    done = subprocess.run(  # noqa: S603 -- our own interpreter and code
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": "profiling"},
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [0] * len(commands), done.stdout + done.stderr
    assert "raw.orders.price is null in" in done.stdout


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
