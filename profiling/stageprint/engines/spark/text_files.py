"""Opens CSV and JSON files: the columns of all of them, and with a mark on each row that the reader cannot parse.

Spark's CSV reader takes the columns of one file for those of all, by position: under another header, values of one
column would be read into another. Files of each header are therefore read apart, and united by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Final

from pyspark.sql import DataFrame, DataFrameReader
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.spark.folder import Folder, Marked, OpenFiles
from stageprint.engines.spark.heads import (
    MAX_BYTES,
    first_record,
    json_columns,
    read_heads,
    unlike_columns,
    unlike_types,
)
from stageprint.engines.spark.schema_union import FileSchema, unite
from stageprint.errors import SourceError
from stageprint.pipeline.source_notes import differing_columns, other_order, widened_columns

MAX_HEADERS: Final = 50
"""Different headers of one table's CSV files; each is read as a table of its own."""

_MARK: Final = "stageprint malformed"
"""Column in which Spark's reader keeps the text of a row that it cannot parse; it never leaves the JVM."""

_LISTING: Final = frozenset({"pathglobfilter", "recursivefilelookup", "modifiedbefore", "modifiedafter"})


def open_csv(folder: Folder) -> OpenFiles:
    """Open CSV files, those of different headers by name.

    Raises:
        SourceError: A file's header has no column of the others, or there are too many headers.
    """
    has_header = folder.options.get("header", "").lower() == "true"
    alike = _by_header(folder)
    if alike is None or len(alike) < 2:
        frame = _reader(folder).load(folder.path)
        return OpenFiles(frame, tuple(folder.empty_notes()), marked=_marked(frame, folder))
    if len(alike) > MAX_HEADERS:
        message = f"its files have {len(alike):,} different headers; at most {MAX_HEADERS} are read as one table"
        raise SourceError(message)
    if has_header:
        _check_related(alike, folder)
    opened = [(_reader(folder, basePath=folder.path).load(files), files) for files in alike.values()]
    partition = _partition_columns(folder)
    union = unite(
        [FileSchema(_without(frame.schema, partition), tuple(files)) for frame, files in opened],
        folder.names,
        case_sensitive=folder.spark.conf.get("spark.sql.caseSensitive") == "true",
        text=True,
    )
    types = {field.name.casefold(): field.dataType for field in union.schema.fields}
    schemas = [
        T.StructType([T.StructField(f.name, types.get(f.name.casefold(), f.dataType)) for f in frame.schema.fields])
        for frame, _ in opened
    ]
    parts = [
        _reader(folder, basePath=folder.path).schema(schema).load(files)
        for schema, (_, files) in zip(schemas, opened, strict=True)
    ]
    marked = [_marked(part, folder, files) for part, (_, files) in zip(parts, opened, strict=True)]
    names = [*union.schema.names, *(name for name in parts[0].columns if name.casefold() in partition)]
    frame = _united(parts).select([F.col(_quoted(name)) for name in names])
    notes = union.notes(folder.names) or other_order(_folded(alike), folder.names)
    frames = [one.frame for one in marked if one is not None]
    whole = None
    if len(frames) == len(marked):
        whole = Marked(_united(frames).select([F.col(_quoted(name)) for name in (*names, _MARK)]), _drops(folder))
    return OpenFiles(frame, (*notes, *folder.empty_notes()), marked=whole)


def open_json(folder: Folder) -> OpenFiles:
    """Open JSON files, whose columns Spark finds in all records.

    Raises:
        SourceError: No record is a JSON object.
    """
    frame = folder.reader().load(folder.path)
    kept = folder.options.get("columnnameofcorruptrecord") or folder.spark.conf.get(
        "spark.sql.columnNameOfCorruptRecord"
    )
    if kept in frame.columns:
        # Spark adds it where some row is malformed. It holds rows, not values of a column.
        frame = frame.drop(str(kept))
        if not frame.columns:
            message = "no row is a JSON object; expected one a line, or the option multiLine: true"
            raise SourceError(message)
    notes = (*_json_notes(folder, frame), *folder.empty_notes())
    return OpenFiles(frame, notes, marked=_marked(frame, folder))


