"""How often runs come: dated or not, with week-ends, backfills and re-runs; and what is said of gaps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from stageprint.pipeline.cadence import Arrival, arrivals, gap_note, latest_due, usual_distance

MONDAY = dt.datetime(2026, 3, 2, 4, 10, tzinfo=dt.timezone.utc)
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


def dated(*days: int, late: dict[int, dt.timedelta] | None = None) -> list[Arrival]:
    """Return runs named by days after a Monday, each profiled the day after, some of them late."""
    found = []
    for day in days:
        at = MONDAY + (day + 1) * DAY + (late or {}).get(day, dt.timedelta(0))
        found.append(Arrival((MONDAY + day * DAY).date().isoformat(), at, (MONDAY + day * DAY).date()))
    return sorted(found, key=lambda arrival: arrival.at)


def named(*hours: float) -> list[Arrival]:
    return [Arrival(f"v{place}", MONDAY + hour * HOUR, None) for place, hour in enumerate(hours)]


WEEKDAYS = [day for day in range(33) if day % 7 < 5]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (dated(*range(10)), DAY),
        (dated(0, 7, 14, 21, 28), 7 * DAY),
        # Friday to Monday, as on the Fridays before; any other day one.
        (dated(*[day for day in WEEKDAYS if day <= 25]), 3 * DAY),
        (dated(*[day for day in WEEKDAYS if day <= 24]), DAY),
        # A backfill: all came within minutes, their dates are a day apart.
        (dated(*range(10), late={day: (8 - day) * DAY + day * HOUR / 60 for day in range(9)}), DAY),
        # A day that was run again is no distance of its own.
        ([*dated(*range(6)), Arrival("2026-03-07-2", MONDAY + 6 * DAY + 5 * HOUR, dt.date(2026, 3, 7))], DAY),
        (named(0, 6, 12.5, 18, 24), 6 * HOUR),
        (named(0, 1, 2, 3, 100), HOUR),
    ],
)
def test_the_usual_distance(runs: list[Arrival], expected: dt.timedelta) -> None:
    assert usual_distance(runs) == pytest.approx(expected, abs=HOUR / 2)
    assert latest_due(runs) == pytest.approx(expected * 1.25, abs=HOUR / 2)


def test_several_runs_a_day_come_at_their_times() -> None:
    runs = [
        Arrival(f"{MONDAY.date()}T{hour:02}", MONDAY + hour * HOUR, MONDAY.date() + hour // 24 * DAY)
        for hour in range(60)
    ]
    assert usual_distance(runs) == HOUR


@pytest.mark.parametrize("runs", [[], dated(0), dated(0, 1, 2), named(1, 2, 3), named(0, 0.01, 0.02, 0.05, 0.09, 24)])
def test_too_few_runs_say_nothing(runs: list[Arrival]) -> None:
    assert usual_distance(runs) is None
    assert latest_due(runs) is None


def row(run: Arrival, **other: Any) -> dict[str, Any]:
    facts = {"run_id": run.run_id, "logical_date": run.date, "merged": False, "started_at": run.at}
    return {**facts, "first_profiled_at": None, **other}


def test_runs_came_when_they_were_first_profiled_and_merged_ones_not_at_all() -> None:
    one, other = dated(0, 1)
    again = row(one, first_profiled_at=one.at, started_at=one.at + 9 * DAY)
    assert arrivals([row(other), again, row(other, run_id="both", merged=True)]) == [one, other]


@pytest.mark.parametrize(
    ("days", "gap"),
    [
        ([0, 1, 2, 3, 4, 8], "4 d before run 2026-03-10, where 1 d is usual: the run before it is 2026-03-06"),
        ([0, 1, 2, 3, 4, 5], None),
        ([day for day in WEEKDAYS if day <= 28], None),
        ([day for day in WEEKDAYS if day <= 28 and day != 25], "4 d before run 2026-03-30"),
        ([0, 1, 9], None),
    ],
)
def test_a_gap_is_told_once_the_next_run_has_come(days: list[int], gap: str | None) -> None:
    rows = [row(run) for run in dated(*days)]
    found = gap_note(rows, rows[-1]["run_id"])
    assert (found is None) if gap is None else (found is not None and gap in found)
    # It stays when the run after it has come, and when the runs were all profiled again.
    late = [{**each, "started_at": MONDAY + 90 * DAY} for each in [*rows, row(dated(days[-1] + 1)[0])]]
    assert gap_note(late, rows[-1]["run_id"]) == found
    assert gap_note(rows, "never") is None
