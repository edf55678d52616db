"""Many tables that move on an unusual day are one finding for review."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from stageprint.diagnosis.unusual_day import UnusualDay, folded, is_of_business
from stageprint.model import Finding, Severity, TableKey

DAY = UnusualDay(dt.date(2026, 1, 6), "a public holiday (Epiphany)")


def finding(table: str, cause: str = "distribution_shift", severity: Severity = Severity.CRITICAL) -> Finding:
    origin = TableKey("raw", table).column("amount")
    sentence = f"{origin} shifted."
    return Finding(
        table,
        "2026-01-06",
        severity,
        cause,
        "data",
        origin,
        "2026-01-06",
        (f"joined.{table}.amount",),
        0.9,
        (),
        {},
        sentence,
    )


def test_many_tables_are_one_finding_for_review() -> None:
    schema = finding("orders", "schema_change")
    moved = [finding("orders"), finding("visits", "partial_load"), finding("carts", severity=Severity.WARNING)]
    kept, one = folded([schema, *moved], DAY)
    assert kept is schema
    assert (one.severity, one.cause, one.finding_class) == (Severity.REVIEW, "population_shift", "population")
    assert one.sentence == (
        "3 tables moved on 2026-01-06, a public holiday (Epiphany): raw.orders, raw.visits, raw.carts. "
        "Business on such a day explains it; the largest: raw.orders.amount shifted."
    )
    assert one.alternatives == ("distribution_shift", "partial_load")
    assert set(one.explains) == {
        "joined.orders.amount",
        "raw.visits.amount",
        "joined.visits.amount",
        "raw.carts.amount",
        "joined.carts.amount",
    }
    assert one.evidence["moved_tables"] == ["raw.orders", "raw.visits", "raw.carts"]


def test_few_tables_stay_alerts() -> None:
    found = [finding("orders"), finding("visits"), replace(finding("visits"), finding_id="2")]
    assert folded(found, DAY) == found


def test_on_a_day_that_the_calendar_states_one_table_is_enough_unless_a_part_is_plainly_missing() -> None:
    stated = replace(DAY, enough=1, stated=True)
    fewer = replace(finding("orders", "partial_load"), evidence={"rows": 300, "gap": None})
    (one,) = folded([fewer], stated)
    assert (one.severity, one.cause) == (Severity.REVIEW, "population_shift")
    assert one.sentence == (
        "Business on 2026-01-06, a public holiday (Epiphany), may explain that raw.orders.amount shifted."
    )
    cut = replace(fewer, evidence={"rows": 300, "gap": "ordered_at has no rows of 3 hours"})
    assert folded([cut], stated) == [cut]
    nothing = replace(fewer, evidence={"rows": 0, "rows_before": 500})
    assert folded([nothing], stated) == [nothing]
    empty = finding("orders", "schema_change")
    assert folded([empty], stated) == [empty]


@pytest.mark.parametrize("cause", ["unit_change", "null_spike", "wrong_timezone", "advance_broken", "schema_change"])
def test_what_leaves_the_signature_of_a_fault_is_no_business(cause: str) -> None:
    assert not is_of_business(finding("orders", cause))
    found = [finding("orders"), finding("visits"), finding("carts", cause)]
    assert folded(found, DAY) == found


def test_a_factor_that_is_no_known_conversion_may_be_one_of_prices() -> None:
    dearer = replace(finding("orders", "unit_change"), evidence={"factor": 1.4, "meaning": None})
    assert is_of_business(dearer)
    assert not is_of_business(replace(dearer, evidence={"factor": 1.609, "meaning": "miles → kilometres"}))


def test_what_is_for_review_already_is_left_alone() -> None:
    assert not is_of_business(finding("orders", severity=Severity.REVIEW))
    assert not is_of_business(finding("orders", "a_cause_of_a_later_release"))


def test_on_a_day_that_nobody_stated_loads_that_are_plainly_cut_stay_alerts() -> None:
    empty = [replace(finding(name, "partial_load"), evidence={"rows": 0}) for name in ("orders", "visits", "carts")]
    assert folded(empty, DAY) == empty
    fewer = [finding(name) for name in ("orders", "visits", "carts")]
    kept, one = folded([*fewer, replace(finding("pages", "partial_load"), evidence={"rows": 0})], DAY)
    assert (kept.origin.table, one.cause) == ("pages", "population_shift")
