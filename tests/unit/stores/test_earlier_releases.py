"""A store that an earlier release wrote is read as it is, and goes on with what this release writes."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stageprint.config.loader import load_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_order import order_key
from stageprint.model.result_tables import CALIBRATION, MANIFESTS, SHIFTS, TABLE_PROFILES
from stageprint.model.result_tables import RUNS as RUNS_TABLE
from stageprint.model.run_state import RunState
from stageprint.model.run_status import StatusVerdict
from stageprint.model.where import where
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.compare import compare
from stageprint.pipeline.expectation import read_expectation
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.status import status
from stageprint.pipeline.tables import all_tables
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.memory import MemoryStore
from tests.support.memory_engine import MemoryEngine

ARCHIVE = Path(__file__).parents[2] / "data" / "stores" / "before_manifest_ids.tar.gz"
RUNS = ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
COMPARED, LAST = RUNS[:3], RUNS[3]
ORDERS = pa.table({"order_id": range(50), "country": ["DE", "FR"] * 25, "price": [1.5] * 50})
CUSTOMERS = pa.table({"customer_id": range(20), "age": [30] * 20})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("release")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(found, filter="data")
    return found


@pytest.fixture(scope="module")
def config(folder: Path) -> PipelineConfig:
    return load_config(str(folder / "shop.yml"))


@pytest.fixture
def store(folder: Path) -> MemoryStore:
    """The store's rows in memory, so that each test may change them."""
    written, copied = DeltaStore(str(folder / "store"), "shop"), MemoryStore("shop")
    for table in all_tables():
        if written.exists(table):
            copied.replace(table, written.read(table), where(run_id=RUNS))
    return copied


def states(store: MemoryStore) -> dict[str, RunState]:
    return Results(store).states(RUNS)


def of_run(store: MemoryStore, run: str) -> list[tuple[str, str, int]]:
    rows: list[dict[str, Any]] = Results(store).table_rows([run])
    return sorted((row["table"], row["status"], row["row_count"]) for row in rows)


def test_it_is_read_as_it_is(store: MemoryStore) -> None:
    assert states(store) == dict.fromkeys(COMPARED, RunState.CURRENT) | {LAST: RunState.NOT_COMPARED}
    results = Results(store)
    assert results.run_ids() == RUNS
    assert {run: count["columns"] for run, count in results.compared(RUNS).items()} == dict.fromkeys(
        COMPARED[1:], 5
    ) | {COMPARED[0]: 0}
    assert len(results.history("raw", "orders", "price")) == 4
    assert [row["status"] for row in results.check_rows(RUNS)] == ["pass"] * 3


def test_a_table_profiled_again_leaves_the_others_as_they_were(store: MemoryStore, config: PipelineConfig) -> None:
    engine = MemoryEngine({LAST: {"raw.orders": ORDERS}})
    profile(config, [LAST], engine=engine, store=store, stages=["raw"])
    assert of_run(store, LAST) == [("customers", "ok", 100), ("orders", "ok", 50)]
    rows = store.read(TABLE_PROFILES, where(run_id=LAST))
    assert rows.num_rows == 2
    compare(config, [LAST], store=store)
    assert states(store)[LAST] is RunState.CURRENT
    # The comparisons of the earlier release are its past.
    shifts = store.read(SHIFTS, where(run_id=LAST)).to_pylist()
    assert max(entry["backtests"] for row in shifts for entry in row["references"]) >= 2


def test_a_run_written_anew_has_nothing_left_of_the_old_one(store: MemoryStore, config: PipelineConfig) -> None:
    engine = MemoryEngine({RUNS[2]: {"raw.orders": ORDERS, "dim.customers": CUSTOMERS}})
    profile(config, [RUNS[2]], engine=engine, store=store)
    assert states(store)[RUNS[2]] is RunState.STALE
    compare(config, [RUNS[2]], store=store)
    assert states(store)[RUNS[2]] is RunState.CURRENT
    for table in all_tables():
        if table.named_by is not None:
            left = store.read(table, where(run_id=RUNS[2], manifest_id=None))
            assert left.num_rows == 0, table.name
    assert of_run(store, RUNS[2]) == [("customers", "ok", 20), ("orders", "ok", 50)]


@pytest.mark.parametrize(("kind", "state"), [("profile", RunState.PROFILE_INTERRUPTED), ("comparison", None)])
def test_what_the_earlier_release_did_not_finish_is_seen_and_made_good(
    store: MemoryStore, config: PipelineConfig, kind: str, state: RunState | None
) -> None:
    rows = store.read(MANIFESTS, where(run_id=RUNS[2], kind=kind)).to_pylist()
    store.replace(
        MANIFESTS, MANIFESTS.rows({**row, "finished_at": None} for row in rows), where(run_id=RUNS[2], kind=kind)
    )
    assert states(store)[RUNS[2]] is (state or RunState.COMPARISON_INTERRUPTED)
    if state is not None:
        assert CommittedStore(store).read(TABLE_PROFILES, where(run_id=RUNS[2])).num_rows == 0
        engine = MemoryEngine({RUNS[2]: {"raw.orders": ORDERS, "dim.customers": CUSTOMERS}})
        profile(config, [RUNS[2]], engine=engine, store=store)
    compare(config, [RUNS[2]], store=store)
    assert states(store)[RUNS[2]] is RunState.CURRENT


def test_its_runs_have_an_order_and_get_a_stored_one_with_the_next_profile(
    store: MemoryStore, config: PipelineConfig
) -> None:
    before = store.read(RUNS_TABLE).to_pylist()
    assert {row["order_key"] for row in before} == {None}
    assert Results(store).run_ids() == RUNS
    found = status(config, store=store, expectation=read_expectation("cadence", None, None))
    assert found.run_id == LAST
    assert found.verdict in {StatusVerdict.LATE, StatusVerdict.UNKNOWN}
    rows = {LAST: {"raw.orders": ORDERS, "raw.customers": CUSTOMERS}}
    profile(config, [LAST], engine=MemoryEngine(rows), store=store)
    after = {row["run_id"]: row for row in store.read(RUNS_TABLE).to_pylist()}
    assert sorted(after, key=lambda run: str(after[run]["order_key"])) == RUNS
    for row in before:
        assert after[row["run_id"]]["first_profiled_at"] in {row["started_at"], None}
        if row["run_id"] != LAST:
            assert after[row["run_id"]] == row | {"order_key": order_key(row["run_id"])}


def test_scores_in_columns_of_other_names_hinder_no_comparison(store: MemoryStore, config: PipelineConfig) -> None:
    """The release before called behaviour, truncated_below and alerting_scores otherwise: they are read as null."""
    rows = store.read(CALIBRATION).to_pylist()
    assert {row["run_id"] for row in rows} >= set(COMPARED[1:])
    nulls = dict.fromkeys(("behaviour", "truncated_below", "alerting_scores"))
    store.replace(CALIBRATION, CALIBRATION.rows(row | nulls for row in rows), where(run_id=RUNS))
    compare(config, [LAST], store=store)
    assert states(store)[LAST] is RunState.CURRENT
    assert store.read(CALIBRATION, where(run_id=LAST, behaviour=None)).num_rows == 0
