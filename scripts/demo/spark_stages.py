"""The stages `joined` and `features` in Spark.

Every feature of a flight is known at the start of its scheduled hour, `time_hour`: the schedule, the
weather observed then, the plane, and delays of flights that had left before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pandas as pd
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql.functions import count, lit

from scripts.demo.frames import from_arrow, to_arrow
from scripts.demo.layout import EVENT_TIME, KEYS
from scripts.demo.options import Options
from stageprint.engines.spark.compat import arrow_frame
from stageprint.engines.spark.compat import to_arrow as collected

# With one file a table, minima and maxima per file skip nothing, and they cost as much as the write itself.
_DELTA_OPTIONS = {"overwriteSchema": "true", "delta.dataSkippingNumIndexedCols": "0"}

# A month is 30,000 rows. from_utc_timestamp is only right where the session's zone is UTC.
SETTINGS = {"spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "2"}

_JOINED = """
SELECT
    f.*,
    w.temp, w.dewp, w.humid, w.wind_dir, w.wind_speed, w.wind_gust, w.precip, w.pressure, w.visib,
    p.year AS plane_year, p.type AS plane_type, p.manufacturer, p.model, p.engines, p.seats, p.engine,
    a.name AS dest_name, a.lat AS dest_lat, a.lon AS dest_lon, a.alt AS dest_alt, a.tz AS dest_tz
FROM {{flights}} f
LEFT JOIN {{weather}} w ON f.origin = w.origin AND f.time_hour = w.time_hour
{planes_join} JOIN {{planes}} p ON f.tailnum = p.tailnum
LEFT JOIN {{airports}} a ON f.dest = a.faa
"""


def _mean_delay_before(by: str, hours: int) -> str:
    """Return SQL for the mean delay of the same `by` over the hours before `at`; null where no flight left."""

    def difference(of: str) -> str:
        until = f"{of} OVER (PARTITION BY {by} ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND {{}} PRECEDING)"
        return f"(coalesce({until.format(1)}, 0) - coalesce({until.format(3600 * hours + 1)}, 0))"

    return f"{difference('sum(delay)')} / nullif({difference('count(delay)')}, 0)"


_PLANES_TWICE = "SELECT * FROM {planes} UNION ALL SELECT * FROM {planes} WHERE crc32(tailnum) % 3 = 0"

# Each flight is two events: its scheduled hour, which asks for the mean delay so far, and its departure, which
# adds a delay. A delay counts from the second the flight left the gate, so that no feature knows the future.
# The sum over a window is the difference of two running sums, which is exact for whole minutes; Spark would add
# up a sliding window again for each row. Rows are counted as they are: a join that duplicates flights makes
# hours look busier, as it would in a real pipeline.
_FEATURES = """
WITH events AS (
    SELECT *, inline(array(
        named_struct('at', unix_seconds(time_hour), 'delay', CAST(NULL AS int), 'asks', 1),
        named_struct('at', unix_seconds(time_hour) + 60 * (minute + dep_delay), 'delay', dep_delay, 'asks', NULL)
    ))
    FROM {{joined}}
),
answered AS (
    SELECT
        *,
        from_utc_timestamp(time_hour, 'America/New_York') AS local_hour,
        count(asks) OVER (PARTITION BY origin ORDER BY at RANGE CURRENT ROW) AS scheduled,
        {origin_delay} AS origin_delay_3h,
        {carrier_delay} AS carrier_delay_24h
    FROM events WHERE at IS NOT NULL
)
SELECT
    year, month, day, carrier, flight, origin, time_hour, dest,
    hour(local_hour) AS hour,
    weekday(local_hour) + 1 AS weekday,
    CAST(distance AS int) AS distance,
    temp, wind_speed, visib, precip, pressure,
    year - plane_year AS plane_age,
    seats, engines,
    dest_tz + 5 AS dest_tz_shift,
    CAST(scheduled AS int) AS scheduled_departures,
    origin_delay_3h, carrier_delay_24h,
    arr_delay > 15 AS arrived_late
FROM answered WHERE asks = 1
"""


class SparkStages:
    """Computes the stages in a session that reads and writes Delta.

    Args:
        spark: The session.
    """

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark

    def prepared(self) -> AbstractContextManager[None]:
        """Return a context in which the session has the settings that the stages need."""
        return settings(self._spark)

    def joined(self, raw: Mapping[str, Path], options: Options) -> DataFrame:
        """Return flights with the weather of their hour, their plane and their destination."""
        tables = {name: self._spark.read.parquet(str(folder)) for name, folder in raw.items()}
        return joined(self._spark, tables, options)

    def features(self, joined: Path) -> DataFrame:
        """Return one row of features for each flight of `joined`, with the label where it is known."""
        return features(self._spark, self._scan(joined))

    def to_frame(self, rows: DataFrame) -> pd.DataFrame:
        """Return rows as a frame of nullable types."""
        return from_arrow(collected(rows))

    def from_frame(self, frame: pd.DataFrame) -> DataFrame:
        """Return a frame as rows, in the order in which they are written."""
        return in_order(arrow_frame(self._spark, to_arrow(frame)))

    def write(self, rows: DataFrame, folder: Path) -> int:
        """Replace a Delta table, and return its number of rows."""
        counted = Observation()
        observed = rows.observe(counted, count(lit(1)).alias("rows"))
        observed.write.format("delta").mode("overwrite").options(**_DELTA_OPTIONS).save(str(folder))
        found: int = counted.get["rows"]
        return found

    def read(self, folder: Path) -> pd.DataFrame:
        """Return a Delta table as a frame of nullable types."""
        return self.to_frame(self._scan(folder))

    def _scan(self, folder: Path) -> DataFrame:
        return self._spark.read.format("delta").load(str(folder))


@contextmanager
def settings(spark: SparkSession) -> Iterator[None]:
    """Apply the settings that the stages need and restore the old ones: the session may belong to the caller."""
    before = {key: spark.conf.get(key, None) for key in SETTINGS}
    for key, value in SETTINGS.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key, earlier in before.items():
            if earlier is None:
                spark.conf.unset(key)
            else:
                spark.conf.set(key, earlier)


def joined(spark: SparkSession, raw: Mapping[str, DataFrame], options: Options) -> DataFrame:
    """Return flights with the weather of their hour, their plane and their destination."""
    query = _JOINED.format(planes_join="INNER" if options.drop_unknown_planes else "LEFT")
    planes = spark.sql(_PLANES_TWICE, planes=raw["planes"]) if options.planes_twice else raw["planes"]
    return in_order(
        spark.sql(query, flights=raw["flights"], weather=raw["weather"], planes=planes, airports=raw["airports"])
    )


def features(spark: SparkSession, flights_joined: DataFrame) -> DataFrame:
    """Return one row of features for each row of `flights_joined`, with the label where it is known."""
    query = _FEATURES.format(
        origin_delay=_mean_delay_before("origin", 3), carrier_delay=_mean_delay_before("carrier", 24)
    )
    # A month in one partition needs no shuffle.
    return in_order(spark.sql(query, joined=flights_joined.coalesce(1)))


def in_order(table: DataFrame) -> DataFrame:
    """Return the table as one file in a fixed order: the same run always writes the same rows in the same places."""
    return table.coalesce(1).sortWithinPartitions(EVENT_TIME, *KEYS)
