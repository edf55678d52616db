"""CSV files, read and typed as Spark's reader does with the same options.

Without ``inferSchema`` every column is text. Rows with too few fields are filled with nulls, fields beyond the last
column are left out, and both are counted. `docs/local.md` says what is different.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as pc_csv

from stageprint.engines.local.columnar import empty_notes, table_of, unreadable, with_bytes
from stageprint.engines.local.files import FoundFile, partition_columns
from stageprint.engines.local.model import LocalTable, Piece, Tally
from stageprint.engines.local.pieces import conform
from stageprint.engines.local.reach import require_options
from stageprint.engines.local.text_blocks import blocks
from stageprint.engines.local.text_types import as_type, common_type, type_of
from stageprint.engines.local.union import unite
from stageprint.engines.parquet.model import SourceColumn
from stageprint.errors import OnlySparkError
from stageprint.pipeline.source_notes import FileNames

_HEAD_BYTES: Final = 1 << 16
_ESCAPED: Final = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}


@dataclass(frozen=True)
class CsvOptions:
    """Options of Spark's reader.

    Attributes:
        header: Whether the first row names the columns.
        separator: What separates fields.
        quote: What stands around fields; empty: nothing does.
        escape: What stands before a quotation mark inside a field.
        null: Text that stands for null, beside the empty one.
        encoding: The files' encoding.
        infers: Whether types are inferred.
        multiline: Whether quoted fields may hold line breaks.
    """

    header: bool
    separator: str
    quote: str
    escape: str
    null: str
    encoding: str
    infers: bool
    multiline: bool

    @property
    def quotes(self) -> bytes | None:
        """The mark inside which a line break ends no row; None: every line break ends one."""
        return self.quote.encode() if self.multiline and self.quote else None


def read_options(options: Mapping[str, str]) -> CsvOptions:
    """Return the options, from those of Spark's reader in lower case.

    Raises:
        OnlySparkError: The separator has more than one character.
    """

    def flag(name: str) -> bool:
        return options.get(name, "").lower() == "true"

    given = options.get("sep", options.get("delimiter", ","))
    separator = _ESCAPED.get(given, given)
    if len(separator) != 1:
        message = f"option 'sep' of csv files: {given!r} is followed by Spark only, since it has several characters"
        raise OnlySparkError(message)
    return CsvOptions(
        flag("header"),
        separator,
        options.get("quote", '"'),
        options.get("escape", "\\"),
        options.get("nullvalue", ""),
        options.get("encoding", options.get("charset", "utf-8")),
        flag("inferschema"),
        flag("multiline"),
    )


@dataclass(frozen=True)
class CsvFile:
    """A CSV file.

    Attributes:
        path: The file.
        bytes: Its size.
        options: How it is read.
        names: Its columns.
        types: Types of the columns; those that are missing are text.
        values: Values of the partition columns.
    """

    path: str
    bytes: int
    options: CsvOptions
    names: tuple[str, ...]
    types: Mapping[str, pa.DataType] = field(default_factory=dict)
    values: tuple[Any, ...] = ()

    def batches(self, columns: Sequence[SourceColumn], tally: Tally) -> Iterator[pa.RecordBatch]:
        """Yield the rows; see `Piece.batches`."""
        wanted = {column.name.casefold() for column in columns}
        for batch in self.texts(tally):
            chosen = [name for name in batch.schema.names if name.casefold() in wanted]
            arrays = [as_type(batch.column(name), self.types.get(name, pa.string())) for name in chosen]
            if not chosen:  # a row is counted by its first column
                chosen, arrays = list(self.names[:1]), [batch.column(0)]
            yield conform(pa.record_batch(arrays, chosen), columns, self.values)

    def inferred(self) -> pa.Schema:
        """Return the columns with the narrowest types that hold all values; the file is read once for that."""
        found: list[pa.DataType] = [pa.null() for _ in self.names]
        for batch in self.texts(Tally()):
            for place, column in enumerate(batch.columns):
                if found[place] != pa.string():
                    found[place] = common_type(found[place], type_of(column))
        return pa.schema(list(zip(self.names, found, strict=True)))

    def texts(self, tally: Tally) -> Iterator[pa.RecordBatch]:
        """Yield the rows with all columns as texts.

        Args:
            tally: Counts the rows with too few or too many fields.
        """
        skip = 1 if self.options.header else 0
        for block in blocks(self.path, self.options.encoding, quotes=self.options.quotes):
            yield from _parsed(self, block, skip, tally)
            skip = 0


def _parsed(file: CsvFile, block: bytes, skip: int, tally: Tally) -> Iterator[pa.RecordBatch]:
    options = file.options
    odd: list[str] = []

    def keep(row: pc_csv.InvalidRow) -> str:
        odd.append(row.text)
        return "skip"

    escape = options.escape if len(options.escape) == 1 and options.escape != options.quote else ""
    if escape == "\\" and b"\\" in block:
        # Spark takes a backslash for itself unless a quotation mark follows.
        block = re.sub(rb'\\(?!")', rb"\\\\", block)
    try:
        table = pc_csv.read_csv(
            pa.BufferReader(block),
            pc_csv.ReadOptions(
                block_size=len(block) + 1, column_names=file.names, skip_rows_after_names=skip, use_threads=False
            ),
            pc_csv.ParseOptions(
                delimiter=options.separator,
                quote_char=options.quote or False,
                double_quote=True,
                escape_char=escape or False,
                newlines_in_values=options.multiline,
                ignore_empty_lines=True,
                invalid_row_handler=keep,
            ),
            pc_csv.ConvertOptions(
                column_types=[(name, pa.string()) for name in file.names],
                null_values=sorted({"", options.null}),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return
        raise unreadable(file.path, error) from error
    yield from table.combine_chunks().to_batches()
    rows = [text for text in odd if text.strip()]
    if skip and not rows and not table.num_rows:
        return
    tally.malformed += len(rows)
    if rows:
        yield _mended(file, rows)


def _mended(file: CsvFile, rows: Sequence[str]) -> pa.RecordBatch:
    """Return rows with too few or too many fields, filled with nulls, or cut."""
    null = {"", file.options.null}
    found = [fields(row, file.options)[: len(file.names)] for row in rows]
    columns = [
        [row[place] if place < len(row) and row[place] not in null else None for row in found]
        for place in range(len(file.names))
    ]
    return pa.record_batch([pa.array(column, pa.string()) for column in columns], list(file.names))


def fields(row: str, options: CsvOptions) -> list[str]:
    """Return the fields of a row."""
    plain = options.escape if len(options.escape) == 1 and options.escape != options.quote else None
    lines = row.splitlines(keepends=True) if options.multiline else row.splitlines()[:1]
    separator = options.separator
    if options.quote:
        reader = csv.reader(lines, delimiter=separator, quotechar=options.quote, escapechar=plain)
    else:
        reader = csv.reader(lines, delimiter=separator, escapechar=plain, quoting=csv.QUOTE_NONE)
    return next(iter(reader), [])


def header(path: str, options: CsvOptions) -> tuple[str, ...]:
    """Return the names of a file's columns as Spark has them: ``_c0`` without a header, numbers behind equal names."""
    block = next(blocks(path, options.encoding, quotes=options.quotes, size=_HEAD_BYTES), b"")
    text = block.decode("utf-8", "replace").lstrip("\r\n")
    first = fields(text if options.multiline else text.partition("\n")[0].rstrip("\r"), options)
    if not options.header:
        return tuple(f"_c{place}" for place in range(len(first)))
    times = Counter(name.casefold() for name in first)
    return tuple(
        f"_c{place}" if name in {"", options.null} else f"{name}{place}" if times[name.casefold()] > 1 else name
        for place, name in enumerate(first)
    )


def open_csv(path: str, files: Sequence[FoundFile], names: FileNames, options: Mapping[str, str]) -> LocalTable:
    """Open CSV files, those of different headers by name.

    Raises:
        OnlySparkError: An option is followed by Spark only.
        SourceError: A file cannot be read.
    """
    require_options("csv", options)
    how = read_options(options)
    full = with_bytes(files, names)
    own = [CsvFile(file.path, file.bytes, how, header(file.path, how)) for file in full]
    text = [pa.schema([(name, pa.string()) for name in one.names]) for one in own]
    found = [one.inferred() for one in own] if how.infers else text
    pairs = [(one.path, schema) for one, schema in zip(own, found, strict=True)]
    schema, notes = unite(pairs, names, common=common_type)
    schema = pa.schema([one.with_type(pa.string()) if pa.types.is_null(one.type) else one for one in schema])
    types = {one.name.casefold(): one.type for one in schema}
    partition = partition_columns(full)
    pieces: list[Piece] = [
        replace(
            one,
            types={name: types[name.casefold()] for name in one.names},
            values=tuple(values[number] for _, values in partition),
        )
        for number, one in enumerate(own)
    ]
    return table_of(files, schema, partition, pieces, "csv", path, (*notes, *empty_notes(files, names)))
