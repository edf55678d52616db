"""Parquet, ORC and Arrow files: their columns from their footers, and their rows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc

from stageprint.engines.local.files import FoundFile, partition_columns, system_of
from stageprint.engines.local.model import LocalTable, Piece, Tally
from stageprint.engines.local.pieces import conform
from stageprint.engines.local.reach import require_options
from stageprint.engines.local.union import unite
from stageprint.engines.parquet.model import DataFile, FileRange, Rules, SourceColumn
from stageprint.engines.parquet.read import read
from stageprint.engines.storage.environment import environment_places
from stageprint.errors import SourceError, without_values_of_path
from stageprint.pipeline.source_notes import CountedRows, FileNames, empty_files
from stageprint.reasons import plain_path, reason_of

BYTES_PER_PIECE: Final = 64 << 20
"""About how much of a file is read at a time; a row group is never divided."""

RULES: Final = Rules()
"""How Spark reads Parquet by default."""

_ANY_TYPE: Final = Rules(casts=True)
"""For files that belong to no table: their own types, which are often none of Spark's, say how they are read."""


@dataclass(frozen=True)
class ParquetRange:
    """Row groups of a Parquet file, and the rules by which they are read."""

    range: FileRange
    rules: Rules

    @property
    def bytes(self) -> int:
        """Size of the range."""
        stop = self.range.file.bytes if self.range.stop is None else self.range.stop
        return stop - self.range.start

    def batches(self, columns: Sequence[SourceColumn], tally: Tally) -> Iterator[pa.RecordBatch]:
        """Yield the rows; see `Piece.batches`."""
        del tally
        yield from read(self.range, columns, self.rules, environment_places([self.range.file.path], os.environ))


@dataclass(frozen=True)
class OrcStripe:
    """A stripe of an ORC file.

    Attributes:
        path: The file.
        bytes: About its size.
        stripe: Its number.
        values: Values of the partition columns.
    """

    path: str
    bytes: int
    stripe: int
    values: tuple[Any, ...] = ()

    def batches(self, columns: Sequence[SourceColumn], tally: Tally) -> Iterator[pa.RecordBatch]:
        """Yield the rows; see `Piece.batches`."""
        del tally
        file = _orc_file(self.path)
        known = {name.casefold(): name for name in file.schema.names}
        wanted = {known[key] for one in columns if (key := one.name.casefold()) in known and one.constant is None}
        try:
            # Without a column ORC has no rows; the first one counts them.
            found = file.read_stripe(self.stripe, columns=sorted(wanted) or file.schema.names[:1])
        except (OSError, pa.ArrowException) as error:
            raise unreadable(self.path, error) from error
        yield conform(found, columns, self.values)


def open_parquet(path: str, files: Sequence[FoundFile], names: FileNames, options: Mapping[str, str]) -> LocalTable:
    """Open Parquet files with the columns of all of them; with the option ``mergeSchema: false``, those of the first.

    Raises:
        OnlySparkError: An option is followed by Spark only.
        SourceError: A footer cannot be read, or a column's types in different files have no common one.
    """
    require_options("parquet", options)
    full = with_bytes(files, names)
    footers = [_footer(file.path) for file in full]
    schema, notes = _united(full, [schema for schema, _ in footers], names, options)
    pieces: list[Piece] = []
    partition = partition_columns(full)
    for number, file in enumerate(full):
        pieces += parquet_pieces(
            DataFile(file.path, file.bytes, tuple(values[number] for _, values in partition)), _ANY_TYPE
        )
    counted = CountedRows(sum(metadata.num_rows for _, metadata in footers), "the footers of its files")
    return table_of(files, schema, partition, pieces, "parquet", path, (*notes, *empty_notes(files, names)), counted)


