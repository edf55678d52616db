"""The stages `joined` and `features` in pandas, for a machine without Java: the same rows as in Spark."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
from deltalake import DeltaTable, write_deltalake

from scripts.demo.frames import from_arrow, read_parquet, to_arrow
from scripts.demo.layout import EVENT_TIME, KEYS
from scripts.demo.options import Options
from scripts.demo.serving import mean_delay_before

_WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
_PLANE = {"year": "plane_year", "type": "plane_type"}
_PLANES = ["plane_year", "plane_type", "manufacturer", "model", "engines", "seats", "engine"]
_AIRPORT = {
    "faa": "dest",
    "name": "dest_name",
    "lat": "dest_lat",
    "lon": "dest_lon",
    "alt": "dest_alt",
    "tz": "dest_tz",
}
_HOUR = 3600
_FEATURES = [
    *(*KEYS, EVENT_TIME, "dest", "hour", "weekday", "distance"),
    *("temp", "wind_speed", "visib", "precip", "pressure", "plane_age", "seats", "engines", "dest_tz_shift"),
    *("scheduled_departures", "origin_delay_3h", "carrier_delay_24h", "arrived_late"),
]


class PandasStages:
    """Computes the stages in this process."""

    def prepared(self) -> AbstractContextManager[None]:
        """Return a context that does nothing."""
        return nullcontext()

    def joined(self, raw: Mapping[str, Path], options: Options) -> pd.DataFrame:
        """Return flights with the weather of their hour, their plane and their destination."""
        tables = {name: read_parquet(folder) for name, folder in raw.items()}
        return self.from_frame(joined(tables, options))

    def features(self, joined: Path) -> pd.DataFrame:
        """Return one row of features for each flight of `joined`, with the label where it is known."""
        return self.from_frame(features(self.read(joined)))

    def to_frame(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows."""
        return rows

    def from_frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame in the order in which it is written."""
        return frame.sort_values([EVENT_TIME, *KEYS], kind="stable", na_position="first", ignore_index=True)

    def write(self, rows: pd.DataFrame, folder: Path) -> int:
        """Replace a Delta table, and return its number of rows."""
        configuration: dict[str, str | None] = {"delta.dataSkippingNumIndexedCols": "0"}
        write_deltalake(folder, to_arrow(rows), mode="overwrite", schema_mode="overwrite", configuration=configuration)
        return len(rows)

    def read(self, folder: Path) -> pd.DataFrame:
        """Return a Delta table as a frame of nullable types."""
        return from_arrow(DeltaTable(folder).to_pyarrow_table())


def joined(raw: Mapping[str, pd.DataFrame], options: Options) -> pd.DataFrame:
    """Return flights with the weather of their hour, their plane and their destination, by the raw tables' names."""
    planes = raw["planes"].rename(columns=_PLANE)[["tailnum", *_PLANES]].dropna(subset=["tailnum"])
    if options.planes_twice:
        old = planes["tailnum"].map(lambda text: zlib.crc32(text.encode()) % 3 == 0).astype(bool)
        planes = pd.concat([planes, planes[old]])
    airports = raw["airports"].rename(columns=_AIRPORT)[list(_AIRPORT.values())].dropna(subset=["dest"])
    weather = raw["weather"][["origin", EVENT_TIME, *_WEATHER]].dropna(subset=["origin", EVENT_TIME])
    return (
        raw["flights"]
        .merge(weather, on=["origin", EVENT_TIME], how="left")
        .merge(planes, on="tailnum", how="inner" if options.drop_unknown_planes else "left")
        .merge(airports, on="dest", how="left")
    )


def features(flights: pd.DataFrame) -> pd.DataFrame:
    """Return one row of features for each of the joined flights.

    Every feature is known at the start of the flight's scheduled hour. A delay counts from the second the flight left
    the gate. Rows are counted as they are: a join that duplicates flights makes hours look busier.
    """
    rows = flights.dropna(subset=[EVENT_TIME]).reset_index(drop=True)
    seconds = rows[EVENT_TIME].astype("datetime64[s, UTC]").astype("int64")
    left_at = (seconds + 60 * (rows["minute"] + rows["dep_delay"])).astype("Int64")
    departures = rows.assign(left_at=left_at).dropna(subset=["left_at"])
    local = rows[EVENT_TIME].dt.tz_convert("America/New_York")
    scheduled = rows.groupby(["origin", EVENT_TIME], dropna=False)["flight"].transform("size")
    return rows.assign(
        hour=local.dt.hour.astype("Int32"),
        weekday=local.dt.isocalendar().day.astype("Int32"),
        distance=_whole(rows["distance"]),
        plane_age=rows["year"] - rows["plane_year"],
        dest_tz_shift=rows["dest_tz"] + 5,
        scheduled_departures=scheduled.astype("Int32"),
        origin_delay_3h=mean_delay_before(rows, departures, "origin", 3 * _HOUR),
        carrier_delay_24h=mean_delay_before(rows, departures, "carrier", 24 * _HOUR),
        arrived_late=rows["arr_delay"] > 15,
    )[_FEATURES]


def _whole(numbers: pd.Series[float]) -> pd.Series[int]:
    """Return numbers, or texts of numbers, without what stands behind the decimal point."""
    return pd.Series(np.trunc(pd.to_numeric(numbers).astype("Float64"))).astype("Int32")
