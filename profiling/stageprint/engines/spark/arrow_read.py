"""Reads a range of a Parquet file with pyarrow as the batches Spark would have sent, or says why it does not.

Nothing here needs Spark: it runs in the tasks of the fast path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from stageprint.errors import StageprintError

BATCH_ROWS: Final = 131_072
"""Rows of a batch; row groups of up to twice as many are read whole, smaller ones together."""
BATCH_BYTES: Final = 64 << 20
"""Bytes of a batch, by what the file's footer says of its columns."""

_DICTIONARY_BYTES: Final = 4
"""A string column of fewer encoded bytes a value than this is made of a dictionary's indices."""
_ALIASES: Final = {"s3a": "s3", "s3n": "s3", "abfss": "abfs"}
_SPARK_VERSION: Final = b"org.apache.spark.version"
_LEGACY: Final = (b"org.apache.spark.legacyDateTime", b"org.apache.spark.legacyINT96")

Convert: TypeAlias = Callable[[pa.Array], pa.Array]


class NotReadableError(StageprintError):
    """The fast path does not read this as Spark would; the general path is to."""


@dataclass(frozen=True)
class Column:
    """A top-level column of the table.

    Attributes:
        name: Its name.
        type: The Arrow type its values have for Spark, fields by name.
        constant: Place among the values that come with each file; None: it is in the files themselves.
        text: Whether it is wanted as text: the label of a slice.
    """

    name: str
    type: pa.DataType
    constant: int | None = None
    text: bool = False


@dataclass(frozen=True)
class DataFile:
    """A Parquet file.

    Attributes:
        path: Path or URI, nothing in it escaped.
        bytes: Its size.
        values: Values of the partition columns, as Arrow takes them.
    """

    path: str
    bytes: int
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class FileRange:
    """The row groups of a file that begin at ``start <= byte < stop``; `stop` None: to the end."""

    file: DataFile
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True)
class Rules:
    """How Spark reads.

    Attributes:
        case_sensitive: Whether names that differ in case only are different.
        dates_as_written: Whether dates and timestamps before 1900 of files not written by Spark are taken as they are.
        int96_as_written: Whether INT96 timestamps of files not written by Spark are taken as UTC, as they are.
    """

    case_sensitive: bool = False
    dates_as_written: bool = True
    int96_as_written: bool = True


