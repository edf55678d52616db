"""Reads a range of a Parquet file with pyarrow: the fast path's replacement for Spark's own reader.

It runs inside Spark tasks but needs no Spark itself. A file that it cannot read as Spark would raises
`NotReadableError`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stageprint.engines.delta.vectors import Positions, VectorError, deleted_rows
from stageprint.engines.parquet.conversion import (
    Convert,
    conversion,
    converted,
    field_names,
    has_time,
    is_text,
    type_mismatch,
)
from stageprint.engines.parquet.model import DataFile, FileRange, NotReadableError, Rules, SourceColumn
from stageprint.engines.storage.model import Places, UnreachableError, local_path
from stageprint.engines.storage.opening import open_file
from stageprint.errors import without_values_of_path
from stageprint.reasons import plain_path, reason_of

MAX_ROWS_PER_BATCH: Final = 131_072
"""A row group of at most twice as many rows is read whole; smaller row groups are read together."""

MAX_BYTES_PER_BATCH: Final = 64 << 20
"""Uncompressed bytes, by the sizes in the file's footer."""

_MIN_ROWS_PER_BATCH: Final = 1024

_MAX_ENCODED_BYTES_PER_VALUE: Final = 4
"""A string column below this size per value is dictionary-encoded throughout."""

_FIELD_ID: Final = b"PARQUET:field_id"
_NO_ID: Final = -1
_SPARK_VERSION_KEY: Final = b"org.apache.spark.version"
_LEGACY_CALENDAR_KEYS: Final = (b"org.apache.spark.legacyDateTime", b"org.apache.spark.legacyINT96")


