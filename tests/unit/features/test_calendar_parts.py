"""Calendar parts are recognised by how they follow the days of the runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from stageprint.features.advancing import AdvanceKind
from stageprint.model import ColumnKind
from tests.unit.features.advances import advance, dates, runs_of

INTEGER, STRING, FLOAT = ColumnKind.INTEGER, ColumnKind.STRING, ColumnKind.FLOAT


def week(last: dt.date) -> list[dt.date]:
    return [last - dt.timedelta(days=back) for back in range(6, -1, -1)]


def weekly(part: Callable[[dt.date], Any], count: int = 8) -> tuple[list[list[Any]], list[dt.date]]:
    """Return a calendar part in runs of a week each, named by their last day, twenty rows a day."""
    days = dates(count, step=7, start=dt.date(2013, 1, 7))
    return [[part(day) for day in week(last) for _ in range(20)] for last in days], days


@pytest.mark.parametrize(
    ("name", "part", "kind"),
    [
        ("month", lambda day: day.month, INTEGER),
        ("day of the month", lambda day: day.day, INTEGER),
        ("day of the month", lambda day: float(day.day), FLOAT),
        ("day of the year", lambda day: day.timetuple().tm_yday, INTEGER),
        ("year and month", lambda day: day.year * 100 + day.month, INTEGER),
        ("date", lambda day: day.year * 10_000 + day.month * 100 + day.day, INTEGER),
        ("year", lambda day: day.year, INTEGER),
        ("year and month", lambda day: day.strftime("%Y-%m"), STRING),
        ("month", lambda day: day.strftime("%B"), STRING),
        ("month", lambda day: day.strftime("%b").upper(), STRING),
        ("date", lambda day: day.isoformat(), STRING),
        ("month, January as 0", lambda day: day.month - 1, INTEGER),
        ("number of the month", lambda day: day.month + 12 * (day.year - 2010), INTEGER),
    ],
)
def test_parts(name: str, part: Callable[[dt.date], Any], kind: ColumnKind) -> None:
    values, days = weekly(part, 11)
    found = advance(values, kind, days)
    assert found is not None
    assert (found.kind, found.known) == (AdvanceKind.CALENDAR_PART, True)
    assert found.how.startswith(f"{name} of the ")  # of which days a year is, these runs cannot tell
    assert found.calendar is not None
    assert found.calendar.strays == 0


def test_a_month_is_known_by_its_agreement_in_the_second_run_already() -> None:
    days = [dt.date(2013, 1, 31), dt.date(2013, 2, 1)]
    found = advance([[1] * 20, [2] * 20], INTEGER, days)
    assert found is not None
    assert not found.known
    assert found.reason.startswith("the column may advance with time or run (month of the run's date)")


def test_the_weekday_of_daily_runs() -> None:
    days = dates(9)
    found = advance([[day.isoweekday()] * 30 for day in days], INTEGER, days)
    assert found is not None
    assert found.how == "weekday, Monday as 1 of the run's date"
    # A week holds every weekday: nothing to follow.
    values, ends = weekly(lambda day: day.isoweekday())
    assert advance(values, INTEGER, ends) is None


def test_a_flag_counted_from_the_first_year() -> None:
    days = dates(6, start=dt.date(2012, 12, 28))
    found = advance([[day.year - 2012] * 30 for day in days], INTEGER, days)
    assert found is not None
    assert found.how == "number of the year of the run's date"
    assert advance([[0] * 30] * 6, INTEGER, days) is None  # it stayed: an ordinary constant


def test_a_catch_up_run_brings_two_days() -> None:
    days = [*dates(6), dt.date(2013, 1, 8)]
    values = [[day.day] * 20 for day in days[:-1]] + [[7] * 20 + [8] * 20]
    found = advance(values, INTEGER, days)
    assert found is not None
    assert found.how == "day of the month of the days up to the run's date"
    assert found.calendar is not None
    assert found.calendar.agrees


def test_what_disagrees_is_still_a_calendar_part() -> None:
    days = dates(8)
    found = advance([*([day.day] * 20 for day in days[:-1]), [8] * 15 + [5] * 5], INTEGER, days)
    assert found is not None
    assert found.known
    assert found.calendar is not None
    assert found.calendar.strays == pytest.approx(0.25)


def test_few_late_rows_do_not_unmake_a_calendar_part() -> None:
    days = dates(8)
    found = advance([[day.day] * 999 + [day.day - 1] for day in days], INTEGER, days)
    assert found is not None
    assert found.calendar is not None
    assert found.calendar.agrees
    assert found.calendar.usual == pytest.approx(0.001)


@pytest.mark.parametrize(
    "values",
    [
        [[1, 2, 3, 4, 5] * 20] * 8,  # a rating lies within the days of a month
        [[1] * 100] * 8,  # January
        [[0] * 50 + [1] * 50] * 8,
        [[float(number) + 0.5 for number in range(100)]] * 8,
        [list(range(2000))] * 8,
    ],
)
def test_ordinary_columns_are_none(values: list[list[Any]]) -> None:
    months = [dt.date(2013 + number // 12, number % 12 + 1, 1) for number in range(8)]
    kind = FLOAT if isinstance(values[0][0], float) else INTEGER
    assert advance(values, kind, months) is None
    assert advance(values, kind, dates(8)) is None
    assert advance(values, kind) is None


def test_ordinary_texts_are_none() -> None:
    days = dates(8)
    assert advance([["open", "shut"] * 20] * 8, STRING, days) is None
    assert advance([["May", "Jan"] * 20] * 8, STRING, days) is None  # names, in every run
    assert runs_of([["a"]], STRING, days)[0].windows[2] == (15706, 15706)


def test_hours_are_no_days_of_the_month() -> None:
    year = [dt.date(2013, 1, 1) + dt.timedelta(days=day) for day in range(243)]
    days = [[day for day in year if day.month == month] for month in range(1, 9)]
    ends = [month[-1] for month in days]
    flights = [[hour for hour in range(5, 23 + number % 2) for _ in month] for number, month in enumerate(days)]
    assert advance(flights, INTEGER, ends) is None
    found = advance([[day.day for day in month for _ in range(20)] for month in days], INTEGER, ends)
    assert found is not None
    assert found.how.startswith("day of the month of the ")
