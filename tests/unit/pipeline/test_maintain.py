"""Maintenance removes what is beyond the limits, and nothing that counts, is being written or is needed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.retention import RetentionSettings, TableRetention
from stageprint.errors import UsageError
from stageprint.model.manifest import ManifestKind
from stageprint.model.result_tables import FINDINGS, INCIDENTS, MANIFESTS, MARKS, NOTIFICATIONS, SHIFTS, TABLE_PROFILES
from stageprint.model.run_state import RunState
from stageprint.model.where import where
from stageprint.pipeline.compare import compare
from stageprint.pipeline.maintain import MaintainOptions, maintain
from stageprint.pipeline.marks import Marks
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import all_tables, column_profiles
from stageprint.pipeline.writing import Writing
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine

DAYS = shop.days(32)
FAULTY = DAYS[-1]
CONFIG = shop.config(Path("nowhere"))
ORDERS = {run: shop.orders(run, 300) for run in DAYS}
ROWS = {run: {"raw.orders": orders, "features.order_features": shop.features(orders)} for run, orders in ORDERS.items()}
ROWS[FAULTY]["features.order_features"] = shop.lose_a_fifth(ROWS[FAULTY]["features.order_features"])


@pytest.fixture(scope="module")
def filled() -> MemoryStore:
    """A store in which every run was profiled, and the first two and the five before the last were compared."""
    store = MemoryStore("shop")
    profile(CONFIG, DAYS, engine=MemoryEngine(ROWS), store=store)
    compare(CONFIG, [*DAYS[:2], *DAYS[-6:-1]], store=store)
    return store


@pytest.fixture
def store(filled: MemoryStore) -> MemoryStore:
    return filled.copy()


def keeping(**settings: object) -> PipelineConfig:
    return CONFIG.model_copy(update={"retention": RetentionSettings.model_validate(settings)})


def runs_in(store: MemoryStore) -> dict[str, set[str]]:
    """Return the runs of which each result table holds rows."""
    return {
        table.name: set(store.read(table, columns=("run_id",))["run_id"].to_pylist())
        for table in all_tables()
        if store.exists(table)
    }


def test_without_limits_no_row_goes(store: MemoryStore) -> None:
    before = {table.name: store.read(table) for table in all_tables()}
    outcome = maintain(CONFIG, store=store, upkeep=store)
    assert list(outcome.runs) == []
    assert outcome.leftovers == 0
    for table in all_tables():
        assert store.read(table).equals(before[table.name])
    assert {one.after.files for one in outcome.result_tables} <= {0, 1}


def test_runs_beyond_the_limit_leave_every_result_table(store: MemoryStore) -> None:
    outcome = maintain(keeping(keep_runs=30), store=store, upkeep=store)
    assert [run.run_id for run in outcome.runs if run.removed] == DAYS[:2]
    assert all(runs <= set(DAYS[2:]) for runs in runs_in(store).values())
    removed = {one.table: one.rows_removed for one in outcome.result_tables}
    assert removed["runs"] == 2
    assert removed["table_profiles"] == 4
    assert removed["shifts"] > 100
    again = maintain(keeping(keep_runs=30), store=store, upkeep=store)
    assert not [run for run in again.runs if run.removed]
    assert sum(one.rows_removed for one in again.result_tables) == 0


def test_a_later_comparison_finds_the_same_with_and_without_the_runs_that_went(store: MemoryStore) -> None:
    untouched = store.copy()
    maintain(keeping(keep_runs=29), store=store, upkeep=store)
    kept = compare(CONFIG, [FAULTY], store=store)
    assert kept.findings
    assert kept.findings == compare(CONFIG, [FAULTY], store=untouched).findings

    def shifts(of: MemoryStore) -> Any:
        rows = of.read(SHIFTS, where(run_id=FAULTY)).sort_by([(name, "ascending") for name in SHIFTS_KEY])
        return rows.drop_columns(["manifest_id"]).to_pylist()

    assert shifts(store) == shifts(untouched)


SHIFTS_KEY = ("stage", "table_name", "column_name", "statistic")


def test_a_history_shorter_than_comparisons_use_is_said(store: MemoryStore) -> None:
    assert not maintain(keeping(keep_runs=28), store=store, upkeep=store).notes
    (note,) = maintain(keeping(keep_runs=10), store=store, upkeep=store).notes
    assert note.startswith("10 runs are left, and comparisons use the latest 28")


def test_a_dry_run_says_what_would_go_and_changes_nothing(store: MemoryStore) -> None:
    before = {table.name: store.read(table) for table in all_tables()}
    outcome = maintain(keeping(keep_runs=30), store=store, upkeep=store, options=MaintainOptions(dry_run=True))
    assert outcome.dry_run
    assert [run.run_id for run in outcome.runs if run.removed] == DAYS[:2]
    assert {one.table: one.rows_removed for one in outcome.result_tables}["table_profiles"] == 4
    assert all(store.read(table).equals(before[table.name]) for table in all_tables())


def test_bad_and_accepted_runs_and_pinned_baselines_stay_unless_asked(store: MemoryStore) -> None:
    compare(CONFIG, [DAYS[30]], store=store, baseline=f"run:{DAYS[1]}")
    Marks(store).mark_bad(DAYS[0], "test data")
    outcome = maintain(keeping(keep_runs=28), store=store, upkeep=store)
    kept = {run.run_id: run.reason for run in outcome.runs if not run.removed}
    assert kept == {
        DAYS[0]: "it is marked as bad: test data",
        DAYS[1]: f"run {DAYS[30]} was compared with it as its baseline",
    }
    assert set(Results(store).run_ids()) == {*DAYS[:2], *DAYS[4:]}
    asked = maintain(keeping(keep_runs=28), store=store, upkeep=store, options=MaintainOptions(include_marked=True))
    assert [run.run_id for run in asked.runs if run.removed] == DAYS[:2]
    assert asked.notes == [f"run {DAYS[1]} is the baseline of 1 other runs: they can no longer be compared with it"]
    assert store.read(MARKS).num_rows == 0


def test_a_run_that_is_being_written_stays(store: MemoryStore) -> None:
    writing = Writing(store, ManifestKind.PROFILE, [DAYS[0]])
    writing.begin()
    outcome = maintain(keeping(keep_runs=28), store=store, upkeep=store, options=MaintainOptions(include_marked=True))
    (kept,) = [run for run in outcome.runs if not run.removed]
    assert kept.run_id == DAYS[0]
    assert kept.reason.startswith("it is being written since")
    assert DAYS[0] in Results(store).run_ids()
    with pytest.raises(UsageError, match=rf"--now deletes files .* run {DAYS[0]} is being written since"):
        maintain(CONFIG, store=store, upkeep=store, options=MaintainOptions(now=True))


def test_a_table_with_a_shorter_retention_goes_and_its_run_and_findings_stay(store: MemoryStore) -> None:
    compare(CONFIG, [FAULTY], store=store)
    findings = store.read(FINDINGS).num_rows
    rule = TableRetention(table="raw.orders", keep_runs=30)
    outcome = maintain(keeping(tables=[rule.model_dump()]), store=store, upkeep=store)
    (gone,) = outcome.tables
    assert (str(gone.key), gone.runs) == ("raw.orders", DAYS[:2])
    for table in (TABLE_PROFILES, column_profiles(), SHIFTS):
        left = store.read(table, where(run_id=DAYS[:2]), ("stage",))["stage"].to_pylist()
        assert set(left) == {"features"}
    assert set(Results(store).run_ids()) == set(DAYS)
    assert store.read(FINDINGS).num_rows == findings
    assert Results(store).states(DAYS[:2]) == dict.fromkeys(DAYS[:2], RunState.CURRENT)


def test_rows_of_a_stopped_command_go_and_those_of_a_running_one_stay(store: MemoryStore) -> None:
    row = store.read(TABLE_PROFILES, where(run_id=DAYS[5])).to_pylist()[0]
    stopped, running = ({**row, "manifest_id": name} for name in ("stopped", "running"))
    now = dt.datetime.now(dt.timezone.utc)
    for name, started in (("stopped", now - dt.timedelta(days=2)), ("running", now)):
        manifest = {
            "pipeline": "shop",
            "run_id": DAYS[5],
            "kind": "profile",
            "manifest_id": name,
            "started_at": started,
            "names_rows": True,
        }
        store.replace(MANIFESTS, MANIFESTS.rows([manifest]), where(manifest_id=name))
    both = where(manifest_id=["stopped", "running"])
    store.replace(TABLE_PROFILES, TABLE_PROFILES.rows([stopped, running]), both)
    assert maintain(CONFIG, store=store, upkeep=store).leftovers == 1
    assert store.read(TABLE_PROFILES, both)["manifest_id"].to_pylist() == ["running"]
    assert store.read(MANIFESTS, both).num_rows == 2


def test_what_was_sent_of_an_incident_goes_when_no_run_tells_of_it_any_more(store: MemoryStore) -> None:
    compare(CONFIG, [FAULTY], store=store)
    (incident,) = store.read(INCIDENTS, columns=("incident_id",))["incident_id"].unique().to_pylist()
    profiled = min(store.read(TABLE_PROFILES, columns=("profiled_at",))["profiled_at"].to_pylist())
    old, young = profiled - dt.timedelta(days=1), dt.datetime.now(dt.timezone.utc)
    sent = [
        {"notification_id": name, "incident_id": of, "run_id": run, "begun_at": at, "sent_at": at}
        for name, of, run, at in (
            ("told", incident, FAULTY, old),  # its incident is still there
            ("gone", "another", DAYS[0], old),
            ("half", "a third", DAYS[0], old),
            ("young", "another", DAYS[0], young),  # its run may be profiled again
        )
    ]
    rows = NOTIFICATIONS.rows({**row, "pipeline": "shop", "target": "log", "event": "opened"} for row in sent)
    store.replace(NOTIFICATIONS, rows, where(run_id=list(DAYS)))

    def left() -> set[str]:
        return set(store.read(NOTIFICATIONS)["notification_id"].to_pylist())

    maintain(CONFIG, store=store, upkeep=store)
    assert left() == {"told", "gone", "half", "young"}  # nothing goes without a limit
    keep = keeping(keep_runs=28)
    dry = maintain(keep, store=store, upkeep=store, options=MaintainOptions(dry_run=True))
    assert left() == {"told", "gone", "half", "young"}
    done = maintain(keep, store=store, upkeep=store)
    assert left() == {"told", "young"}
    removed = [{one.table: one.rows_removed for one in outcome.result_tables} for outcome in (dry, done)]
    assert [one["notifications"] for one in removed] == [2, 2]