def open_orc(path: str, files: Sequence[FoundFile], names: FileNames, options: Mapping[str, str]) -> LocalTable:
    """Open ORC files with the columns of all of them; with the option ``mergeSchema: false``, those of the first.

    Raises:
        OnlySparkError: An option is followed by Spark only.
        SourceError: A footer cannot be read, or a column's types in different files have no common one.
    """
    require_options("orc", options)
    full = with_bytes(files, names)
    opened = [_orc_file(file.path) for file in full]
    schema, notes = _united(full, [one.schema for one in opened], names, options)
    partition = partition_columns(full)
    pieces: list[Piece] = [
        OrcStripe(file.path, file.bytes // one.nstripes, stripe, tuple(values[number] for _, values in partition))
        for number, (file, one) in enumerate(zip(full, opened, strict=True))
        for stripe in range(one.nstripes)
    ]
    counted = CountedRows(sum(one.nrows for one in opened), "the footers of its files")
    return table_of(files, schema, partition, pieces, "orc", path, (*notes, *empty_notes(files, names)), counted)


def table_of(
    files: Sequence[FoundFile],
    schema: pa.Schema,
    partition: Sequence[tuple[pa.Field, list[Any]]],
    pieces: Sequence[Piece],
    label: str,
    path: str,
    notes: Sequence[str],
    counted: CountedRows | None = None,
) -> LocalTable:
    """Return files as a table; a column that is in path and file is read from the path, as Spark does."""
    own = {field.name.casefold() for field, _ in partition}
    fields = [field for field in schema if field.name.casefold() not in own]
    return LocalTable(
        pa.schema([*fields, *(field for field, _ in partition)]),
        tuple(pieces),
        label,
        path,
        {field.name: place for place, (field, _) in enumerate(partition)},
        size=sum(file.bytes for file in files),
        files=len(files),
        notes=tuple(notes),
        counted=counted,
    )


def with_bytes(files: Sequence[FoundFile], names: FileNames) -> list[FoundFile]:
    """Return the files that are not empty.

    Raises:
        SourceError: There are files, and all have 0 bytes.
    """
    full = [file for file in files if file.bytes]
    if files and not full:
        what = "its file has" if len(files) == 1 else f"all {len(files):,} files have"
        message = f"{what} 0 bytes: {names.some([file.path for file in files])}; write the data again"
        raise SourceError(message)
    if not files:
        message = "there is no file in it"
        raise SourceError(message)
    return full


def empty_notes(files: Sequence[FoundFile], names: FileNames) -> list[str]:
    """Return a note about files of 0 bytes; none without such files."""
    return empty_files([file.path for file in files if not file.bytes], len(files), names)


def parquet_pieces(file: DataFile, rules: Rules = RULES) -> list[Piece]:
    """Return a Parquet file in ranges of about `BYTES_PER_PIECE`; a row group belongs to the range it begins in."""
    count = max(1, round(file.bytes / BYTES_PER_PIECE))
    bounds = [file.bytes * number // count for number in range(count)]
    return [ParquetRange(FileRange(file, *pair), rules) for pair in zip(bounds, [*bounds[1:], None], strict=True)]


def _united(
    full: Sequence[FoundFile], schemas: Sequence[pa.Schema], names: FileNames, options: Mapping[str, str]
) -> tuple[pa.Schema, list[str]]:
    pairs = [(file.path, schema) for file, schema in zip(full, schemas, strict=True)]
    return unite(pairs[:1] if options.get("mergeschema", "").lower() == "false" else pairs, names)


def _footer(path: str) -> tuple[pa.Schema, pq.FileMetaData]:
    try:
        with open_file(path) as source:
            metadata = pq.read_metadata(source)
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path, error) from error
    return metadata.schema.to_arrow_schema(), metadata


def _orc_file(path: str) -> orc.ORCFile:
    try:
        return orc.ORCFile(open_file(path))
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path, error) from error


def open_file(path: str) -> Any:
    """Return a file, opened for reading at any place."""
    system, bare, _ = system_of(path)
    return system.open_input_file(bare)


def unreadable(path: str, error: Exception) -> SourceError:
    """Return the error about a file that cannot be read, which names it and the innermost reason."""
    plain = plain_path(path)
    return SourceError(f"{plain}: {replace(reason_of(error), file=None)}", own_words=without_values_of_path(plain))
