from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.states.hour_of_day import HourOfDayState
from stageprint.states.weekday import WeekdayState
from tests.support.columns import state_of

MOMENTS = st.lists(st.datetimes(dt.datetime(1600, 1, 1), dt.datetime(2400, 1, 1)), max_size=30)  # noqa: DTZ001 -- UTC in Arrow


@given(MOMENTS)
def test_hours_and_weekdays_of_timestamps(moments: list[dt.datetime]) -> None:
    array = pa.array(moments, pa.timestamp("us", "UTC"))
    hours, days = state_of(HourOfDayState, [array]).bins, state_of(WeekdayState, [array]).bins
    assert hours == np.bincount([moment.hour for moment in moments], minlength=24).tolist()
    assert days == np.bincount([moment.weekday() for moment in moments], minlength=7).tolist()


@given(MOMENTS)
def test_weekdays_of_dates(moments: list[dt.datetime]) -> None:
    days = state_of(WeekdayState, [pa.array([moment.date() for moment in moments], pa.date32())]).bins
    assert days == np.bincount([moment.weekday() for moment in moments], minlength=7).tolist()


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", None])
def test_hours_are_those_of_utc_or_as_written(zone: str | None) -> None:
    # 13:30 UTC, whatever zone the column shows it in; without zone it is 13:30 as written.
    array = pa.array([13 * 3600 + 1800, None], pa.timestamp("s", zone))
    bins = state_of(HourOfDayState, [array]).bins
    assert bins[13] == sum(bins) == 1


def test_monday_first() -> None:
    assert state_of(WeekdayState, [pa.array([dt.date(2026, 3, 2)])]).bins == [1, 0, 0, 0, 0, 0, 0]
