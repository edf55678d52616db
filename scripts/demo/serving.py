"""The stage `serving`: the features of new flights, computed by a codebase of its own.

It is a second implementation on purpose, in pandas and from the raw tables: training–serving skew arises where two
codebases must agree.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scripts.demo.frames import Tables
from scripts.demo.layout import EVENT_TIME, KEYS
from scripts.demo.months import Month
from scripts.demo.options import Options

_HOUR = 3600
_WEATHER = ["temp", "wind_speed", "visib", "precip", "pressure"]
_NUMBERS = [
    "hour",
    "weekday",
    "distance",
    *_WEATHER,
    "plane_age",
    "seats",
    "engines",
    "dest_tz_shift",
    "scheduled_departures",
    "origin_delay_3h",
    "carrier_delay_24h",
]
COLUMNS = [*KEYS, EVENT_TIME, "dest", *_NUMBERS, "served_at"]


def serving_log(raw: Tables, month: Month, options: Options) -> pd.DataFrame:
    """Return the features of the flights of the last days of a month, in the order in which they were served.

    Args:
        raw: The raw tables of the run, with all flights of the month: features need delays from before the first served
            day.
        month: The month of the run.
        options: The faults in the computation.

    Returns:
        One row for each flight. A flight is served at the start of its scheduled hour (`served_at`, UTC),
        50 ms after the previous one.
    """
    flights = raw["flights"]
    delays = flights["dep_delay"].clip(lower=0) if options.late_departures_only else flights["dep_delay"]
    events = flights.assign(
        dep_delay=delays,
        left_at=_seconds(flights["time_hour"]) + 60 * (flights["minute"] + flights["dep_delay"]).astype("Int64"),
    ).dropna(subset=["dep_delay"])

    rows = flights.assign(
        scheduled_departures=flights.groupby(["origin", "time_hour"])["flight"].transform("size").astype("Int32")
    )
    rows = rows[rows["day"] >= month.serve_from]
    rows = _with_lookups(rows, raw, options)
    local = rows["time_hour"].dt.tz_convert("America/New_York")
    rows = rows.assign(
        hour=local.dt.hour.astype("Int32"),
        weekday=local.dt.isocalendar().day.astype("Int32"),
        distance=pd.to_numeric(rows["distance"]).astype("Int32"),
        plane_age=rows["year"] - rows["plane_year"],
        dest_tz_shift=rows["dest_tz"] + 5,
        origin_delay_3h=mean_delay_before(rows, events, "origin", 3 * _HOUR),
        carrier_delay_24h=mean_delay_before(rows, events, "carrier", 24 * _HOUR),
    )
    if options.nulls_as_zero:
        rows[_NUMBERS] = rows[_NUMBERS].fillna(0)
    if options.dest_as_name:
        rows["dest"] = rows["dest_name"].fillna(rows["dest"])
    rows = rows.sort_values([EVENT_TIME, *KEYS], kind="stable", ignore_index=True)
    place = rows.groupby(EVENT_TIME).cumcount()
    rows["served_at"] = rows[EVENT_TIME] + pd.to_timedelta(place * 50, unit="ms").astype("timedelta64[us]")
    return rows[COLUMNS]


def _with_lookups(rows: pd.DataFrame, raw: Tables, options: Options) -> pd.DataFrame:
    planes = raw["planes"][["tailnum", "year", "seats", "engines"]].rename(columns={"year": "plane_year"})
    if options.planes_twice:
        planes = pd.concat([planes, planes.iloc[::3]])
    airports = raw["airports"][["faa", "name", "tz"]]
    airports = airports.set_axis(["dest", "dest_name", "dest_tz"], axis=1)
    weather = raw["weather"][["origin", "time_hour", *_WEATHER]]
    return (
        rows.merge(weather, on=["origin", "time_hour"], how="left")
        .merge(planes, on="tailnum", how="inner" if options.drop_unknown_planes else "left")
        .merge(airports, on="dest", how="left")
    )


def mean_delay_before(rows: pd.DataFrame, events: pd.DataFrame, by: str, window: int) -> pd.Series[float]:
    """Return the mean delay (minutes) of the flights that left in the `window` seconds before `time_hour`.

    Args:
        rows: The flights to compute it for, with `time_hour` and the column `by`.
        events: Departures, with `left_at` (seconds since 1970), `dep_delay` (minutes) and `by`.
        by: Only departures with the same value of this column count.
        window: Length in seconds; a departure at `time_hour` itself is not known yet.

    Returns:
        Float64, aligned with `rows`; null where no flight left in the window.
    """
    means = pd.Series(pd.NA, index=rows.index, dtype="Float64")
    departures = dict(list(events.sort_values("left_at", kind="stable").groupby(by)))
    for value, asked in rows.groupby(by):
        if value not in departures:
            continue
        left_at = departures[value]["left_at"].to_numpy(dtype=np.int64)
        # Sums of whole minutes are exact, and so are their differences.
        sums = np.concatenate([[0.0], np.cumsum(departures[value]["dep_delay"].to_numpy(dtype=np.float64))])
        now = _seconds(asked["time_hour"]).to_numpy(dtype=np.int64)
        first, last = np.searchsorted(left_at, now - window), np.searchsorted(left_at, now)
        means.loc[asked.index] = _ratio(sums[last] - sums[first], last - first)
    return means


def _ratio(totals: npt.NDArray[np.float64], counts: npt.NDArray[np.intp]) -> pd.arrays.FloatingArray:
    filled = counts > 0
    values = np.divide(totals, counts, out=np.zeros(len(totals)), where=filled)
    return pd.arrays.FloatingArray(values, ~filled)


def _seconds(instants: pd.Series[pd.Timestamp]) -> pd.Series[int]:
    return instants.astype("datetime64[s, UTC]").astype("int64")
