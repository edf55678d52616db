"""Tables in memory as the local engine reads them: pandas, Polars, Arrow, and whatever hands out Arrow's C stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from stageprint.config.sources import FILE_FORMATS, Source
from stageprint.engines.local.files import find_files
from stageprint.engines.local.model import LocalTable, Tally
from stageprint.engines.local.pieces import MAX_ROWS_PER_BATCH, conform
from stageprint.engines.local.types import read_type
from stageprint.engines.parquet.model import SourceColumn
from stageprint.errors import SourceError, UsageError

FILE_OPTIONS: Final = {
    ".csv": {"header": "true", "inferSchema": "true"},
    ".tsv": {"header": "true", "inferSchema": "true", "sep": "\t"},
}
"""How files are read whose format is known by their names alone."""


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
        for start in range(0, max(self.table.num_rows, 1), MAX_ROWS_PER_BATCH):
            yield conform(self.table.slice(start, MAX_ROWS_PER_BATCH), columns)


def open_frame(data: Any) -> LocalTable:
    """Return a table in memory as the local engine reads it.

    Args:
        data: A pandas or Polars DataFrame, an Arrow table, record batch or reader, or anything with
            ``__arrow_c_stream__``.

    Raises:
        UsageError: It is something else.
        SourceError: pandas has a column that Arrow has no type for.
    """
    table = to_arrow(data)
    schema = pa.schema([pa.field(field.name, read_type(field.type), field.nullable) for field in table.schema])
    return LocalTable(schema, (ArrowRows(table),), "memory", type(data).__name__, size=int(table.nbytes))


def to_arrow(data: Any) -> pa.Table:
    """Return a table in memory as an Arrow table; see `open_frame`."""
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    if isinstance(data, pa.RecordBatchReader):
        return data.read_all()
    try:
        if type(data).__module__.split(".")[0] == "pandas" and hasattr(data, "columns"):
            return pa.Table.from_pandas(data, preserve_index=False)
        if hasattr(data, "__arrow_c_stream__"):
            return pa.table(data)
    except (pa.ArrowException, TypeError) as error:
        message = f"the {type(data).__name__} cannot be read as a table: {error}"
        raise SourceError(message) from error
    message = (
        "expected a table: a Spark, pandas or Polars DataFrame, an Arrow table, or the path of files; "
        f"got {type(data).__name__}"
    )
    raise UsageError(message)


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
        message = f"{text!r} does not exist"
        raise SourceError(message)
    endings = sorted({Path(file.path).suffix.lower() for file in found})
    formats = {FILE_FORMATS.get(ending) for ending in endings}
    if len(formats) != 1 or None in formats:
        shown = ", ".join(ending or "none" for ending in endings) or "no file"
        message = f"{text!r}: expected files of one format, named {', '.join(FILE_FORMATS)}; found {shown}"
        raise SourceError(message)
    (ending, *_) = endings
    return Source(format=formats.pop(), path=text, options=dict(FILE_OPTIONS.get(ending, {})))