def read(part: FileRange, columns: Sequence[Column], rules: Rules) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a range of a file, the columns in the order asked for, named by position.

    Raises:
        NotReadableError: The file cannot be opened, or holds what Spark reads in a way of its own.
    """
    try:
        with closing(_open(part.file.path)) as source:
            reader = _Reader(source, columns, rules, part.file.values)
            for groups in reader.packs(part):
                yield from reader.batches(groups)
    except NotReadableError as error:
        message = f"{part.file.path}: {error}"
        raise NotReadableError(message) from error
    except (OSError, pa.ArrowException) as error:
        message = f"{part.file.path}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        raise NotReadableError(message) from error


def local_path(path: str) -> str | None:
    """Return the path of a file of the local file system, or None for one of another."""
    if path.startswith("/"):
        return path
    if path.startswith("file:/"):
        return "/" + path.removeprefix("file:").lstrip("/")
    return None


def _open(path: str) -> Any:
    local = local_path(path)
    if local is not None:
        return pa.OSFile(local)
    parts = urlsplit(path)
    scheme = _ALIASES.get(parts.scheme, parts.scheme)
    system, _ = fs.FileSystem.from_uri(f"{scheme}://{parts.netloc}/")
    # What Hadoop calls a path is not escaped, and may hold any character that a URI may not.
    bare = (
        path.split("://", 1)[1] if scheme not in {"hdfs", "viewfs"} else "/" + path.split("://", 1)[1].split("/", 1)[1]
    )
    return system.open_input_file(bare)


class _Reader:
    """One open file and how each column asked for is made from it."""

    def __init__(self, source: Any, columns: Sequence[Column], rules: Rules, values: Sequence[Any]) -> None:
        self.metadata = pq.read_metadata(source)
        schema = self.metadata.schema.to_arrow_schema()
        self._rules = rules
        self._columns = columns
        self._values = values
        self._makers: list[tuple[str, Convert] | None] = []
        for column in columns:
            place = None if column.constant is not None else self._place(schema.names, column.name)
            if place is None:
                self._makers.append(None)
                continue
            field = schema.field(place)
            self._makers.append((field.name, self._maker(field, column)))
        self._wanted = list(dict.fromkeys(maker[0] for maker in self._makers if maker is not None))
        self._leaves = self._leaf_columns()
        self._file = pq.ParquetFile(
            source,
            metadata=self.metadata,
            read_dictionary=self._dictionaries(schema),
            coerce_int96_timestamp_unit="us",
            pre_buffer=False,
        )

    def packs(self, part: FileRange) -> Iterator[list[int]]:
        """Yield the row groups of a range, as many together as make a batch."""
        pack: list[int] = []
        rows = 0
        for number in range(self.metadata.num_row_groups):
            group = self.metadata.row_group(number)
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
        """Yield the rows of some row groups."""
        rows = sum(self.metadata.row_group(number).num_rows for number in groups)
        if not self._wanted:
            yield self._made(None, rows)
            return
        limit = self._batch_rows(groups[0])
        if rows <= 2 * limit:
            table = self._file.read_row_groups(groups, columns=self._wanted, use_threads=False)
            yield self._made({name: _one(table.column(name)) for name in self._wanted}, table.num_rows)
            return
        for batch in self._file.iter_batches(limit, groups, columns=self._wanted, use_threads=False):
            yield self._made({name: batch.column(name) for name in self._wanted}, batch.num_rows)

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

    def _place(self, names: Sequence[str], name: str) -> int | None:
        if "." in name:
            message = f"column {name!r} has a dot in its name"
            raise NotReadableError(message)
        same = [at for at, found in enumerate(names) if found == name]
        if not self._rules.case_sensitive:
            same = [at for at, found in enumerate(names) if found.lower() == name.lower()]
        if len(same) > 1:
            message = f"the file has {len(same)} columns {name!r}"
            raise NotReadableError(message)
        return same[0] if same else None

    def _leaf_columns(self) -> list[int]:
        """Return the places of the leaf columns that are read."""
        wanted, schema = set(self._wanted), self.metadata.schema
        return [at for at in range(len(schema)) if schema.column(at).path.split(".", 1)[0] in wanted]

    def _batch_rows(self, group: int) -> int:
        found = self.metadata.row_group(group)
        if not found.num_rows:
            return BATCH_ROWS
        each = sum(max(found.column(at).total_uncompressed_size / found.num_rows, 8) for at in self._leaves)
        return max(1024, min(BATCH_ROWS, int(BATCH_BYTES / max(each, 1))))

    def _dictionaries(self, schema: pa.Schema) -> list[str]:
        """Return the string columns that a dictionary makes smaller, by the first row group's sizes."""
        if not self.metadata.num_row_groups:
            return []
        group = self.metadata.row_group(0)
        found = []
        for at in self._leaves:
            chunk = group.column(at)
            name = chunk.path_in_schema
            if name not in schema.names or not _is_text(schema.field(name).type):
                continue
            if chunk.has_dictionary_page and chunk.total_uncompressed_size < _DICTIONARY_BYTES * chunk.num_values:
                found.append(name)
        return found

    def _maker(self, field: pa.Field, column: Column) -> Convert:
        if self._rules.case_sensitive and _names(field.type) != _names(column.type):
            raise _other_type(field.type, column.type)
        if not _has_time(column.type):
            return conversion(field.type, column.type)
        # Spark rebases the dates that old writers counted in the Julian calendar.
        kept = self.metadata.metadata or {}
        version = kept.get(_SPARK_VERSION)
        if any(key in kept for key in _LEGACY) or (version is not None and _major_minor(version) < (3, 1)):
            message = f"column {column.name!r}: the file was written with the legacy calendar"
            raise NotReadableError(message)
        leaves = (self.metadata.schema.column(at) for at in range(len(self.metadata.schema)))
        if any(leaf.physical_type == "INT96" for leaf in leaves if leaf.path.split(".", 1)[0] == field.name):
            if version is None and not self._rules.int96_as_written:
                message = f"column {column.name!r}: the session rebases or converts INT96 timestamps"
                raise NotReadableError(message)
            return _int96(column)
        if version is None and not self._rules.dates_as_written:
            message = f"column {column.name!r}: the session rebases dates and timestamps"
            raise NotReadableError(message)
        return conversion(field.type, column.type)


def _int96(column: Column) -> Convert:
    if pa.types.is_nested(column.type) or column.type.tz is None:
        message = f"column {column.name!r}: INT96 timestamps inside others, or without time zone"
        raise NotReadableError(message)

    return lambda array: array.cast(column.type)


def conversion(found: pa.DataType, wanted: pa.DataType) -> Convert:
    """Return what makes values of the type a file has into those of the type Spark reads them as.

    Raises:
        NotReadableError: Spark reads the one as the other in a way of its own, or not at all.
    """
    if pa.types.is_dictionary(found):
        inner = conversion(found.value_type, wanted)
        # Texts stay coded: that is what makes them quick to count.
        return _same if _is_text(wanted) else lambda array: inner(array.dictionary_decode())
    if found == wanted or (_is_text(found) and _is_text(wanted)) or (_is_bytes(found) and _is_bytes(wanted)):
        return _same
    if pa.types.is_null(found):
        return lambda array: pa.nulls(len(array), wanted)
    if _widens(found, wanted):
        return lambda array: array.cast(wanted)
    if _same_inside(found, wanted):
        return _same
    if pa.types.is_struct(found) and pa.types.is_struct(wanted):
        return _struct(found, wanted)
    raise _other_type(found, wanted)


