"""pandas frames that keep their Arrow types: an integer with nulls stays an integer."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

Tables = dict[str, pd.DataFrame]

# By default pandas turns integers into doubles and booleans into objects as soon as one value is null.
# Then a planted fault would also change the type, which nobody planted.
_DTYPES = {
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.string(): pd.StringDtype("python"),
    pa.large_string(): pd.StringDtype("python"),
    pa.bool_(): pd.BooleanDtype(),
}
_FILE = "part-00000.parquet"


def from_arrow(table: pa.Table) -> pd.DataFrame:
    """Return the table as a frame of nullable types; timestamps keep their unit and zone."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=_DTYPES.get, coerce_temporal_nanoseconds=False)
    return frame


def to_arrow(frame: pd.DataFrame) -> pa.Table:
    """Return the frame as Arrow with microsecond timestamps, the finest that Spark reads."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [pa.field(field.name, _plain(field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", tz=kind.tz)
    return pa.string() if pa.types.is_large_string(kind) else kind


def write_parquet(frame: pd.DataFrame, folder: Path) -> None:
    """Write a one-file Parquet table; a reader sees the old rows or the new ones, never a part of them."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"_{_FILE}.unfinished"  # readers skip names that begin with an underscore
    pq.write_table(to_arrow(frame), unfinished)
    os.replace(unfinished, folder / _FILE)


def read_parquet(folder: Path) -> pd.DataFrame:
    """Read a table written by `write_parquet`."""
    return from_arrow(pq.read_table(folder / _FILE))
