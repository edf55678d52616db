"""Delta tables, by delta-rs: their files where Parquet alone says what the rows are, else through its own reader."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import DeltaError, TableNotFoundError

from stageprint.engines.local.columnar import parquet_pieces
from stageprint.engines.local.delta_history import delta_history
from stageprint.engines.local.files import system_of
from stageprint.engines.local.model import LocalTable, Piece, Tally
from stageprint.engines.local.pieces import conform
from stageprint.engines.local.reach import require_options
from stageprint.engines.local.types import read_type
from stageprint.engines.parquet.model import DataFile, SourceColumn
from stageprint.errors import OnlySparkError, SourceError
from stageprint.pipeline.source_notes import CountedRows
from stageprint.reasons import reason_of

_TOO_NEW: Final = re.compile(r"[Uu]nsupported|not supported|reader feature|[Mm]in(?:imum)? ?[Rr]eader")
"""What delta-rs says of a table whose protocol it does not know."""


@dataclass(frozen=True)
class DeltaRows:
    """All rows of a Delta table whose files alone do not say what the rows are.

    Attributes:
        path: The table.
        version: Its version.
        bytes: Size of its files.
    """

    path: str
    version: int
    bytes: int

    def batches(self, columns: Sequence[SourceColumn], tally: Tally) -> Iterator[pa.RecordBatch]:
        """Yield the rows; see `Piece.batches`."""
        del tally
        names = ", ".join(_quoted(column.name) for column in columns) or "1"
        try:
            query = QueryBuilder().register("rows", DeltaTable(self.path, version=self.version))
            for batch in query.execute(f"SELECT {names} FROM rows"):  # noqa: S608 -- names are quoted
                yield conform(pa.record_batch(batch), columns)
        except Exception as error:  # delta-rs raises exceptions of no common class
            message = f"the Delta table {self.path}: {reason_of(error)}"
            raise SourceError(message) from error


def open_delta(path: str, options: Mapping[str, str]) -> LocalTable:
    """Open a Delta table, in its newest version or in that of the options.

    Raises:
        OnlySparkError: An option is followed by Spark only, or delta-rs does not know the table's protocol.
        SourceError: There is no Delta table, or its log cannot be read.
    """
    require_options("delta", options)
    try:
        version = options.get("versionasof")
        table = DeltaTable(path, version=None if version is None else int(version))
        if "timestampasof" in options:
            table.load_as_version(dt.datetime.fromisoformat(options["timestampasof"]).astimezone(dt.timezone.utc))
        actions = pa.table(table.get_add_actions(flatten=True))
        schema = pa.schema(table.schema().to_arrow())
        configuration = table.metadata().configuration
        partition = table.metadata().partition_columns
        features = set(table.protocol().reader_features or ())
    except TableNotFoundError as error:
        message = f"delta source {path!r} does not exist, or is no Delta table"
        raise SourceError(message) from error
    except (DeltaError, OSError, pa.ArrowException, ValueError) as error:
        message = f"delta source {path!r} cannot be opened: {reason_of(error)}"
        raise (OnlySparkError if _TOO_NEW.search(str(error)) else SourceError)(message) from error
    sizes: list[int] = actions["size_bytes"].to_pylist()
    wanted = pa.schema([pa.field(field.name, read_type(field.type)) for field in schema])
    plain = configuration.get("delta.columnMapping.mode", "none") == "none" and "deletionVectors" not in features
    pieces: list[Piece] = [] if plain else [DeltaRows(path, table.version(), sum(sizes))]
    counted = None
    if plain:
        _, bare, before = system_of(path)
        for at, (name, size) in enumerate(zip(actions["path"].to_pylist(), sizes, strict=True)):
            file = name if "://" in name else f"{before}{bare.rstrip('/')}/{unquote(name)}"
            values = tuple(actions[f"partition.{one}"][at].as_py() for one in partition)
            pieces += parquet_pieces(DataFile(file, size, values))
        rows: list[int | None] = actions["num_records"].to_pylist() if "num_records" in actions.column_names else [None]
        if None not in rows:
            total = sum(count for count in rows if count is not None)
            counted = CountedRows(total, f"the entries of the Delta log up to version {table.version()}")
    return LocalTable(
        wanted,
        tuple(pieces),
        "delta",
        path,
        {name: place for place, name in enumerate(partition)} if plain else {},
        version=table.version(),
        size=sum(sizes),
        files=len(sizes),
        counted=counted,
        history=delta_history(path, table.version()),
    )


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
