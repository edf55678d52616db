"""`status` says that all is well of no run but one that has come and was compared, and tells what is late."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from stageprint.config.loader import parse_config
from stageprint.model import Severity
from stageprint.model.result_tables import RUNS
from stageprint.model.run_state import RunState
from stageprint.model.run_status import RunStatus, StatusVerdict
from stageprint.model.where import where
from stageprint.pipeline.compare import compare
from stageprint.pipeline.expectation import read_expectation
from stageprint.pipeline.incidents.desk import IncidentDesk
from stageprint.pipeline.marks import Marks
from stageprint.pipeline.merge import merge
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.status import status
from stageprint.ports import EngineVersions
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine, profiled_store

DAYS = shop.days(6)
LAST, NEXT = DAYS[-2:]
CONFIG = shop.config(Path("nowhere"))
UTC = dt.timezone.utc


def came_at(run: str) -> dt.datetime:
    """Return when a run came: at four in the morning of the day after its date."""
    return dt.datetime.fromisoformat(f"{run}T04:00+00:00") + dt.timedelta(days=1)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)


def place_in_time(store: MemoryStore, **moments: dt.datetime) -> None:
    """Let runs have come when `came_at` or `moments` say, as if the clock had said so then."""
    rows: list[dict[str, Any]] = store.read(RUNS).to_pylist()
    for row in rows:
        moment = moments.get(row["run_id"]) or came_at(row["run_id"])
        row |= {"first_profiled_at": moment, "started_at": moment, "ended_at": moment + dt.timedelta(minutes=3)}
    store.replace(RUNS, RUNS.rows(rows), where(run_id=[row["run_id"] for row in rows]))


@pytest.fixture(scope="module")
def five_days() -> MemoryStore:
    """Return five days, profiled and compared."""
    store = profiled_store(CONFIG, shop.tables(DAYS[:-1]))
    compare(CONFIG, DAYS[:-1], store=store)
    place_in_time(store)
    return store


@pytest.fixture
def store(five_days: MemoryStore) -> MemoryStore:
    return five_days.copy()


def add_day(store: MemoryStore, fault: shop.Fault | None = None, *, compared: bool = False) -> None:
    """Profile the sixth day, and compare it."""
    faults = {} if fault is None else {(NEXT, "features"): fault}
    profile(CONFIG, [NEXT], engine=MemoryEngine(shop.tables([NEXT], faults)), store=store)
    if compared:
        compare(CONFIG, [NEXT], store=store)
    place_in_time(store)


def ask(
    store: MemoryStore,
    now: str,
    expect_by: str | None = None,
    *,
    max_age: str | None = None,
    run: str | None = None,
    fail_on: Severity | None = Severity.CRITICAL,
) -> RunStatus:
    expectation = read_expectation(expect_by, None, max_age)
    return status(CONFIG, store=store, expectation=expectation, run=run, fail_on=fail_on, now=at(now))


MORNING_AFTER_LAST, NEXT_MORNING = "2026-03-07T06:30", "2026-03-08T06:30"
"""The first is when the fifth day's run has come, the second when the sixth day's should have."""


def test_all_is_well_when_the_latest_run_was_compared_and_nothing_found(store: MemoryStore) -> None:
    found = ask(store, MORNING_AFTER_LAST)
    assert found.verdict is StatusVerdict.WELL
    assert found.sentence.startswith(f"all is well: run {LAST} has come and been compared (")
    assert (found.run_id, found.state, found.worst_severity, found.notes) == (LAST, "current", None, ())
    assert (found.first_profiled_at, found.profiled_at) == (came_at(LAST), came_at(LAST) + dt.timedelta(minutes=3))
    assert found.compared_at is not None
    assert (found.tables_profiled, found.tables_failed, found.tables_missing) == (2, (), ())


@pytest.mark.parametrize(
    ("expect_by", "max_age", "by"),
    [
        ("06:00", None, "2026-03-08 06:00 UTC"),
        ("2026-03-08T06:00", None, "2026-03-08 06:00 UTC"),
        (None, "26h", "2026-03-08 06:00 UTC (1 d 2 h, the greatest age allowed)"),
        ("cadence", None, "2026-03-08 10:00 UTC (1 d 6 h, the usual distance of runs and a margin)"),
    ],
)
def test_an_expected_run_is_late_until_it_was_profiled_and_compared(
    store: MemoryStore, expect_by: str | None, max_age: str | None, by: str
) -> None:
    now = "2026-03-08T10:30" if expect_by == "cadence" else NEXT_MORNING
    on_time = ask(store, MORNING_AFTER_LAST, expect_by, max_age=max_age)
    assert on_time.verdict is StatusVerdict.WELL
    late = ask(store, now, expect_by, max_age=max_age)
    assert late.verdict is StatusVerdict.LATE
    assert late.sentence == f"no run has come since 2026-03-07 04:00 UTC (run {LAST}); one was expected by {by}"
    assert (late.run_id, late.expected_by) == (LAST, by)
    add_day(store)
    profiled = ask(store, now, expect_by, max_age=max_age)
    assert profiled.verdict is StatusVerdict.LATE
    assert profiled.sentence.startswith(f"run {NEXT} came at 2026-03-08 04:00 UTC, but has not been compared yet")
    compare(CONFIG, [NEXT], store=store)
    done = ask(store, now, expect_by, max_age=max_age)
    assert (done.verdict, done.run_id) == (StatusVerdict.WELL, NEXT)


def test_nothing_is_said_of_a_run_that_was_not_compared(store: MemoryStore) -> None:
    add_day(store)
    for found in (ask(store, NEXT_MORNING), ask(store, "2026-03-08T04:10", max_age="26h")):
        assert found.verdict is StatusVerdict.UNKNOWN
        assert found.sentence == f"nothing can be said of run {NEXT}: it has not been compared yet"
        assert found.compared_at is None
        assert (found.findings, found.failed_checks) == (None, None)
    compare(CONFIG, [NEXT], store=store)
    add_day(store)
    stale = ask(store, NEXT_MORNING, "06:00")
    assert (stale.verdict, stale.state) == (StatusVerdict.LATE, RunState.STALE.value)
    assert "but was profiled again after it was compared" in stale.sentence


def test_a_finding_counts_from_the_severity_that_is_asked_for(store: MemoryStore) -> None:
    add_day(store, shop.lose_a_fifth, compared=True)
    found = ask(store, NEXT_MORNING, "06:00")
    assert (found.verdict, found.worst_severity) == (StatusVerdict.FOUND, "critical")
    assert found.sentence == f"run {NEXT} has {found.findings} finding, at worst critical"
    ignored = ask(store, NEXT_MORNING, "06:00", fail_on=None)
    assert ignored.verdict is StatusVerdict.WELL
    assert "all is well" not in ignored.sentence
    assert "at worst critical" in ignored.sentence


def test_a_finding_that_a_person_accepted_is_told_and_does_not_count(store: MemoryStore) -> None:
    add_day(store, shop.lose_a_fifth, compared=True)
    (one,) = Results(store).incidents()
    IncidentDesk(store).accept(one.incident_id, "one shop is closed")
    found = ask(store, NEXT_MORNING, "06:00")
    assert (found.verdict, found.worst_severity) == (StatusVerdict.WELL, "critical")
    assert found.sentence.endswith("it has 1 finding, at worst critical (1 accepted)")


def test_failed_and_missing_tables_are_not_well(store: MemoryStore) -> None:
    rows = shop.tables([NEXT])
    del rows[NEXT]["features.order_features"]
    profile(CONFIG, [NEXT], engine=MemoryEngine(rows), store=store)
    compare(CONFIG, [NEXT], store=store)
    place_in_time(store)
    found = ask(store, NEXT_MORNING, fail_on=None)
    assert found.tables_failed == ("features.order_features",)
    assert found.verdict is StatusVerdict.TABLES_FAILED
    assert "features.order_features could not be profiled" in found.sentence
    more = parse_config(shop.yaml(Path("nowhere")) + "      - {name: never, source: {table: never}}\n")
    found = status(more, store=store, expectation=read_expectation(None, None, None), run=LAST, now=at(NEXT_MORNING))
    assert (found.verdict, found.tables_missing) == (StatusVerdict.TABLES_FAILED, ("features.never",))


def test_a_particular_run_is_expected(store: MemoryStore) -> None:
    missing = ask(store, NEXT_MORNING, run=NEXT)
    assert missing.verdict is StatusVerdict.LATE
    assert missing.sentence.startswith(f"run '{NEXT}' has not been profiled: it is not in memory")
    early = ask(store, "2026-03-08T05:00", "06:00", run=NEXT)
    assert early.verdict is StatusVerdict.UNKNOWN
    assert early.sentence.endswith("it is expected by 2026-03-08 06:00 UTC, which has not come yet")
    late = ask(store, NEXT_MORNING, "06:00", run=NEXT)
    assert late.verdict is StatusVerdict.LATE
    assert late.sentence.endswith("; it was expected by 2026-03-08 06:00 UTC")
    add_day(store)
    assert ask(store, "2026-03-08T05:00", "06:00", run=NEXT).verdict is StatusVerdict.UNKNOWN
    profiled = ask(store, NEXT_MORNING, "06:00", run=NEXT)
    assert profiled.verdict is StatusVerdict.LATE
    assert profiled.sentence == f"run {NEXT} has not been compared yet; it was expected by 2026-03-08 06:00 UTC"
    compare(CONFIG, [NEXT], store=store)
    assert ask(store, NEXT_MORNING, "06:00", run=NEXT).verdict is StatusVerdict.WELL
    # An earlier run is as well as it was.
    assert ask(store, NEXT_MORNING, run=LAST).verdict is StatusVerdict.WELL


def test_a_store_without_runs_is_no_all_clear() -> None:
    empty = MemoryStore("shop")
    assert ask(empty, NEXT_MORNING).verdict is StatusVerdict.UNKNOWN
    assert ask(empty, NEXT_MORNING, "cadence").verdict is StatusVerdict.UNKNOWN
    late = ask(empty, NEXT_MORNING, "06:00")
    assert late.verdict is StatusVerdict.LATE
    assert "was ever profiled into memory; one was expected by 2026-03-08 06:00 UTC" in late.sentence


def test_too_few_runs_have_no_cadence_and_the_first_is_not_judged() -> None:
    store = profiled_store(CONFIG, shop.tables(DAYS[:1]))
    compare(CONFIG, DAYS[:1], store=store)
    place_in_time(store)
    assert "how often runs come is not known" in ask(store, "2026-03-03T06:30", "cadence").sentence
    found = ask(store, "2026-03-03T06:30", "06:00")
    assert found.verdict is StatusVerdict.UNKNOWN
    assert "11 of 11 columns are still learning (3 more runs): they were not judged" in found.sentence
    assert found.learning is not None
    assert (found.learning["judged"], found.learning["more_runs"]) == (0, [0, 0, 11])


def test_a_run_that_comes_after_a_gap_has_a_note(store: MemoryStore) -> None:
    far = shop.days(12)[-1]
    outcome = profile(CONFIG, [far], engine=MemoryEngine(shop.tables([far])), store=store)
    assert outcome.failed == []
    place_in_time(store)
    note = f"no run came for 7 d before run {far}, where 1 d is usual: the run before it is {LAST}"
    assert compare(CONFIG, [far], store=store).notes == [note]
    found = ask(store, "2026-03-14T06:30", "06:00")
    assert (found.verdict, found.notes) == (StatusVerdict.WELL, (note,))


def test_a_clock_that_is_ahead_and_an_order_that_is_not_that_of_coming_are_told(store: MemoryStore) -> None:
    place_in_time(store, **{LAST: at("2026-03-09T04:00")})
    (note,) = ask(store, MORNING_AFTER_LAST).notes
    assert note == f"run {LAST} was profiled at 2026-03-09 04:00 UTC, which is not yet: two clocks differ"
    place_in_time(store, **{DAYS[0]: at("2026-03-07T05:00")})
    (note,) = ask(store, MORNING_AFTER_LAST).notes
    assert note == f"run {DAYS[0]} came last, at 2026-03-07 05:00 UTC, but is an earlier run by run_order (name)"


def test_what_people_said_of_a_run_and_a_profile_that_failed_again_are_told(store: MemoryStore) -> None:
    Marks(store).mark_bad(LAST, "half of the shops were closed")
    rows = shop.tables([LAST])
    del rows[LAST]["features.order_features"]
    profile(CONFIG, [LAST], engine=MemoryEngine(rows), store=store)
    place_in_time(store)
    found = ask(store, MORNING_AFTER_LAST)
    assert found.verdict is StatusVerdict.UNKNOWN  # the orders were profiled again, and not compared
    assert found.notes == (
        "features.order_features could not be profiled again: the profile before it counts",
        f"run {LAST} is marked as bad: half of the shops were closed",
    )


def test_a_merged_run_is_not_the_latest(store: MemoryStore) -> None:
    merge(CONFIG, DAYS[:5], "2026-W10", store=store, versions=EngineVersions(None, None, "UTC"))
    assert ask(store, MORNING_AFTER_LAST).run_id == LAST
    assert ask(store, MORNING_AFTER_LAST, run="2026-W10").verdict is StatusVerdict.LATE
