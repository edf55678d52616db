"""The days that the rows of a run may be of."""

from __future__ import annotations

import datetime as dt

from stageprint.features.run_days import NO_WINDOWS, WINDOW_NAMES, windows_by_date, with_event_time

EPOCH = dt.date(1970, 1, 1)


def day(number: int) -> dt.date:
    return EPOCH + dt.timedelta(days=number)


def test_a_daily_run_is_of_its_day_or_of_the_day_before() -> None:
    own, after, upto, before, around = windows_by_date([day(8), day(9), day(10)])[1][2:]
    assert own == after == upto == (9, 9)
    assert before == (8, 8)
    assert around == (8, 9)


def test_after_a_gap_a_run_may_bring_all_days_since() -> None:
    *_, last = windows_by_date([day(1), day(2), day(3), day(7)])
    assert last[WINDOW_NAMES.index("the days up to the run's date")] == (4, 7)
    assert last[WINDOW_NAMES.index("the run's date")] == (7, 7)


def test_months_and_quarters_have_their_own_lengths() -> None:
    months = windows_by_date([dt.date(2013, month, 1) for month in (1, 2, 3)])
    assert [days[1] - days[0] + 1 for run in months if (days := run[3]) is not None] == [31, 28, 31]
    quarter = windows_by_date([dt.date(2013, month, 1) for month in (3, 6, 9)])[1]
    assert quarter[4] == ((dt.date(2013, 4, 1) - EPOCH).days, (dt.date(2013, 6, 30) - EPOCH).days)


def test_runs_without_dates_have_no_days() -> None:
    assert windows_by_date([None, day(3)])[0] == NO_WINDOWS
    assert windows_by_date([]) == []
    assert len(NO_WINDOWS) == len(WINDOW_NAMES) == len(windows_by_date([day(3)])[0])


def test_event_times_come_first() -> None:
    first = dt.datetime(1970, 1, 5, 23, tzinfo=dt.timezone.utc)
    found = with_event_time(NO_WINDOWS, (first, first + dt.timedelta(hours=2)))
    assert found[:3] == ((4, 5), (3, 6), None)
    assert with_event_time(NO_WINDOWS, None) == NO_WINDOWS
    assert with_event_time(NO_WINDOWS, (first, first + dt.timedelta(days=900))) == NO_WINDOWS  # every month occurs
    nil = dt.datetime(1, 1, 1, tzinfo=dt.timezone.utc)
    assert with_event_time(NO_WINDOWS, (nil, nil)) == NO_WINDOWS
