"""The life of an incident over the runs, without a store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest

from stageprint.model import ColumnKey, Severity, Slice, TableKey
from stageprint.model.incident import Closing, IncidentStatus, StoredIncident
from stageprint.pipeline.incidents.life import FailingCheck, SeenRun, Sighting, advance

START = dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)
PRICE = ColumnKey("raw", "orders", "price")
RAW, JOINED = TableKey("raw", "orders"), TableKey("joined", "orders")
NEW, ONGOING, RESOLVED, ACCEPTED = IncidentStatus


def sighting(origin: ColumnKey = PRICE, since: str = "1", cause: str = "unit_change", **other: Any) -> Sighting:
    name = f"{origin}/{cause}"
    return Sighting(name, origin, cause, "data", other.pop("severity", Severity.WARNING), since, "It moved.", **other)


def check(column: str = "price", name: str = "not_null", severity: Severity = Severity.WARNING) -> FailingCheck:
    return FailingCheck(RAW.column(column), name, severity, f"raw.orders.{column} fails {name}.")


class Story:
    """Runs told one after the other; remembers how each incident stands."""

    def __init__(self) -> None:
        self.stand: dict[str, StoredIncident] = {}
        self.runs = 0

    def run(
        self, *findings: Sighting, checks: Iterable[FailingCheck] = (), **other: Any
    ) -> list[tuple[str, IncidentStatus]]:
        """Tell of one more run; return what it says as place and status."""
        self.runs += 1
        seen = SeenRun(
            run_id=str(self.runs),
            at=START + dt.timedelta(days=self.runs),
            profiled=other.pop("profiled", frozenset({RAW, JOINED})),
            findings=findings,
            failing=list(checks),
            **other,
        )
        told = advance("shop", "auto", self.stand.values(), seen)
        self.stand |= {one.incident_id: one for one in told.incidents}
        self.of_finding = told.of_finding
        return sorted((str(one.origin), one.status) for one in told.incidents)

    @property
    def only(self) -> StoredIncident:
        (found,) = self.stand.values()
        return found


def test_an_incident_is_new_then_ongoing_then_resolved_with_one_id() -> None:
    story = Story()
    assert story.run() == []
    assert story.run(sighting(since="2")) == [("raw.orders.price", NEW)]
    first = story.only
    assert (first.opened_run, first.runs_seen, first.opened_at) == ("2", 1, START + dt.timedelta(days=2))
    assert story.of_finding == {"raw.orders.price/unit_change": first.incident_id}
    assert story.run(sighting(since="2", severity=Severity.CRITICAL)) == [("raw.orders.price", ONGOING)]
    assert story.run(sighting(since="2", severity=Severity.REVIEW)) == [("raw.orders.price", ONGOING)]
    lasting = story.only
    assert (lasting.severity, lasting.worst_severity) == (Severity.REVIEW, Severity.CRITICAL)
    assert (lasting.runs_seen, lasting.last_run, lasting.opened_at) == (3, "4", first.opened_at)
    assert story.run() == [("raw.orders.price", RESOLVED)]
    over = story.only
    assert (over.incident_id, over.ended_run, over.closed_by) == (first.incident_id, "5", Closing.HEALED)
    assert over.last_run == "4"
    assert story.run() == []


def test_the_same_again_is_another_incident_that_knows_of_the_first() -> None:
    story = Story()
    for since in ("1", None, "3"):
        story.run(*([sighting(since=since)] if since else []))
    assert sorted((one.opened_run, one.status, one.times_before) for one in story.stand.values()) == [
        ("1", RESOLVED, 0),
        ("3", NEW, 1),
    ]


def test_what_began_before_the_first_comparison_is_not_new() -> None:
    story = Story()
    story.run()
    assert story.run(sighting(since="1")) == [("raw.orders.price", ONGOING)]
    assert story.only.opened_run == "1"


def test_after_five_runs_the_state_is_the_usual_one_and_the_way_back_is_another_incident() -> None:
    story = Story()
    for _ in range(5):
        story.run(sighting(since="1"))
    assert story.run(sighting(since="6")) == [
        ("raw.orders.price", ACCEPTED),
        ("raw.orders.price", NEW),
    ]
    kept = next(one for one in story.stand.values() if one.opened_run == "1")
    assert (kept.closed_by, kept.ended_run) == (Closing.NEW_LEVEL, "6")


def test_four_runs_are_too_few_to_be_usual() -> None:
    story = Story()
    for _ in range(4):
        story.run(sighting(since="1"))
    assert story.run() == [("raw.orders.price", RESOLVED)]


def test_what_stands_still_or_is_missing_never_becomes_usual() -> None:
    story = Story()
    for _ in range(7):
        story.run(sighting(since="1", settles=False))
    assert story.only.runs_seen == 7
    assert story.run() == [("raw.orders.price", RESOLVED)]


def test_an_event_is_accepted_by_itself() -> None:
    story = Story()
    story.run(sighting(told_once=True))
    assert story.run() == [("raw.orders.price", ACCEPTED)]
    assert story.only.closed_by is Closing.EVENT


def test_what_was_not_looked_at_heals_nothing() -> None:
    story = Story()
    story.run(sighting())
    assert story.run(profiled=frozenset({JOINED})) == []
    assert story.run(is_bad=True) == []
    assert story.only.status is NEW
    assert story.run(sighting(since="1")) == [("raw.orders.price", ONGOING)]
    assert story.only.runs_seen == 2


def test_a_missing_stage_is_back_as_soon_as_no_run_lacks_it() -> None:
    story = Story()
    story.run(sighting(TableKey("joined", ":stage").level, cause="stage_missing", settles=False))
    assert story.run(profiled=frozenset()) == [("joined", RESOLVED)]


def test_another_name_for_what_lasts_is_the_same_incident() -> None:
    story = Story()
    story.run(sighting())
    story.run(sighting(since="1", cause="distribution_shift"))
    assert (story.only.cause, story.only.status) == ("distribution_shift", ONGOING)


def test_another_fault_that_begins_at_the_same_place_is_another_incident() -> None:
    story = Story()
    story.run(sighting())
    assert story.run(sighting(since="2", cause="null_spike")) == [
        ("raw.orders.price", NEW),
        ("raw.orders.price", RESOLVED),
    ]


def test_fifty_columns_downstream_are_one_incident_also_when_its_origin_is_seen_later() -> None:
    columns = tuple(f"joined.orders.c{number}" for number in range(50))
    story = Story()
    story.run(sighting(JOINED.column("c0"), explains=columns[1:]))
    assert story.run(sighting(since="1", explains=columns)) == [("raw.orders.price", ONGOING)]
    assert story.only.opened_run == "1"
    assert len(story.only.explains) == 50


def test_an_incident_that_falls_apart_stays_one() -> None:
    story = Story()
    story.run(sighting(RAW.level, explains=("raw.orders.price", "raw.orders.tax")))
    story.run(
        sighting(since="1", severity=Severity.CRITICAL), sighting(RAW.column("tax"), since="1", cause="null_spike")
    )
    assert story.only.finding_ids == ("raw.orders.price/unit_change", "raw.orders.tax/null_spike")
    assert (str(story.only.origin), story.only.explains) == ("raw.orders.price", ("raw.orders.tax",))


def test_slices_are_incidents_of_their_own() -> None:
    story = Story()
    sliced = ColumnKey("raw", "orders", "price", Slice("city", "Rome"))
    story.run(sighting())
    story.run(sighting(since="1"), sighting(sliced, since="2"))
    assert len(story.stand) == 2


def test_a_check_that_fails_for_months_is_one_incident() -> None:
    story = Story()
    for _ in range(90):
        story.run(checks=[check()])
    only = story.only
    assert (only.cause, only.finding_class, only.runs_seen, only.status) == ("check_failed", "check", 90, ONGOING)
    assert only.checks == ("raw.orders.price: not_null",)
    assert story.run() == [("raw.orders.price", RESOLVED)]


def test_one_check_that_fails_for_many_columns_of_a_table_is_one_incident() -> None:
    story = Story()
    story.run(checks=[check(f"c{number}") for number in range(50)])
    assert (str(story.only.origin), len(story.only.checks)) == ("raw.orders", 50)
    assert story.only.sentence == "raw.orders.c0 fails not_null. So do 49 more."
    story.run(checks=[check("c7")])
    assert story.only.checks == ("raw.orders.c7: not_null",)


def test_a_check_that_begins_to_fail_later_is_another_incident() -> None:
    story = Story()
    story.run(checks=[check()])
    story.run(checks=[check(), check("tax"), check("tax", "unique")])
    assert sorted(one.checks for one in story.stand.values()) == [
        ("raw.orders.price: not_null",),
        ("raw.orders.tax: not_null",),
        ("raw.orders.tax: unique",),
    ]


def test_a_check_belongs_to_the_finding_at_its_place_and_keeps_its_incident_open() -> None:
    story = Story()
    story.run(sighting(), checks=[check(), check("other")])
    assert sorted(one.checks for one in story.stand.values()) == [
        ("raw.orders.other: not_null",),
        ("raw.orders.price: not_null",),
    ]
    assert story.run(checks=[check()]) == [("raw.orders.other", RESOLVED), ("raw.orders.price", ONGOING)]
    assert story.run() == [("raw.orders.price", RESOLVED)]


def test_a_check_that_cannot_be_computed_is_not_passed() -> None:
    story = Story()
    story.run(checks=[check()])
    assert story.run(unknown=frozenset({"raw.orders.price: not_null"})) == []
    assert story.only.status is NEW


@pytest.mark.parametrize("times", [1, 2])
def test_ids_are_the_same_whenever_the_same_is_told(times: int) -> None:
    ids = set()
    for _ in range(times):
        story = Story()
        story.run(sighting(), checks=[check("tax")])
        ids.add(tuple(sorted(story.stand)))
    assert len(ids) == 1


def test_an_incident_is_a_row_and_back() -> None:
    story = Story()
    story.run(sighting(explains=("joined.orders.price",)), checks=[check()])
    assert StoredIncident.from_row(story.only.to_row("shop")) == story.only


def test_an_incident_of_a_table_that_left_the_configuration_ends_and_says_why() -> None:
    story = Story()
    story.run(sighting(since="1"))
    only_joined = frozenset({JOINED})
    assert story.run(profiled=only_joined) == []  # it is not known whether the table is configured
    assert story.run(profiled=only_joined, configured=frozenset({RAW, JOINED})) == []  # it was not profiled
    assert story.run(profiled=only_joined, configured=only_joined, is_bad=True) == []
    assert story.run(profiled=only_joined, configured=only_joined) == [("raw.orders.price", RESOLVED)]
    over = story.only
    assert (over.closed_by, over.ended_run) == (Closing.REMOVED, "5")
    assert over.why == "raw.orders is no longer in the configuration"
    assert story.run(profiled=only_joined, configured=only_joined) == []


def test_what_a_comparison_said_of_a_table_that_left_is_told_again_without_its_configuration() -> None:
    story = Story()
    story.run(sighting(since="1"))
    assert story.run(profiled=frozenset({JOINED}), removed=frozenset({RAW})) == [("raw.orders.price", RESOLVED)]
    assert story.only.closed_by is Closing.REMOVED


def test_a_table_that_is_profiled_is_healed_and_not_removed() -> None:
    story = Story()
    story.run(sighting(since="1"))
    story.run(configured=frozenset({JOINED}))
    assert (story.only.closed_by, story.only.why) == (Closing.HEALED, None)


def test_a_stage_that_left_the_configuration_is_named() -> None:
    story = Story()
    gone = TableKey("raw", ":stage").level
    story.run(sighting(origin=gone, cause="stage_missing", since="1"), profiled=frozenset({JOINED}))
    story.run(profiled=frozenset({JOINED}), configured=frozenset({JOINED}))
    assert (story.only.closed_by, story.only.why) == (Closing.REMOVED, "stage raw is no longer in the configuration")