def _marked(frame: DataFrame, folder: Folder, files: Sequence[str] | None = None) -> Marked | None:
    """Return the rows of `frame` with malformed ones marked; None where the reader fails at such a row."""
    if folder.options.get("mode", "").upper() == "FAILFAST" or not frame.columns:
        return None
    schema = T.StructType([*frame.schema.fields, T.StructField(_MARK, T.StringType())])
    place = {} if files is None else {"basePath": folder.path}
    # Of a row that is read in part, Spark would not see that it has too many fields.
    options = {"columnNameOfCorruptRecord": _MARK, "mode": "PERMISSIVE", "columnPruning": "false", **place}
    reader = folder.reader(**options).schema(schema)
    loaded = reader.load(folder.path if files is None else list(files))
    named = [F.col(_quoted(name)) for name in frame.columns]
    return Marked(loaded.select(*named, F.col(_quoted(_MARK)).isNotNull().alias(_MARK)), _drops(folder))


def _reader(folder: Folder, **more: str) -> DataFrameReader:
    """Return a reader of CSV that drops the same rows whichever columns are read, where it drops malformed ones."""
    return folder.reader(**more, **({"columnPruning": "false"} if _drops(folder) else {}))


def _drops(folder: Folder) -> bool:
    return folder.options.get("mode", "").upper() == "DROPMALFORMED"


def _by_header(folder: Folder) -> dict[tuple[str, ...], list[str]] | None:
    """Return the files by the header they have, or by their number of columns; None: the files cannot be compared."""
    files = sorted(file for file in folder.known.paths if file not in folder.known.empty)
    if len(files) < 2 or _LISTING & set(folder.options) or "schema" in folder.options:
        return None
    if any(character in "".join(files) + folder.path for character in "*?[]{}\\"):
        return None
    encoding = folder.options.get("encoding", folder.options.get("charset", "utf-8"))
    heads = read_heads(folder.spark, files, encoding)
    if heads is None:
        return None
    has_header = folder.options.get("header", "").lower() == "true"
    alike: dict[tuple[str, ...], list[str]] = {}
    for file, head in heads.items():
        record = first_record(head, folder.options)
        if record is None:
            if head.strip():
                return None
            continue
        key = record if has_header else (str(len(record)),)
        alike.setdefault(key, []).append(file)
    return alike


def _check_related(alike: Mapping[tuple[str, ...], Sequence[str]], folder: Folder) -> None:
    """Raise `SourceError` where a header shares no name with that of most files: it may be a row of values."""
    usual = max(alike, key=lambda header: len(alike[header]))
    known = {name.casefold() for name in usual}
    for header, files in alike.items():
        if known.isdisjoint(name.casefold() for name in header):
            message = (
                f"its files cannot be read as one table: the first row of {folder.names.some(files)} names none of the "
                f"columns of {folder.names.some(alike[usual])}; give each file a header, or configure the files as two "
                "tables"
            )
            raise SourceError(message)


def _folded(alike: Mapping[tuple[str, ...], Sequence[str]]) -> dict[tuple[str, ...], list[str]]:
    """Return the files by their columns in lower case."""
    found: dict[tuple[str, ...], list[str]] = {}
    for header, files in alike.items():
        found.setdefault(tuple(name.casefold() for name in header), []).extend(files)
    return found


def _partition_columns(folder: Folder) -> set[str]:
    parts = (found.rsplit("/", 1)[-1].partition("=") for found in folder.known.folders)
    return {name.casefold() for name, equals, _ in parts if equals}


def _without(schema: T.StructType, partition: set[str]) -> T.StructType:
    return T.StructType([field for field in schema.fields if field.name.casefold() not in partition])


def _united(frames: Sequence[DataFrame]) -> DataFrame:
    return reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), frames)


def _quoted(name: str) -> str:
    escaped = name.replace("`", "``")
    return f"`{escaped}`"


def _json_notes(folder: Folder, frame: DataFrame) -> list[str]:
    files = sorted(file for file in folder.known.paths if file not in folder.known.empty)
    if len(files) < 2 or _LISTING & set(folder.options):
        return []
    heads = read_heads(folder.spark, files, folder.options.get("encoding", folder.options.get("charset", "utf-8")))
    if heads is None:
        return []
    is_whole = folder.options.get("multiline", "").lower() == "true"
    records = {
        file: json_columns(head, is_whole=is_whole)
        for file, head in heads.items()
        if not is_whole or len(head) < MAX_BYTES
    }
    read = {file for file, found in records.items() if found}
    types = {field.name: field.dataType.simpleString() for field in frame.schema.fields}
    unlike = {name: kinds for name, kinds in unlike_types(records).items() if name in types}
    return [
        *differing_columns(unlike_columns(records), read, folder.names),
        *widened_columns(unlike, types, folder.names),
    ]