def read(
    part: FileRange, columns: Sequence[SourceColumn], rules: Rules, places: Places | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a range of a file.

    Args:
        part: The range.
        columns: The columns to read; the batches hold them in this order, named ``c0``, ``c1``, …
        rules: The session's settings for reading Parquet.
        places: How files that are not on the local file system are reached.

    Raises:
        NotReadableError: The file cannot be opened, or Spark would read it by rules that are not followed here.
    """
    try:
        with closing(open_file(part.file.path, places or {})) as source:
            deleted = None if part.file.deleted is None else deleted_rows(part.file.deleted, places or {})
            reader = _Reader(source, columns, rules, part.file, deleted)
            for groups in reader.packs(part):
                yield from reader.batches(groups)
    except (NotReadableError, UnreachableError, VectorError) as error:
        path = plain_path(part.file.path)
        message = f"{path}: {error}"
        raise NotReadableError(message, own_words=without_values_of_path(path)) from error
    except (OSError, pa.ArrowException) as error:
        path = plain_path(part.file.path)
        message = f"{path}: {replace(reason_of(error), file=None)}"
        raise NotReadableError(message, own_words=without_values_of_path(path)) from error


class _Reader:
    """One open Parquet file, and for each wanted column the function that makes it from a column of the file."""

    def __init__(
        self,
        source: Any,
        columns: Sequence[SourceColumn],
        rules: Rules,
        file: DataFile,
        deleted: Positions | None = None,
    ) -> None:
        self.metadata = pq.read_metadata(source)
        schema = self.metadata.schema.to_arrow_schema()
        self._tops = _tops(self.metadata, schema)
        self._rules = rules
        self._columns = columns
        self._values = file.values
        self._deleted = deleted
        # The fields as the table calls them; the file's own names are used to read them.
        fields = [_named_by_id(field, rules.names_by_id) if rules.names_by_id else field for field in schema]
        self._places: dict[str, list[int]] = {}
        for at, field in enumerate(fields):
            self._places.setdefault(self._folded(field.name), []).append(at)
        self._makers: list[tuple[str, Convert] | None] = []
        for column in columns:
            place = None if column.constant is not None else self._place(column.name)
            if place is None:
                self._makers.append(None)
                continue
            name = schema.field(place).name
            self._makers.append((name, self._maker(fields[place], column, name)))
        self._wanted = list(dict.fromkeys(maker[0] for maker in self._makers if maker is not None))
        self._leaves = self._leaf_columns()
        self._file = pq.ParquetFile(
            source,
            metadata=self.metadata,
            read_dictionary=self._dictionaries(schema),
            coerce_int96_timestamp_unit="us",
            # Far away a request costs more than the bytes between two columns: few requests fetch a row group.
            pre_buffer=local_path(file.path) is None,
        )

    def packs(self, part: FileRange) -> Iterator[list[int]]:
        """Yield the numbers of a range's row groups, grouped so that each group makes one batch."""
        pack: list[int] = []
        rows = 0
        for number in range(self.metadata.num_row_groups):
            group = self.metadata.row_group(number)
            if not group.num_columns:  # rows without columns begin nowhere
                if part.start == 0:
                    yield [number]
                continue
            first = group.column(0)
            begin = first.dictionary_page_offset or first.data_page_offset
            if begin < part.start or (part.stop is not None and begin >= part.stop):
                continue
            if pack and rows + group.num_rows > self._batch_rows(pack[0]):
                yield pack
                pack, rows = [], 0
            pack.append(number)
            rows += group.num_rows
        if pack:
            yield pack

    def batches(self, groups: list[int]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of some row groups in batches of bounded size."""
        rows = sum(self.metadata.row_group(number).num_rows for number in groups)
        kept = self._kept(groups, rows)
        if not self._wanted:
            yield self._made(None, rows if kept is None else int(kept.sum()))
            return
        limit = self._batch_rows(groups[0])
        if rows <= 2 * limit:
            table = self._file.read_row_groups(groups, columns=self._wanted, use_threads=False)
            made = self._made({name: _one(table.column(name)) for name in self._wanted}, table.num_rows)
            yield made if kept is None else made.filter(pa.array(kept))
            return
        start = 0
        for batch in self._file.iter_batches(limit, groups, columns=self._wanted, use_threads=False):
            made = self._made({name: batch.column(name) for name in self._wanted}, batch.num_rows)
            own = None if kept is None else kept[start : start + batch.num_rows]
            start += batch.num_rows
            yield made if own is None or own.all() else made.filter(pa.array(own))

    def _kept(self, groups: Sequence[int], rows: int) -> np.ndarray[Any, np.dtype[np.bool_]] | None:
        """Return which of the rows of some row groups are not deleted; None: all."""
        if self._deleted is None:
            return None
        counts = [self.metadata.row_group(number).num_rows for number in range(self.metadata.num_row_groups)]
        starts = np.concatenate([[0], np.cumsum(counts)])
        kept = np.ones(rows, np.bool_)
        place = 0
        for number in groups:
            first, last = np.searchsorted(self._deleted, starts[number : number + 2])
            kept[self._deleted[first:last] - starts[number] + place] = False
            place += counts[number]
        return None if kept.all() else kept

    def _made(self, found: dict[str, pa.Array] | None, rows: int) -> pa.RecordBatch:
        arrays = []
        for column, maker in zip(self._columns, self._makers, strict=True):
            if maker is not None and found is not None:
                array = maker[1](found[maker[0]])
            elif column.constant is not None:
                array = _repeated(self._values[column.constant], column.type, rows)
            else:
                array = pa.nulls(rows, column.type)
            arrays.append(_as_text(array) if column.text else array)
        if not arrays:
            return pa.record_batch([pa.nulls(rows)], ["none"]).select([])
        return pa.record_batch(arrays, [f"c{place}" for place in range(len(arrays))])

    def _folded(self, name: str) -> str:
        return name if self._rules.case_sensitive else name.lower()

    def _place(self, name: str) -> int | None:
        same = self._places.get(self._folded(name), [])
        if len(same) > 1:
            message = f"the file has {len(same)} columns {name!r}, whose names are equal or differ in case only"
            raise NotReadableError(message)
        return same[0] if same else None

    def _leaf_columns(self) -> list[int]:
        """Return the positions of the Parquet leaf columns that are read."""
        wanted = set(self._wanted)
        return [at for at, top in enumerate(self._tops) if top in wanted]

    def _batch_rows(self, group: int) -> int:
        """Return how many rows make a batch, by the mean size of a row in a row group."""
        found = self.metadata.row_group(group)
        if not found.num_rows:
            return MAX_ROWS_PER_BATCH
        each = sum(max(found.column(at).total_uncompressed_size / found.num_rows, 8) for at in self._leaves)
        return max(_MIN_ROWS_PER_BATCH, min(MAX_ROWS_PER_BATCH, int(MAX_BYTES_PER_BATCH / max(each, 1))))

    def _dictionaries(self, schema: pa.Schema) -> list[str]:
        """Return the string columns to read dictionary-encoded, judged by their sizes in the first row group."""
        if not self.metadata.num_row_groups:
            return []
        group = self.metadata.row_group(0)
        found = []
        for at in self._leaves:
            chunk = group.column(at)
            name = chunk.path_in_schema
            # The path of a column `a.b` may also be that of a field of `a`.
            if name != self._tops[at] or "." in name or not is_text(schema.field(name).type):
                continue
            if (
                chunk.has_dictionary_page
                and chunk.total_uncompressed_size < _MAX_ENCODED_BYTES_PER_VALUE * chunk.num_values
            ):
                found.append(name)
        return found

    @cached_property
    def _int96_columns(self) -> frozenset[str]:
        """Names of the top-level columns that hold timestamps of 96 bits."""
        types = (self.metadata.schema.column(at).physical_type for at in range(len(self.metadata.schema)))
        return frozenset(top for top, found in zip(self._tops, types, strict=True) if found == "INT96")

    def _maker(self, field: pa.Field, column: SourceColumn, name: str) -> Convert:
        if self._rules.case_sensitive and field_names(field.type) != field_names(column.type):
            raise type_mismatch(field.type, column.type)
        if not has_time(column.type):
            return self._conversion(field, column)
        # Spark rebases the dates that old writers counted in the Julian calendar.
        kept = self.metadata.metadata or {}
        version = kept.get(_SPARK_VERSION_KEY)
        if any(key in kept for key in _LEGACY_CALENDAR_KEYS) or (
            version is not None and _major_minor(version) < (3, 1)
        ):
            message = f"column {column.name!r}: the file was written with the legacy calendar"
            raise NotReadableError(message)
        if name in self._int96_columns:
            if version is None and not self._rules.int96_as_written:
                message = f"column {column.name!r}: the session rebases or converts INT96 timestamps"
                raise NotReadableError(message)
            return _int96(column)
        if version is None and not self._rules.dates_as_written:
            message = f"column {column.name!r}: the session rebases dates and timestamps"
            raise NotReadableError(message)
        return self._conversion(field, column)

    def _conversion(self, field: pa.Field, column: SourceColumn) -> Convert:
        if self._rules.casts:
            return lambda array: converted(array, column.type, column.name)
        return conversion(field.type, column.type)


def _tops(metadata: pq.FileMetaData, schema: pa.Schema) -> list[str]:
    """Return, for each leaf column of a file, the top-level column that it is in; names may hold dots themselves."""
    tops = [field.name for field in schema for _ in range(_count_leaves(field.type))]
    if len(tops) == metadata.num_columns:
        return tops
    return [metadata.schema.column(at).path.split(".", 1)[0] for at in range(metadata.num_columns)]


def _count_leaves(data_type: pa.DataType) -> int:
    if isinstance(data_type, pa.BaseExtensionType):
        return _count_leaves(data_type.storage_type)
    if not pa.types.is_nested(data_type):
        return 1
    return sum(_count_leaves(data_type.field(at).type) for at in range(data_type.num_fields))


def _named_by_id(field: pa.Field, names: Mapping[int, str]) -> pa.Field:
    """Return a field of a file, and those inside it, with the names that the table has for their ids.

    Raises:
        NotReadableError: A field has no id.
    """
    number = int((field.metadata or {}).get(_FIELD_ID, _NO_ID))
    if number == _NO_ID:
        message = f"the file has no id for field {field.name!r}, and the table matches fields by id"
        raise NotReadableError(message)
    # A field that the table has no more is never asked for, whatever its name.
    return pa.field(names.get(number, f"\0{number}"), _type_named_by_id(field.type, names))


def _type_named_by_id(data_type: pa.DataType, names: Mapping[int, str]) -> pa.DataType:
    types = pa.types
    if types.is_struct(data_type):
        return pa.struct([_named_by_id(field, names) for field in data_type])
    if types.is_map(data_type):
        return pa.map_(_type_named_by_id(data_type.key_type, names), _type_named_by_id(data_type.item_type, names))
    if types.is_list(data_type):
        return pa.list_(_type_named_by_id(data_type.value_type, names))
    return data_type


def _int96(column: SourceColumn) -> Convert:
    if pa.types.is_nested(column.type) or column.type.tz is None:
        message = f"column {column.name!r}: INT96 timestamps inside others, or without time zone"
        raise NotReadableError(message)

    return lambda array: array.cast(column.type)


def _major_minor(version: bytes) -> tuple[int, int]:
    numbers = version.decode("ascii", "replace").split(".")
    try:
        return int(numbers[0]), int(numbers[1])
    except (IndexError, ValueError):
        return 0, 0


def _one(column: pa.ChunkedArray) -> pa.Array:
    """Return a column's chunks as one array; a dictionary each becomes one for all."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.unify_dictionaries().combine_chunks()


def _repeated(value: Any, data_type: pa.DataType, rows: int) -> pa.Array:
    if value is None:
        return pa.nulls(rows, data_type)
    if is_text(data_type):
        return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), pa.array([value], data_type))
    return pa.repeat(pa.scalar(value, data_type), rows)


def _as_text(array: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.cast(pa.large_string())