def _other_type(found: pa.DataType, wanted: pa.DataType) -> NotReadableError:
    return NotReadableError(f"the file has {found}, the table {wanted}")


def _widens(found: pa.DataType, wanted: pa.DataType) -> bool:
    types = pa.types
    if types.is_integer(found) and types.is_integer(wanted) and types.is_signed_integer(wanted):
        return bool(wanted.bit_width > found.bit_width)
    if types.is_uint64(found):
        return bool(wanted == pa.decimal128(20, 0))
    if types.is_float32(found):
        return bool(types.is_float64(wanted))
    if types.is_decimal(found) and types.is_decimal(wanted):
        whole = found.precision - found.scale
        return bool(wanted.scale >= found.scale and wanted.precision - wanted.scale >= whole)
    return False


def _struct(found: pa.DataType, wanted: pa.DataType) -> Convert:
    names = [field.name.lower() for field in found]
    makers: list[tuple[int, Convert] | None] = []
    for field in wanted:
        if names.count(field.name.lower()) > 1:
            raise _other_type(found, wanted)
        at = names.index(field.name.lower()) if field.name.lower() in names else None
        makers.append(None if at is None else (at, conversion(found.field(at).type, field.type)))
    if not any(makers):
        raise _other_type(found, wanted)

    def make(array: pa.Array) -> pa.Array:
        children = [
            pa.nulls(len(array), field.type) if maker is None else maker[1](pc.struct_field(array, [maker[0]]))
            for field, maker in zip(wanted, makers, strict=True)
        ]
        return pa.StructArray.from_arrays(children, [field.name for field in wanted], mask=array.is_null())

    return make


def _same_inside(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Return whether nested types hold the same at the same places, fields by the same names."""
    types = pa.types
    if types.is_struct(found) and types.is_struct(wanted):
        return found.num_fields == wanted.num_fields and all(
            one.name.lower() == two.name.lower() and _same_inside(one.type, two.type)
            for one, two in zip(found, wanted, strict=True)
        )
    if types.is_map(found) and types.is_map(wanted):
        return _same_inside(found.key_type, wanted.key_type) and _same_inside(found.item_type, wanted.item_type)
    if (types.is_list(found) or types.is_large_list(found)) and types.is_list(wanted):
        return _same_inside(found.value_type, wanted.value_type)
    if types.is_timestamp(found) and types.is_timestamp(wanted):
        return found.unit in {"ms", "us"} and (found.tz is None) == (wanted.tz is None)
    return bool(found == wanted or (_is_text(found) and _is_text(wanted)) or (_is_bytes(found) and _is_bytes(wanted)))


def _names(data_type: pa.DataType) -> list[str]:
    """Return the names of the fields at any depth, in order."""
    if not pa.types.is_nested(data_type):
        return []
    fields = [data_type.field(at) for at in range(data_type.num_fields)]
    own = [field.name for field in fields] if pa.types.is_struct(data_type) else []
    return [*own, *(name for field in fields for name in _names(field.type))]


def _has_time(data_type: pa.DataType) -> bool:
    if pa.types.is_nested(data_type):
        return any(_has_time(data_type.field(at).type) for at in range(data_type.num_fields))
    return bool(pa.types.is_timestamp(data_type) or pa.types.is_date(data_type))


def _is_text(data_type: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_string(data_type) or types.is_large_string(data_type) or types.is_string_view(data_type))


def _is_bytes(data_type: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_binary(data_type) or types.is_large_binary(data_type) or types.is_binary_view(data_type))


def _major_minor(version: bytes) -> tuple[int, int]:
    numbers = version.decode("ascii", "replace").split(".")
    try:
        return int(numbers[0]), int(numbers[1])
    except (IndexError, ValueError):
        return 0, 0


def _same(array: pa.Array) -> pa.Array:
    return array


def _one(column: pa.ChunkedArray) -> pa.Array:
    """Return a column's chunks as one array; a dictionary each becomes one for all."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.unify_dictionaries().combine_chunks()


def _repeated(value: Any, data_type: pa.DataType, rows: int) -> pa.Array:
    if value is None:
        return pa.nulls(rows, data_type)
    if _is_text(data_type):
        return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), pa.array([value], data_type))
    return pa.repeat(pa.scalar(value, data_type), rows)


def _as_text(array: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.cast(pa.large_string())
