"""Files of JSON objects, one a line, read and typed as Spark's reader does.

Arrow parses blocks whose lines agree in their types; the others are parsed line by line. A line that is no object is a
row of nulls, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.json as pa_json

from stageprint.engines.local.columnar import empty_notes, table_of, with_bytes
from stageprint.engines.local.files import FoundFile, partition_columns
from stageprint.engines.local.json_types import (
    as_type,
    common_of,
    common_type,
    final_type,
    parsed,
    type_of,
    without_times,
)
from stageprint.engines.local.model import LocalTable, Piece, Tally
from stageprint.engines.local.pieces import conform
from stageprint.engines.local.reach import require_options
from stageprint.engines.local.text_blocks import blocks
from stageprint.engines.local.union import unite
from stageprint.engines.parquet.model import SourceColumn
from stageprint.errors import SourceError
from stageprint.pipeline.source_notes import FileNames


@dataclass(frozen=True)
class JsonFile:
    """A file of JSON objects.

    Attributes:
        path: The file.
        bytes: Its size.
        encoding: Its encoding.
        schema: The columns that are read.
        values: Values of the partition columns.
    """

    path: str
    bytes: int
    encoding: str
    schema: pa.Schema
    values: tuple[Any, ...] = ()

    def batches(self, columns: Sequence[SourceColumn], tally: Tally) -> Iterator[pa.RecordBatch]:
        """Yield the rows; see `Piece.batches`."""
        wanted = {column.name for column in columns}
        schema = pa.schema([field for field in self.schema if field.name in wanted] or list(self.schema)[:1])
        for block in blocks(self.path, self.encoding):
            table = _by_arrow(block, schema)
            if table is None:
                yield conform(_by_line(block, schema, tally), columns, self.values)
                continue
            for batch in table.combine_chunks().to_batches():
                yield conform(batch, columns, self.values)

    def inferred(self) -> pa.DataType:
        """Return the columns of all records as a struct; the file is read once for that."""
        return common_of([pa.struct([]), *(_struct_of(block) for block in blocks(self.path, self.encoding))])


def open_json(path: str, files: Sequence[FoundFile], names: FileNames, options: Mapping[str, str]) -> LocalTable:
    """Open files of JSON objects, one a line.

    Raises:
        OnlySparkError: An option is followed by Spark only.
        SourceError: A file cannot be read, or holds no object.
    """
    require_options("json", options)
    full = with_bytes(files, names)
    encoding = options.get("encoding", options.get("charset", "utf-8"))
    own = [JsonFile(file.path, file.bytes, encoding, pa.schema([])) for file in full]
    pairs = [(one.path, pa.schema(list(one.inferred()))) for one in own]
    _require_distinct([name for _, found in pairs for name in found.names])
    united, notes = unite(pairs, names, common=common_type)
    whole = final_type(pa.struct(list(united)))
    if whole is None:
        message = "no row is a JSON object; expected one a line, or the option multiLine: true"
        raise SourceError(message)
    schema = pa.schema(list(whole))
    partition = partition_columns(full)
    pieces: list[Piece] = [
        JsonFile(one.path, one.bytes, encoding, schema, tuple(values[number] for _, values in partition))
        for number, one in enumerate(own)
    ]
    return table_of(files, schema, partition, pieces, "json", path, (*notes, *empty_notes(files, names)))


def first_records(path: str, encoding: str, size: int) -> pa.Schema:
    """Return the columns of a file's first records, those that begin in so many bytes."""
    block = next(blocks(path, encoding, size=size), b"")
    return pa.schema(list(_struct_of(block)))


def _struct_of(block: bytes) -> pa.DataType:
    """Return the columns of a block's records as a struct."""
    table = _by_arrow(block, None)
    if table is not None:
        return pa.struct([(field.name, without_times(field.type)) for field in table.schema])
    records = (value for value in _records(block) if isinstance(value, dict))
    return common_of([pa.struct([]), *(type_of(value) for value in records)])


def _require_distinct(names: Iterable[str]) -> None:
    """Raise `SourceError` where two columns differ in case only: for Spark they are one."""
    known: dict[str, str] = {}
    for name in names:
        other = known.setdefault(name.casefold(), name)
        if other != name:
            message = f"columns {other!r} and {name!r} differ in case only; rename one of them"
            raise SourceError(message)


def _by_arrow(block: bytes, schema: pa.Schema | None) -> pa.Table | None:
    """Return the rows of a block, or None where Arrow cannot read it: values of a column differ in type, or are bad."""
    options = pa_json.ParseOptions(
        explicit_schema=schema, unexpected_field_behavior="infer" if schema is None else "ignore"
    )
    try:
        return pa_json.read_json(
            pa.BufferReader(block), pa_json.ReadOptions(use_threads=False, block_size=len(block) + 1), options
        )
    except pa.ArrowException:
        return None


def _by_line(block: bytes, schema: pa.Schema, tally: Tally) -> pa.RecordBatch:
    rows = []
    for value in _records(block):
        if isinstance(value, dict):
            rows.append({field.name: as_type(value.get(field.name), field.type) for field in schema})
        else:
            tally.malformed += 1
            rows.append({})
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def _records(block: bytes) -> Iterator[Any]:
    """Yield the value of each line that is not blank; those of an array one by one, and of a malformed line None."""
    for line in block.decode("utf-8", "replace").split("\n"):
        if not line.strip():
            continue
        try:
            value = parsed(line)
        except ValueError:
            yield None
            continue
        if isinstance(value, list):
            yield from value
        else:
            yield value
