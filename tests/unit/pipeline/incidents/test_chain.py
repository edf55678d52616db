"""Incidents over the runs of a store, compared in order, again, out of order, at the same time, or stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stageprint.config.loader import parse_config
from stageprint.errors import UsageError
from stageprint.model.incident import Closing, IncidentStatus, StoredIncident
from stageprint.model.result_tables import FINDINGS, INCIDENTS, MANIFESTS
from stageprint.model.run_state import RunState
from stageprint.model.where import EVERY_ROW, where
from stageprint.pipeline.compare import compare
from stageprint.pipeline.delete import delete_runs
from stageprint.pipeline.incidents.desk import IncidentDesk
from stageprint.pipeline.marks import Marks
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine, profiled_store

DAYS = shop.days(9)
BROKEN = DAYS[5:7]
CONFIG = shop.config(Path("nowhere"))
CAUTIOUS = parse_config(f"{shop.yaml(Path('nowhere'))}decision: {{overrides: [{{severity_at_most: review}}]}}\n")
NEW, ONGOING, RESOLVED, ACCEPTED = IncidentStatus


def in_cents(table: pa.Table) -> pa.Table:
    return table.set_column(table.column_names.index("price"), "price", pc.multiply(table["price"], 100))


ROWS = shop.tables(DAYS, {(day, "raw"): in_cents for day in BROKEN})


@pytest.fixture(scope="module")
def profiled() -> MemoryStore:
    return profiled_store(CONFIG, ROWS)


@pytest.fixture(scope="module")
def in_order(profiled: MemoryStore) -> MemoryStore:
    store = profiled.copy()
    compare(CONFIG, DAYS, store=store)
    return store


@pytest.fixture
def store(in_order: MemoryStore) -> MemoryStore:
    return in_order.copy()


def stands(store: MemoryStore) -> list[tuple[str, str, str, int, str | None]]:
    return [
        (one.status.value, one.opened_run, one.last_run, one.runs_seen, one.ended_run)
        for one in Results(store).incidents()
    ]


def rows(store: MemoryStore) -> list[dict[str, Any]]:
    """Return the rows of `incidents` that count, without times and manifests."""
    results = Results(store)
    found = results._read(INCIDENTS).to_pylist()
    changing = ("opened_at", "last_seen_at", "closed_at", "manifest_id")
    kept = [{name: value for name, value in row.items() if name not in changing} for row in found]
    return sorted(kept, key=lambda row: (row["run_id"], row["incident_id"]))


HEALED = [("resolved", BROKEN[0], BROKEN[1], 2, DAYS[7])]


def test_a_fault_of_two_runs_is_one_incident_and_the_run_that_healed_it_is_named(store: MemoryStore) -> None:
    assert stands(store) == HEALED
    (one,) = Results(store).incidents()
    assert (one.closed_by, str(one.origin), one.cause) == (Closing.HEALED, "raw.orders.price", "unit_change")
    assert one.explains == ("features.items.price",) or "features" in " ".join(one.explains)


def test_findings_say_truly_whether_they_are_new_also_in_a_list_of_all_runs(store: MemoryStore) -> None:
    found = {row["run_id"]: row for row in Results(store).findings() if row["column"] == "price"}
    (incident,) = Results(store).incidents()
    assert {run: row["status"] for run, row in found.items()} == {BROKEN[0]: "new", BROKEN[1]: "ongoing"}
    assert {row["incident_id"] for row in found.values()} == {incident.incident_id}
    assert {row["incident_status"] for row in found.values()} == {"resolved"}


def test_a_fault_that_is_only_suspect_in_its_first_run_is_one_incident_from_that_run_on(profiled: MemoryStore) -> None:
    store = profiled.copy()
    compare(CAUTIOUS, DAYS[:6], store=store)
    (first,) = Results(store).findings(BROKEN[0])
    assert (first["severity"], first["cause"]) == ("review", "unit_change")
    compare(CONFIG, DAYS[6:], store=store)
    assert stands(store) == HEALED
    (second,) = Results(store).findings(BROKEN[1])
    assert (second["severity"], second["cause"], second["status"]) == ("critical", "unit_change", "ongoing")
    assert (second["first_run"], second["evidence"]["reference_run"]) == (BROKEN[0], DAYS[4])
    assert {first["incident_id"], second["incident_id"]} == {one.incident_id for one in Results(store).incidents()}


def test_comparing_again_changes_nothing(store: MemoryStore) -> None:
    before, times = rows(store), Results(store).incidents()
    for runs in ([BROKEN[0]], [DAYS[8]], DAYS, [BROKEN[1], DAYS[2]]):
        compare(CONFIG, runs, store=store)
        assert rows(store) == before
    assert [one.opened_at for one in Results(store).incidents()] == [one.opened_at for one in times]


@pytest.mark.parametrize(
    "commands",
    [
        [[*DAYS[:5], DAYS[6]], [DAYS[5]], DAYS[6:]],
        [[day] for day in DAYS],
        [DAYS[:6], [DAYS[7]], [DAYS[6]], [DAYS[7]], [DAYS[8]]],
    ],
    ids=["the second first", "one by one", "one left out"],
)
def test_runs_compared_out_of_order_and_again_in_order_tell_the_same(
    profiled: MemoryStore, in_order: MemoryStore, commands: Sequence[Sequence[str]]
) -> None:
    store = profiled.copy()
    for runs in commands:
        compare(CONFIG, runs, store=store)
    assert rows(store) == rows(in_order)


def without_memory(store: MemoryStore, runs: Sequence[str]) -> MemoryStore:
    """Return a store whose comparisons of some runs knew nothing of the runs before them."""
    found = store.copy()
    known = found.read(INCIDENTS, where(run_id=runs)).to_pylist()
    other = [{**row, "incident_id": "other", "status": "new", "opened_run": row["run_id"]} for row in known]
    found.replace(INCIDENTS, INCIDENTS.rows(other), where(run_id=runs))
    findings = found.read(FINDINGS, where(run_id=runs)).to_pylist()
    unknown = ({**row, "incident_id": "other", "status": "new"} for row in findings)
    found.replace(FINDINGS, FINDINGS.rows(unknown), where(run_id=runs))
    return found


def said_by_findings(store: MemoryStore) -> list[tuple[str, str, str, str]]:
    return sorted(
        (row["run_id"], row["finding_id"], row["incident_id"], row["status"]) for row in Results(store).findings()
    )


def test_runs_after_one_that_is_compared_late_are_told_anew_from_what_they_found(in_order: MemoryStore) -> None:
    store = without_memory(in_order, DAYS[6:])
    assert rows(store) != rows(in_order)
    compare(CONFIG, [BROKEN[0]], store=store)
    assert rows(store) == rows(in_order)
    assert said_by_findings(store) == said_by_findings(in_order)


def test_two_commands_at_once_agree_in_the_end(in_order: MemoryStore) -> None:
    store = without_memory(in_order, DAYS[5:])

    class Meanwhile(MemoryStore):
        """Another command compares the run before while this one is about to finish."""

        def __init__(self) -> None:
            super().__init__("shop")
            self._tables = store._tables
            self.done = False

        def append(self, table: Any, rows: Any, which: Any) -> None:
            super().append(table, rows, which)
            if table is FINDINGS and not self.done:
                self.done = True
                compare(CONFIG, [DAYS[5]], store=store)

    compare(CONFIG, [DAYS[8]], store=Meanwhile())
    assert rows(store) == rows(in_order)
    assert said_by_findings(store) == said_by_findings(in_order)


def test_a_command_that_is_stopped_says_nothing_of_incidents(profiled: MemoryStore, in_order: MemoryStore) -> None:
    store = profiled.copy()
    compare(CONFIG, DAYS[:6], store=store)
    before = rows(store)

    class Stopped(MemoryStore):
        def __init__(self) -> None:
            super().__init__("shop")
            self._tables = store._tables

        def replace(self, table: Any, rows: Any, which: Any) -> None:
            if table is MANIFESTS:
                raise KeyboardInterrupt
            super().replace(table, rows, which)

    with pytest.raises(KeyboardInterrupt):
        compare(CONFIG, DAYS[6:], store=Stopped())
    assert rows(store) == before
    compare(CONFIG, DAYS[6:], store=store)
    assert rows(store) == rows(in_order)


def test_profiling_again_marks_what_was_found_as_stale_until_it_is_compared(store: MemoryStore) -> None:
    profile(CONFIG, [BROKEN[0]], engine=MemoryEngine(shop.tables(DAYS)), store=store)
    assert Results(store).states([BROKEN[0]]) == {BROKEN[0]: RunState.STALE}
    assert stands(store) == HEALED
    compare(CONFIG, [BROKEN[0]], store=store)
    assert Results(store).findings(BROKEN[0]) == []
    compare(CONFIG, [BROKEN[1]], store=store)
    assert ("resolved", BROKEN[1], BROKEN[1], 1, DAYS[7]) in stands(store)


def test_a_run_that_is_marked_as_bad_heals_nothing(profiled: MemoryStore) -> None:
    store = profiled.copy()
    compare(CONFIG, DAYS[:7], store=store)
    Marks(store).mark_bad(DAYS[7], "test data")
    compare(CONFIG, [DAYS[7]], store=store)
    assert stands(store) == [("ongoing", BROKEN[0], BROKEN[1], 2, None)]
    compare(CONFIG, [DAYS[8]], store=store)
    assert stands(store) == [("resolved", BROKEN[0], BROKEN[1], 2, DAYS[8])]


def test_an_incident_ends_with_the_run_from_which_on_its_table_is_not_configured(profiled: MemoryStore) -> None:
    features = next(stage for stage in CONFIG.stages if stage.name == "features")
    left = CONFIG.model_copy(update={"stages": (features.model_copy(update={"upstream": ()}),)})
    store = profiled.copy()
    compare(CONFIG, DAYS[:7], store=store)
    delete_runs(store, DAYS[7:])
    profile(left, DAYS[7:], engine=MemoryEngine({run: ROWS[run] for run in DAYS[7:]}), store=store)
    compare(left, DAYS[7:], store=store)
    (over,) = Results(store).incidents()
    assert (over.status, over.closed_by, over.ended_run) == (RESOLVED, Closing.REMOVED, DAYS[7])
    assert over.why == "raw.orders is no longer in the configuration"
    before = rows(store)
    compare(left, [DAYS[8]], store=store)
    compare(CONFIG, [DAYS[6]], store=store)
    assert rows(store) == before


def test_baselines_have_incidents_of_their_own(store: MemoryStore) -> None:
    compare(CONFIG, [BROKEN[0]], store=store, baseline="previous")
    assert len({one.incident_id for one in Results(store).incidents()}) == 2


def test_incidents_outlive_the_runs_in_which_they_began(store: MemoryStore) -> None:
    delete_runs(store, DAYS[:6])
    assert stands(store) == HEALED


def test_a_person_acknowledges_resolves_and_accepts(profiled: MemoryStore) -> None:
    store = profiled.copy()
    compare(CONFIG, DAYS[:6], store=store)
    desk = IncidentDesk(store)
    (one,) = Results(store).incidents()
    acknowledged = desk.acknowledge(one.incident_id[:6], "on it")
    assert (acknowledged.status, acknowledged.acknowledged_why) == (NEW, "on it")
    resolved = desk.resolve(one.incident_id, "reloaded")
    assert (resolved.status, resolved.closed_by, resolved.why) == (RESOLVED, Closing.PERSON, "reloaded")
    compare(CONFIG, [BROKEN[0]], store=store)
    assert desk.find(one.incident_id).status is RESOLVED
    compare(CONFIG, [BROKEN[1]], store=store)
    again = desk.find(one.incident_id)
    assert (again.status, again.closed_by, again.acknowledged_why) == (ONGOING, None, "on it")
    accepted = desk.accept(Results(store).findings(BROKEN[1])[0]["finding_id"], "prices are in cents from now on")
    assert (accepted.incident.status, accepted.incident.incident_id) == (ACCEPTED, one.incident_id)
    assert "raw.orders.price" in {str(key) for key in accepted.columns}
    assert Marks(store).accepted
    compare(CONFIG, [DAYS[7]], store=store)
    back = {found.opened_run: found.status for found in Results(store).incidents()}
    assert back == {BROKEN[0]: ACCEPTED}
    stored = [StoredIncident.from_row(row) for row in store.read(INCIDENTS).to_pylist()]
    assert {row.status for row in stored if row.run_id == BROKEN[1]} == {ACCEPTED}


def test_an_accepted_finding_compared_again_is_still_new_in_its_run_and_fails_nothing(profiled: MemoryStore) -> None:
    store = profiled.copy()
    first = compare(CONFIG, DAYS[:6], store=store)
    assert first.exit_status() == 1
    (one,) = Results(store).incidents()
    IncidentDesk(store).accept(one.incident_id, "prices are in cents from now on")
    again = compare(CONFIG, [BROKEN[0]], store=store)
    assert {(found.status, found.incident_status) for found in again.findings} == {("new", "accepted")}
    assert again.exit_status() == 0
    assert {row["status"] for row in Results(store).findings(BROKEN[0])} == {"new"}


def test_what_is_closed_is_neither_resolved_nor_acknowledged(profiled: MemoryStore) -> None:
    store = profiled.copy()
    compare(CONFIG, DAYS[:6], store=store)
    desk = IncidentDesk(store)
    (one,) = Results(store).incidents()
    desk.accept(one.incident_id, "prices are in cents from now on")
    for say in (desk.resolve, desk.acknowledge):
        with pytest.raises(UsageError) as refused:
            say(one.incident_id, "reloaded")
        assert f"incident {one.incident_id} is accepted already: nothing to " in str(refused.value)
        assert "(a person said so: prices are in cents from now on). It is the new normal: once" in str(refused.value)
    assert desk.find(one.incident_id).status is ACCEPTED


def test_what_a_run_healed_is_not_resolved_by_hand(store: MemoryStore) -> None:
    (one,) = Results(store).incidents()
    said = rf"is resolved already: nothing to resolve \(run {DAYS[7]} did not have it any more\)\. If it is back,"
    with pytest.raises(UsageError, match=said):
        IncidentDesk(store).resolve(one.incident_id, "reloaded")


def test_what_cannot_be_named_is_said(store: MemoryStore) -> None:
    desk = IncidentDesk(store)
    (one,) = Results(store).incidents()
    with pytest.raises(UsageError, match="is not in the store memory"):
        desk.find("nothing-like-it")
    with pytest.raises(UsageError, match="is resolved already: nothing to acknowledge"):
        desk.acknowledge(one.incident_id, None)
    with pytest.raises(UsageError, match="expected a reason after --why"):
        desk.resolve(one.incident_id, "  ")


def test_a_store_of_an_earlier_release_has_incidents_from_the_next_comparison_on(store: MemoryStore) -> None:
    found = store.read(FINDINGS).to_pylist()
    empty = {"incident_id": None, "status": None}
    store.replace(FINDINGS, FINDINGS.rows({**row, **empty} for row in found), EVERY_ROW)
    store.replace(INCIDENTS, INCIDENTS.empty(), EVERY_ROW)
    results = Results(store)
    assert (results.incidents(), {row["incident_status"] for row in results.findings()}) == ([], {None})
    assert results.runs_without_incidents() == list(BROKEN)
    compare(CONFIG, [DAYS[8]], store=store)
    assert results.incidents() == []
    compare(CONFIG, [BROKEN[1]], store=store)
    assert stands(store) == [("resolved", BROKEN[0], BROKEN[1], 1, DAYS[7])]
    assert results.runs_without_incidents() == [BROKEN[0]]


def test_checks_that_fail_are_incidents_too(profiled: MemoryStore) -> None:
    first, *others = CONFIG.stages
    orders = first.tables[0].model_copy(update={"checks": ({"accepted_range": {"column": "items", "max": 0}},)})
    checked = first.model_copy(update={"tables": (orders, *first.tables[1:])})
    config = CONFIG.model_copy(update={"stages": (checked, *others)})
    store = profiled.copy()
    for day in DAYS[:4]:
        compare(config, [day], store=store)
    (one,) = Results(store).incidents()
    assert (one.cause, one.opened_run, one.runs_seen, one.status) == ("check_failed", DAYS[0], 4, ONGOING)
    accepted = IncidentDesk(store).accept(one.incident_id, "known")
    assert accepted.columns == ()
    compare(config, [DAYS[4]], store=store)
    assert IncidentDesk(store).find(one.incident_id).status is ACCEPTED
    compare(CONFIG, [DAYS[5]], store=store)
    found = IncidentDesk(store).find(one.incident_id)
    assert (found.status, found.ended_run, found.why) == (ACCEPTED, DAYS[5], "known")
    assert store.read(INCIDENTS, where(incident_id=one.incident_id)).num_rows == 6
