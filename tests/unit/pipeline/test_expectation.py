"""By when a run is expected: days and zones with their clock changes, late runs, mistakes."""

from __future__ import annotations

import datetime as dt

import pytest

from stageprint.errors import UsageError
from stageprint.pipeline.cadence import Arrival
from stageprint.pipeline.expectation import Expected, read_expectation

UTC, HOUR, DAY = dt.timezone.utc, dt.timedelta(hours=1), dt.timedelta(days=1)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(*times: str, lag: int = 0) -> list[Arrival]:
    """Return runs by when each came, named by the day or by `lag` days before it."""
    found = []
    for text in times:
        date = at(text).date() - lag * DAY
        found.append(Arrival(date.isoformat(), at(text), date))
    return found


def names(expected: Expected | None) -> list[str]:
    assert expected is not None
    return [run.run_id for run in expected.runs]


BERLIN = read_expectation("06:00", "Europe/Berlin", None)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-09T04:59", "2026-03-08T05:00"),
        ("2026-03-09T05:00", "2026-03-09T05:00"),
        # Clocks go forward on 29 March and back on 25 October.
        ("2026-03-28T12:00", "2026-03-28T05:00"),
        ("2026-03-29T03:59", "2026-03-28T05:00"),
        ("2026-03-29T04:00", "2026-03-29T04:00"),
        ("2026-10-25T04:59", "2026-10-24T04:00"),
        ("2026-10-25T05:00", "2026-10-25T05:00"),
    ],
)
def test_a_time_of_the_day_is_that_of_the_zone_on_that_day(now: str, due: str) -> None:
    found = BERLIN.expected([], at(now))
    assert found is not None
    assert found.due == at(due)
    assert found.text.endswith("06:00 Europe/Berlin")


@pytest.mark.parametrize(
    ("day", "due"), [("2026-03-29", "2026-03-29T01:30"), ("2026-10-25", "2026-10-25T00:30")], ids=["skipped", "twice"]
)
def test_a_time_that_a_day_skips_or_has_twice(day: str, due: str) -> None:
    expectation = read_expectation("02:30", "Europe/Berlin", None)
    found = expectation.expected([], at(f"{day}T12:00"))
    assert found is not None
    assert found.due == at(due)
    assert expectation.deadline(at(f"{day}T12:00")) == at(due)


def test_a_run_counts_for_a_day_if_it_came_since_the_time_of_the_day_before() -> None:
    # 22 and 26 hours apart, over the night in which clocks go forward.
    runs = daily("2026-03-27T04:00", "2026-03-28T05:30", "2026-03-29T03:30")
    assert names(BERLIN.expected(runs, at("2026-03-29T04:05"))) == ["2026-03-28", "2026-03-29"]
    assert names(BERLIN.expected(runs[:2], at("2026-03-30T04:05"))) == []


@pytest.mark.parametrize("lag", [0, 1])
def test_yesterdays_run_that_comes_late_is_not_todays(lag: int) -> None:
    on_time = ["2026-03-02T04:00", "2026-03-03T04:00", "2026-03-04T04:00", "2026-03-05T04:10"]
    late = Arrival(
        (dt.date(2026, 3, 6) - lag * DAY).isoformat(), at("2026-03-06T09:00"), dt.date(2026, 3, 6) - lag * DAY
    )
    runs = [*daily(*on_time, lag=lag), late]
    assert names(BERLIN.expected(runs, at("2026-03-06T12:00"))) == [late.run_id]
    assert names(BERLIN.expected(runs, at("2026-03-07T05:05"))) == []
    today = daily("2026-03-07T04:00", lag=lag)
    assert names(BERLIN.expected([*runs, *today], at("2026-03-07T05:05"))) == [today[0].run_id]
    # A pipeline that rests at week-ends: Monday's run has Friday's date, which no earlier day waited for.
    if lag == 1:
        monday = Arrival("2026-03-06", at("2026-03-09T04:00"), dt.date(2026, 3, 6))
        assert names(BERLIN.expected([*daily(*on_time, lag=1), monday], at("2026-03-09T05:05"))) == ["2026-03-06"]


def test_a_moment_takes_the_runs_of_one_usual_distance_before_it() -> None:
    expectation = read_expectation("2026-03-06T06:00+01:00", None, None)
    runs = daily("2026-03-02T04:00", "2026-03-03T04:00", "2026-03-04T04:00", "2026-03-05T04:00")
    assert expectation.time == at("2026-03-06T05:00")
    assert names(expectation.expected(runs, at("2026-03-06T06:00"))) == []
    assert names(expectation.expected([*runs, *daily("2026-03-06T04:50")], at("2026-03-06T06:00"))) == ["2026-03-06"]
    assert expectation.expected(runs[:3], at("2026-03-06T06:00")) is None
    # Without an offset it is a time of the zone.
    assert read_expectation("2026-07-06T06:00", "Europe/Berlin", None).time == at("2026-07-06T04:00")
    assert read_expectation("2026-07-06T06:00Z", "Europe/Berlin", None).time == at("2026-07-06T06:00")


def test_an_age_and_the_cadence() -> None:
    runs = daily("2026-03-02T04:00", "2026-03-03T04:00", "2026-03-04T04:00", "2026-03-05T04:00")
    age = read_expectation(None, None, "26h")
    assert names(age.expected(runs, at("2026-03-06T05:59"))) == ["2026-03-05"]
    late = age.expected(runs, at("2026-03-06T06:00"))
    assert late == Expected(at("2026-03-06T06:00"), [], "2026-03-06 06:00 UTC (1 d 2 h, the greatest age allowed)")
    cadence = read_expectation("cadence", None, None)
    assert names(cadence.expected(runs, at("2026-03-06T09:59"))) == ["2026-03-05"]
    assert names(cadence.expected(runs, at("2026-03-06T10:00"))) == []
    assert cadence.expected(runs[:3], at("2026-03-06T10:00")) is None
    assert not read_expectation(None, None, None).is_set
    assert all(one.is_set for one in (age, cadence, BERLIN))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            ("6 o'clock", None, None),
            '--expect-by: expected cadence, a time of the day such as 06:00, .* got "6 o\'clock"',
        ),
        (("24:00", None, None), "--expect-by: expected cadence"),
        (("06:00", "Europe/Berlim", None), "--timezone: expected the name of a time zone such as Europe/Berlin, got"),
        (("06:00", "../etc", None), "--timezone: expected the name of a time zone"),
        ((None, None, "a day"), "--max-age: expected a duration such as 2d, .* got 'a day'"),
        (("06:00", None, "26h"), "expected either --expect-by or --max-age, got both"),
    ],
)
def test_a_mistake_is_said(given: tuple[str | None, str | None, str | None], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_expectation(*given)
