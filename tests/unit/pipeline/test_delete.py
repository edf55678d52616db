"""A deleted run leaves nothing behind, and a deletion that is stopped anywhere leaves no all-clear."""

from __future__ import annotations

from pathlib import Path

import pytest

from stageprint.errors import UsageError
from stageprint.model.manifest import ManifestKind
from stageprint.model.result_tables import FINDINGS, MANIFESTS, MARKS, RUNS
from stageprint.model.where import where
from stageprint.pipeline.compare import compare
from stageprint.pipeline.delete import delete_runs
from stageprint.pipeline.deletion import deletion_order
from stageprint.pipeline.marks import Marks
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import all_tables
from stageprint.pipeline.writing import Writing
from tests.support import shop
from tests.support.memory_engine import MemoryEngine
from tests.support.stopped_store import StoppedStore

RUNS_MADE = shop.days(3)
FAULTY = RUNS_MADE[-1]
CONFIG = shop.config(Path("nowhere"))
ROWS = shop.tables(RUNS_MADE, {(FAULTY, "features"): lambda table: table.drop_columns(["items"])})


@pytest.fixture
def store() -> StoppedStore:
    """A store of three runs, the last with findings, the second marked as bad."""
    store = StoppedStore("shop")
    profile(CONFIG, RUNS_MADE, engine=MemoryEngine(ROWS), store=store)
    compare(CONFIG, RUNS_MADE, store=store)
    assert store.read(FINDINGS, where(run_id=FAULTY)).num_rows
    Marks(store).mark_bad(RUNS_MADE[1], "test data")
    return store


def left(store: StoppedStore) -> dict[str, set[str]]:
    return {table.name: set(store.read(table, columns=("run_id",))["run_id"].to_pylist()) for table in all_tables()}


def test_every_result_table_loses_the_run_and_no_other(store: StoppedStore) -> None:
    others = store.read(FINDINGS, where(run_id=RUNS_MADE[:1]))
    outcome = delete_runs(store, RUNS_MADE[1:])
    assert all(runs <= {RUNS_MADE[0]} for runs in left(store).values())
    assert store.read(FINDINGS).equals(others)
    assert outcome.rows["runs"] == 2
    assert outcome.rows["table_profiles"] == 4
    assert outcome.rows["marks"] == 1
    assert set(deletion_order()) == set(all_tables())


def test_a_deletion_that_is_stopped_anywhere_clears_nobody_and_can_be_repeated(store: StoppedStore) -> None:
    stopped: list[bool] = []
    while (trial := store.copy()).stop_at(len(stopped), lambda: delete_runs(trial, [FAULTY])):
        known = FAULTY in Results(trial).run_ids()
        if known:
            # As long as commands know the run, all of its findings count.
            assert Results(trial).findings(FAULTY) == Results(store).findings(FAULTY)
        else:
            with pytest.raises(UsageError, match=f"run '{FAULTY}' is not in the store"):
                Results(trial).findings(FAULTY)
        delete_runs(trial, [FAULTY])
        assert all(FAULTY not in runs for runs in left(trial).values())
        stopped.append(known)
    assert stopped == sorted(stopped, reverse=True)
    assert stopped.count(True) <= 2
    assert len(stopped) > 5


def test_what_a_stopped_deletion_left_is_deleted_too(store: StoppedStore) -> None:
    store.replace(RUNS, RUNS.empty(), where(run_id=FAULTY))
    store.replace(MANIFESTS, MANIFESTS.empty(), where(run_id=FAULTY))
    assert "runs" not in delete_runs(store, [FAULTY]).rows
    assert all(FAULTY not in runs for runs in left(store).values())


def test_a_dry_run_deletes_nothing(store: StoppedStore) -> None:
    before = left(store)
    outcome = delete_runs(store, [FAULTY], dry_run=True)
    assert outcome.dry_run
    assert outcome.rows["table_profiles"] == 2
    assert left(store) == before


def test_an_unknown_run_is_named_and_nothing_is_deleted(store: StoppedStore) -> None:
    before = left(store)
    with pytest.raises(UsageError, match=r"run '2026-03-5' is not in the store memory.*no run was deleted"):
        delete_runs(store, [FAULTY, "2026-03-5"])
    assert left(store) == before


def test_a_run_that_is_being_written_is_not_deleted(store: StoppedStore) -> None:
    Writing(store, ManifestKind.COMPARISON, [FAULTY], baseline="auto").begin()
    with pytest.raises(UsageError, match=f"run '{FAULTY}' is being written since"):
        delete_runs(store, [FAULTY])
    assert FAULTY in Results(store).run_ids()


def test_an_accepted_shift_outlives_its_run_and_the_loss_is_said(store: StoppedStore) -> None:
    finding = Results(store).findings(FAULTY)[0]
    accepted = Marks(store).accept(finding["finding_id"], None)
    outcome = delete_runs(store, [FAULTY])
    assert len(outcome.notes) == len(accepted)
    assert outcome.notes[0].startswith(f"run {FAULTY} began the accepted shift of {accepted[0]}")
    assert {row["kind"] for row in store.read(MARKS).to_pylist()} == {"bad", "accepted"}


def test_rows_that_another_command_writes_meanwhile_stay(store: StoppedStore) -> None:
    written = StoppedStore.replace

    def with_a_new_profile(*arguments: object) -> None:
        store.replace = lambda *others: written(store, *others)  # type: ignore[method-assign]
        profile(CONFIG, [FAULTY], engine=MemoryEngine(ROWS), store=store)
        written(store, *arguments)  # type: ignore[arg-type]

    store.replace = with_a_new_profile  # type: ignore[assignment,method-assign]
    delete_runs(store, [FAULTY])
    assert left(store)["table_profiles"] == set(RUNS_MADE)
    assert left(store)["manifests"] == set(RUNS_MADE)
    assert FAULTY not in left(store)["shifts"]
