"""A command that is stopped between two of its writes leaves no all-clear behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from stageprint.errors import StoreError
from stageprint.model.result_tables import TABLE_PROFILES, ResultTable
from stageprint.model.run_state import RunState
from stageprint.model.where import EVERY_ROW, Where
from stageprint.pipeline.compare import compare
from stageprint.pipeline.merge import merge
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.ports import EngineVersions, RowSource
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine

RUNS = shop.days(2)
ROWS = shop.tables(RUNS)
CONFIG = shop.config(Path("nowhere"))


class StoppedStore(MemoryStore):
    """A store whose process is stopped before its nth write from now on; None: never."""

    def __init__(self, pipeline: str) -> None:
        super().__init__(pipeline)
        self.writes_left: int | None = None

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        if self.writes_left == 0:
            message = "stopped"
            raise StoreError(message)
        if self.writes_left is not None:
            self.writes_left -= 1
        super().replace(table, rows, which)


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

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        if self.before_write is not None and table is TABLE_PROFILES:
            act, self.before_write, self.acted = self.before_write, None, True
            act()
        super().replace(table, rows, which)


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
    store.writes_left = writes
    try:
        command(store)
    except StoreError:
        return True
    finally:
        store.writes_left = None
    return False


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


@pytest.mark.parametrize("again", [False, True], ids=["the first time", "again"])
def test_a_profile_that_is_stopped_anywhere_is_seen(store: StoppedStore, again: bool) -> None:
    if again:
        run_profile(store)
        run_compare(store)
    before = states(store)
    writes = 0
    while stop_at(store, writes, run_profile):
        # Before its first write a command has changed nothing.
        assert states(store) == (before if writes == 0 else {RunState.PROFILE_INTERRUPTED})
        writes += 1
    assert writes > 4
    assert states(store) == {RunState.STALE if again else RunState.NOT_COMPARED}


@pytest.mark.parametrize("again", [False, True], ids=["the first time", "again"])
def test_a_comparison_that_is_stopped_anywhere_is_seen(store: StoppedStore, again: bool) -> None:
    run_profile(store)
    if again:
        run_compare(store)
    before = states(store)
    writes = 0
    while stop_at(store, writes, run_compare):
        assert states(store) == (before if writes == 0 else {RunState.COMPARISON_INTERRUPTED})
        writes += 1
    assert writes > 4
    assert states(store) == {RunState.CURRENT}


def test_comparisons_with_another_baseline_stand_beside_each_other(store: StoppedStore) -> None:
    run_profile(store)
    run_compare(store)
    compare(CONFIG, RUNS[1:], store=store, baseline="previous")
    assert states(store) == {RunState.CURRENT}


def test_a_merged_run_is_not_compared_yet(store: StoppedStore) -> None:
    run_profile(store)
    merge(CONFIG, RUNS, "both", store=store, versions=EngineVersions(None, None, "UTC"))
    assert Results(store).states(["both"]) == {"both": RunState.NOT_COMPARED}
