from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from stageprint.model.result_tables import RUNS, TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.runs import refresh_runs
from stageprint.ports import EngineVersions
from stageprint.stores.memory import MemoryStore
from stageprint.version import stageprint_version
from tests.support import shop

CONFIG = shop.config(Path("nowhere"))
VERSIONS = EngineVersions("4.2.0", None, "UTC")


def at(minute: int) -> dt.datetime:
    return dt.datetime(2026, 3, 2, 7, minute, tzinfo=dt.timezone.utc)


def profiled(run: str, table: str, minute: int, **other: Any) -> dict[str, Any]:
    place = {"pipeline": "shop", "run_id": run, "stage": "raw", "table_name": table}
    return {**place, "status": "ok", "engine_path": "arrow", "profiled_at": at(minute), **other}


def store_of(*rows: dict[str, Any]) -> MemoryStore:
    store = MemoryStore("shop")
    store.replace(TABLE_PROFILES, TABLE_PROFILES.rows(rows), where(run_id=[row["run_id"] for row in rows]))
    return store


def test_a_run_adds_up_its_whole_tables() -> None:
    store = store_of(
        profiled("2026-03-02", "orders", 5),
        profiled("2026-03-02", "orders", 59, slice_key="country", slice_value="DE"),
        profiled("2026-03-02", "users", 3, status="failed"),
        profiled("2026-03-02", "items", 9),
    )
    refresh_runs(store, CONFIG, ["2026-03-02"], VERSIONS)
    (row,) = store.read(RUNS).to_pylist()
    assert row == {
        "pipeline": "shop",
        "run_id": "2026-03-02",
        "logical_date": dt.date(2026, 3, 2),
        "status": "failed",
        "started_at": at(3),
        "ended_at": at(9),
        "tables_profiled": 2,
        "tables_failed": 1,
        "merged": False,
        "stageprint_version": stageprint_version(),
        "spark_version": "4.2.0",
        "delta_version": None,
        "session_timezone": "UTC",
        "config_hash": CONFIG.hash,
    }


def test_only_the_named_runs_are_written_and_one_without_profiles_is_gone() -> None:
    store = store_of(profiled("a", "orders", 1), profiled("b", "orders", 2, engine_path="merge"))
    refresh_runs(store, CONFIG, ["a"], VERSIONS)
    assert store.read(RUNS)["run_id"].to_pylist() == ["a"]
    refresh_runs(store, CONFIG, ["b"], VERSIONS)
    found = {row["run_id"]: row for row in store.read(RUNS).to_pylist()}
    assert {run: row["merged"] for run, row in found.items()} == {"a": False, "b": True}
    assert found["a"]["logical_date"] is None
    store.replace(TABLE_PROFILES, TABLE_PROFILES.empty(), where(run_id="a"))
    refresh_runs(store, CONFIG, ["a"], VERSIONS)
    assert store.read(RUNS)["run_id"].to_pylist() == ["b"]
