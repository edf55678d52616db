"""Tables in memory as the local engine reads them: pandas, Polars, Arrow, and whatever hands out Arrow's C stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from stageprint.config.sources import FILE_FORMATS, Source
from stageprint.engines.local.files import ending, find_files, reader_options, siblings, system_of
from stageprint.engines.local.model import LocalTable, Tally
from stageprint.engines.local.pieces import MAX_ROWS_PER_BATCH, conform
from stageprint.engines.local.types import read_type
from stageprint.engines.parquet.model import SourceColumn
from stageprint.errors import SourceError, UsageError, did_you_mean


@dataclass(frozen=True)
class ArrowRows:
    """Rows in memory.

    Attributes:
        table: The rows.
    """

    table: pa.Table

    @property
    def bytes(self) -> int:
        """Size in memory."""
        return int(self.table.nbytes)

    def batches(self, columns: Sequence[SourceColumn], tally: Tally) -> Iterator[pa.RecordBatch]:
        """Yield the rows; see `Piece.batches`."""
        del tally
        rows = self.table.num_rows
        for start in range(0, max(rows, 1), MAX_ROWS_PER_BATCH):
            # A slice of a table without columns has as many rows as it was asked for.
            yield conform(self.table.slice(start, min(MAX_ROWS_PER_BATCH, rows - start)), columns)


def open_frame(data: Any) -> LocalTable:
    """Return a table in memory as the local engine reads it.

    Args:
        data: A pandas or Polars DataFrame, an Arrow table, record batch or reader, a dict of columns, a list of rows
            (dicts), or anything with ``__arrow_c_stream__``.

    Raises:
        UsageError: It is something else.
        SourceError: A column has values that Arrow has no type for, or two columns have one name.
    """
    table = to_arrow(data)
    schema = pa.schema([pa.field(field.name, read_type(field.type), field.nullable) for field in table.schema])
    return LocalTable(schema, (ArrowRows(table),), "memory", type(data).__name__, size=int(table.nbytes))


def to_arrow(data: Any) -> pa.Table:
    """Return a table in memory as an Arrow table; see `open_frame`."""
    try:
        table = _to_arrow(data)
    except (pa.ArrowException, TypeError, ValueError) as error:
        message = f"the {type(data).__name__} cannot be read as a table: {_reason(error)}"
        raise SourceError(message) from error
    if table is None:
        message = (
            "expected a table: a Spark, pandas or Polars DataFrame, an Arrow table, a dict of columns, a list of rows "
            f"(dicts), or the path of files; got {type(data).__name__}"
        )
        raise UsageError(message)
    return table


def _to_arrow(data: Any) -> pa.Table | None:  # noqa: PLR0911 -- one line a kind of table
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    if isinstance(data, pa.RecordBatchReader):
        return data.read_all()
    if isinstance(data, dict):
        return pa.table(data)
    if isinstance(data, list) and all(isinstance(row, dict) for row in data):
        return pa.Table.from_pylist(data, _schema_of_rows(data))
    library = type(data).__module__.split(".")[0]
    if library == "pandas":
        return _from_pandas(data) if hasattr(data, "columns") else None
    if library == "polars" and hasattr(data, "collect"):  # a lazy frame
        return pa.table(data.collect())
    return pa.table(data) if hasattr(data, "__arrow_c_stream__") else None


def _schema_of_rows(rows: list[dict[str, Any]]) -> pa.Schema | None:
    """Return the columns of all rows; Arrow takes those of the first one."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.schema([(name, pa.array([row.get(name) for row in rows]).type) for name in names])


def _from_pandas(frame: Any) -> pa.Table:
    """Return a data frame with those levels of its index that have names, as pandas writes them to Parquet."""
    levels = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return pa.Table.from_pandas(frame.reset_index(level=levels) if levels else frame, preserve_index=False)


def _reason(error: Exception) -> str:
    """Return what Arrow says: of a column of pandas first which one it is."""
    said = [str(part) for part in error.args] or [str(error)]
    return ": ".join(reversed(said)).replace("\n", " ")


def source_of(path: str | Path) -> Source:
    """Return the source of files whose format their names tell, or that are a Delta table.

    Args:
        path: A file, a folder or a pattern.

    Raises:
        SourceError: Nothing is there, or the format is not known by the names.
    """
    text = str(path)
    if (Path(text) / "_delta_log").is_dir():
        return Source(format="delta", path=text)
    found = find_files(text)
    if found is None:
        message = f"{text!r} does not exist{did_you_mean(text, siblings(text))}"
        raise SourceError(message)
    if not found:
        message = f"{text!r}: there is no data file in this folder"
        raise SourceError(message)
    formats = {FILE_FORMATS.get(ending(file.path)) for file in found}
    if len(formats) != 1 or None in formats:
        shown = ", ".join(sorted({ending(file.path) or Path(file.path).suffix or "none" for file in found}))
        several = "; name one of its files or folders" if len(found) > 1 else ""
        message = f"{text!r}: expected files of one format, named {', '.join(FILE_FORMATS)}; found {shown}{several}"
        raise SourceError(message)
    system, bare, _ = system_of(max(found, key=lambda file: file.bytes > 0).path)
    return Source(format=formats.pop(), path=text, options=reader_options(system, bare))
