from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from stageprint.config.run_order import order_key
from stageprint.model.result_tables import RUNS, TABLE_PROFILES
from stageprint.model.run_context import RunContext
from stageprint.model.where import where
from stageprint.pipeline.results import Results
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
    refresh_runs(store, CONFIG, ["2026-03-02"], VERSIONS, RunContext("abc", "nightly", "7", "ana"))
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
        "git_commit": "abc",
        "job": "nightly",
        "job_run": "7",
        "run_by": "ana",
        "order_key": order_key("2026-03-02"),
        "first_profiled_at": at(3),
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


def test_a_run_that_is_profiled_again_keeps_its_first_time_and_its_place() -> None:
    by_start = CONFIG.model_copy(update={"run_order": "started"})
    store = store_of(profiled("b", "orders", 1), profiled("a", "orders", 2))
    refresh_runs(store, by_start, ["a", "b"], VERSIONS)
    assert Results(store, "started").run_ids() == ["b", "a"]
    store.replace(TABLE_PROFILES, TABLE_PROFILES.rows([profiled("b", "orders", 30)]), where(run_id="b"))
    refresh_runs(store, by_start, ["b"], VERSIONS)
    (row,) = store.read(RUNS, where(run_id="b")).to_pylist()
    assert (row["started_at"], row["first_profiled_at"]) == (at(30), at(1))
    assert Results(store, "started").run_ids() == ["b", "a"]


def test_a_run_that_an_earlier_release_wrote_keeps_its_start() -> None:
    store = store_of(profiled("b", "orders", 30))
    old = {"pipeline": "shop", "run_id": "b", "started_at": at(1), "status": "ok"}
    store.replace(RUNS, RUNS.rows([old]), where(run_id="b"))
    refresh_runs(store, CONFIG, ["b"], VERSIONS)
    (row,) = store.read(RUNS).to_pylist()
    assert (row["started_at"], row["first_profiled_at"]) == (at(30), at(1))


def test_the_stored_order_of_all_runs_follows_the_configuration() -> None:
    store = store_of(*(profiled(run, "orders", minute) for run, minute in (("v9", 3), ("v10", 2), ("v11", 1))))
    refresh_runs(store, CONFIG, ["v9", "v10"], VERSIONS)
    stored = store.read(RUNS).to_pylist()
    assert sorted_by_key(stored) == ["v9", "v10"]
    # Other figures of runs that are only moved stay; those of an earlier release get a key.
    old = [{**row, "order_key": None, "status": "kept"} for row in stored if row["run_id"] == "v9"]
    store.replace(RUNS, RUNS.rows(old), where(run_id="v9"))
    refresh_runs(store, CONFIG.model_copy(update={"run_order": "started"}), ["v11"], VERSIONS)
    stored = store.read(RUNS).to_pylist()
    assert sorted_by_key(stored) == ["v11", "v10", "v9"] == Results(store, "started").run_ids()
    assert {row["run_id"]: row["status"] for row in stored} == {"v9": "kept", "v10": "ok", "v11": "ok"}


def sorted_by_key(rows: list[dict[str, Any]]) -> list[str]:
    return [row["run_id"] for row in sorted(rows, key=lambda row: row["order_key"])]
