from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.demo.options import Options
from scripts.demo.serving import COLUMNS, mean_delay_before, serving_log
from tests.demo.test_demo_stages import run_of

HOUR = 3600


def _rows(*hours: int) -> pd.DataFrame:
    instants = pd.to_datetime([hour * HOUR for hour in hours], unit="s", utc=True)
    return pd.DataFrame({"origin": "JFK", "time_hour": instants})


def _departures(*delays: tuple[int, int]) -> pd.DataFrame:
    left_at, minutes = zip(*delays, strict=True)
    return pd.DataFrame({"origin": "JFK", "left_at": left_at, "dep_delay": minutes})


def test_a_departure_counts_from_its_own_second_for_the_length_of_the_window() -> None:
    events = _departures((7 * HOUR, 10), (8 * HOUR, 20), (10 * HOUR - 1, 30), (10 * HOUR, 1000))
    means = mean_delay_before(_rows(10), events, "origin", 3 * HOUR)
    assert means.tolist() == [20.0]
    assert mean_delay_before(_rows(10), events, "origin", 2 * HOUR).tolist() == [25.0]


def test_no_departure_is_no_mean_and_not_zero() -> None:
    events = _departures((7 * HOUR, 10))
    assert mean_delay_before(_rows(5, 7, 11), events, "origin", 3 * HOUR).isna().all()
    elsewhere = events.assign(origin="EWR")
    assert mean_delay_before(_rows(8), elsewhere, "origin", 3 * HOUR).isna().all()


def test_serving_holds_the_last_seven_days_and_nothing_is_lost() -> None:
    june = run_of("2013-06")
    served = june.stages["serving"]["serving_log"]
    flights = june.stages["raw"]["flights"]
    assert list(served.columns) == COLUMNS
    assert len(served) == (flights["day"] > 23).sum()
    assert set(served["day"]) == set(range(24, 31))


def test_flights_are_served_at_the_start_of_their_hour() -> None:
    june = run_of("2013-06")
    served = june.stages["serving"]["serving_log"]
    waited = served["served_at"] - served["time_hour"]
    assert waited.min() == pd.Timedelta(0)
    assert waited.max() < pd.Timedelta(seconds=10)
    assert not served.duplicated(["served_at", "flight", "carrier"]).any()


def test_what_happens_later_changes_nothing() -> None:
    """No leakage: an hour more on every delay and arrival from a moment on leaves features up to it alone."""
    june = run_of("2013-06")
    raw, before = june.stages["raw"], june.stages["serving"]["serving_log"]
    flights = raw["flights"]
    moment = pd.Timestamp("2013-06-27T18:00", tz="UTC")
    minutes = (flights["minute"] + flights["dep_delay"]).fillna(0).astype("int64")
    later = flights["time_hour"] + pd.to_timedelta(minutes, unit="min") >= moment
    moved = {name: flights[name].mask(later, flights[name] + 60) for name in ("dep_delay", "arr_delay")}
    after = serving_log({**raw, "flights": flights.assign(**moved)}, june.month, Options())
    known = before["time_hour"] <= moment
    pd.testing.assert_frame_equal(after[known], before[known])
    assert not after[~known].equals(before[~known])


def test_the_same_raw_tables_give_the_same_log() -> None:
    june = run_of("2013-06")
    again = serving_log(june.stages["raw"], june.month, Options())
    pd.testing.assert_frame_equal(again, june.stages["serving"]["serving_log"])


@pytest.mark.parametrize("column", ["pressure", "seats", "origin_delay_3h"])
def test_missing_is_missing_and_never_zero(column: str) -> None:
    june = run_of("2013-06")
    values = june.stages["serving"]["serving_log"][column]
    assert values.isna().any()
    assert not np.isnan(values.dropna().to_numpy(dtype=float)).any()
