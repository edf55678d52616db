"""A command that is stopped between two of its writes leaves no all-clear behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stageprint.errors import StoreError
from stageprint.model.result_tables import RUNS as RUN_ROWS
from stageprint.model.result_tables import TABLE_PROFILES, ResultTable
from stageprint.model.run_state import RunState
from stageprint.model.where import EVERY_ROW, Where, where
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.compare import compare
from stageprint.pipeline.merge import merge
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import all_tables
from stageprint.ports import EngineVersions, RowSource
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine
from tests.support.stopped_store import StoppedStore

RUNS = shop.days(2)
ROWS = shop.tables(RUNS)
CONFIG = shop.config(Path("nowhere"))


class SharedStore(MemoryStore):
    """A store that another process uses too: it acts once, after a read or before a write of profiles."""

    def __init__(self, pipeline: str) -> None:
        super().__init__(pipeline)
        self.after_read: Callable[[], None] | None = None
        self.before_write: Callable[[], None] | None = None
        self.acted = False

    def read(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> pa.Table:
        found = super().read(table, rows, columns)
        if self.after_read is not None and table is TABLE_PROFILES:
            act, self.after_read, self.acted = self.after_read, None, True
            act()
        return found

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        if self.before_write is not None and table is TABLE_PROFILES:
            act, self.before_write, self.acted = self.before_write, None, True
            act()
        super().append(table, rows, which)


@pytest.fixture
def store() -> StoppedStore:
    return StoppedStore("shop")


def run_profile(store: MemoryStore) -> None:
    profile(CONFIG, RUNS, engine=MemoryEngine(ROWS), store=store)


def run_compare(store: MemoryStore) -> None:
    compare(CONFIG, RUNS, store=store)


def states(store: MemoryStore) -> set[RunState]:
    return set(Results(store).states(RUNS).values())


def stop_at(store: StoppedStore, writes: int, command: Callable[[MemoryStore], None]) -> bool:
    """Return whether the command was stopped before it had made more than `writes`."""
    return store.stop_at(writes, lambda: command(store))


def test_a_run_is_current_once_it_is_compared_and_until_it_is_profiled_again(store: StoppedStore) -> None:
    assert states(store) == {RunState.NOT_COMPARED}
    run_profile(store)
    assert states(store) == {RunState.NOT_COMPARED}
    run_compare(store)
    assert states(store) == {RunState.CURRENT}
    run_profile(store)
    assert states(store) == {RunState.STALE}
    run_compare(store)
    assert states(store) == {RunState.CURRENT}


def test_a_run_that_is_profiled_again_while_it_is_compared_is_out_of_date() -> None:
    store = SharedStore("shop")
    run_profile(store)
    store.after_read = lambda: run_profile(store)
    run_compare(store)
    assert store.acted
    assert states(store) == {RunState.STALE}


def test_a_run_that_is_compared_while_its_profile_is_written_is_out_of_date() -> None:
    store = SharedStore("shop")
    run_profile(store)
    store.before_write = lambda: run_compare(store)
    run_profile(store)
    assert store.acted
    assert states(store) == {RunState.STALE}


def seen(store: MemoryStore) -> dict[str, Any]:
    """Return everything that readers see of the runs, without what differs between two runs of one command."""
    known = CommittedStore(store)
    names = {"column_profiles": ("run_id", "stage", "table_name", "column_name", "row_count", "mean", "manifest_id")}
    found = {}
    for table in all_tables():
        if table.named_by is not None:
            columns = names.get(table.name, [name for name in table.arrow_schema.names if not name.endswith("_at")])
            found[table.name] = sorted(map(str, known.read(table, columns=columns).to_pylist()))
    return found


@pytest.mark.parametrize("again", [False, True], ids=["the first time", "again"])
def test_a_profile_that_is_stopped_anywhere_leaves_what_was_there(store: StoppedStore, again: bool) -> None:
    if again:
        run_profile(store)
        run_compare(store)
    before, content = states(store), seen(store)
    after = {RunState.STALE if again else RunState.NOT_COMPARED}
    found = []
    writes = 0
    while stop_at(store, writes, run_profile):
        found.append(states(store))
        if found[-1] == {RunState.PROFILE_INTERRUPTED}:
            assert seen(store) == content
        writes += 1
    # Before its first write a command has changed nothing; after the manifest all is there, but for rows no one sees.
    assert found[:4] == [before, *(3 * [{RunState.PROFILE_INTERRUPTED}])]
    assert all(state == after for state in found[4:])
    assert states(store) == after
    assert len(found) > 4


@pytest.mark.parametrize("again", [False, True], ids=["the first time", "again"])
def test_a_comparison_that_is_stopped_anywhere_leaves_what_was_there(store: StoppedStore, again: bool) -> None:
    run_profile(store)
    if again:
        run_compare(store)
    before, content = states(store), seen(store)
    found = []
    writes = 0
    while stop_at(store, writes, run_compare):
        found.append(states(store))
        if seen(store) != content:
            break
        writes += 1
    # The first comparison has left nothing until it ends; one that is stopped later leaves the one before.
    first = {RunState.CURRENT if again else RunState.COMPARISON_INTERRUPTED}
    assert found[:5] == [before, *(4 * [first])]
    run_compare(store)
    assert states(store) == {RunState.CURRENT}


def test_what_stopped_commands_left_goes_once_their_process_has_ended(
    store: StoppedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_profile(store)
    once = {table.name: store.read(table).num_rows for table in all_tables()}
    assert stop_at(store, 3, run_profile)
    assert store.read(TABLE_PROFILES).num_rows == 2 * once["table_profiles"]
    run_profile(store)
    # This process may still be writing.
    assert store.read(TABLE_PROFILES).num_rows == 2 * once["table_profiles"]
    monkeypatch.setattr("stageprint.pipeline.processes._runs", lambda _pid: False)
    run_profile(store)
    assert {table.name: store.read(table).num_rows for table in all_tables()} == once


def test_a_failed_profile_stands_beside_the_good_one(store: StoppedStore) -> None:
    run_profile(store)
    run_compare(store)
    content = seen(store)
    broken = {run: {name: table for name, table in ROWS[run].items() if name != "raw.orders"} for run in RUNS}
    profile(CONFIG, RUNS, engine=MemoryEngine(broken), store=store, stages=["raw"])
    assert seen(store) == content
    assert states(store) == {RunState.CURRENT}
    failed = store.read(TABLE_PROFILES, where(status="failed")).to_pylist()
    assert [(row["run_id"], row["table_name"]) for row in failed] == [(run, "orders") for run in RUNS]
    again = Results(store).failed_again(RUNS)
    assert {(run, key.table): error for run, errors in again.items() for key, error in errors.items()} == {
        (run, "orders"): f"raw.orders does not exist in run {run}" for run in RUNS
    }
    run_profile(store)
    assert Results(store).failed_again(RUNS) == {}
    assert store.read(TABLE_PROFILES, where(status="failed")).num_rows == 0


def test_a_failed_profile_without_a_good_one_counts(store: StoppedStore) -> None:
    broken = {run: {name: table for name, table in ROWS[run].items() if name != "raw.orders"} for run in RUNS}
    profile(CONFIG, RUNS, engine=MemoryEngine(broken), store=store)
    stored = Results(store).table_rows(RUNS)
    assert [row["status"] for row in stored if row["table"] == "orders"] == ["failed", "failed"]
    run_profile(store)
    assert {row["status"] for row in Results(store).table_rows(RUNS)} == {"ok"}


def test_a_stage_that_was_stopped_is_made_good_by_that_stage_alone(store: StoppedStore) -> None:
    run_profile(store)
    run_compare(store)
    store.writes_left = 2
    with pytest.raises(StoreError, match="stopped"):
        profile(CONFIG, RUNS, engine=MemoryEngine(ROWS), store=store, stages=["raw"])
    store.writes_left = None
    profile(CONFIG, RUNS, engine=MemoryEngine(ROWS), store=store, stages=["features"])
    assert states(store) == {RunState.PROFILE_INTERRUPTED}
    profile(CONFIG, RUNS, engine=MemoryEngine(ROWS), store=store, stages=["raw"])
    assert states(store) == {RunState.STALE}


def test_a_run_that_was_stopped_before_its_row_of_runs_is_known(store: StoppedStore) -> None:
    run_profile(store)
    rows = [{name: row[name] for name in _SUMMARY} for row in Results(store).runs()]
    store.replace(RUN_ROWS, RUN_ROWS.empty(), where(run_id=RUNS))
    assert [{name: row[name] for name in _SUMMARY} for row in Results(store).runs()] == rows
    run_compare(store)
    assert states(store) == {RunState.CURRENT}


_SUMMARY = ("run_id", "logical_date", "status", "started_at", "ended_at", "tables_profiled", "tables_failed", "merged")


def test_comparisons_with_another_baseline_stand_beside_each_other(store: StoppedStore) -> None:
    run_profile(store)
    run_compare(store)
    compare(CONFIG, RUNS[1:], store=store, baseline="previous")
    assert states(store) == {RunState.CURRENT}


def test_a_merged_run_is_not_compared_yet(store: StoppedStore) -> None:
    run_profile(store)
    merge(CONFIG, RUNS, "both", store=store, versions=EngineVersions(None, None, "UTC"))
    assert Results(store).states(["both"]) == {"both": RunState.NOT_COMPARED}
