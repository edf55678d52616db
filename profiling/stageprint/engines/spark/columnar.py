"""Opens Parquet and ORC files: the columns of all of them, and what is to be told of how they differ."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final
from urllib.parse import unquote

import pyarrow as pa
from py4j.protocol import Py4JJavaError
from pyarrow import orc
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from stageprint.engines.spark.errors import spark_reason
from stageprint.engines.spark.files import PathFacts
from stageprint.engines.spark.folder import Folder, OpenFiles
from stageprint.engines.spark.footer import MAX_FILES, Footers, read_footers
from stageprint.engines.spark.schema_union import SchemaUnion, unite
from stageprint.engines.spark.versions import READS_ORC_ZONES_SINCE
from stageprint.engines.storage.model import local_path
from stageprint.errors import SourceError
from stageprint.pipeline.source_notes import CountedRows, differing_columns, skipped_files

_GLOB: Final = re.compile(r"[*?\[\]{}\\]")
_PLAIN_FOLDER: Final = re.compile(r"[^=%/]+=[^=%/]*")
_SUMMARIES: Final = ("_metadata", "_common_metadata")
_MERGE: Final = "mergeschema"
_SKIP: Final = "ignorecorruptfiles"
_FAILURES: Final = (PySparkException, Py4JJavaError)
"""What a read raises: pyspark has no error of its own for what fails in the job that unites the files' schemas."""


def open_parquet(folder: Folder) -> OpenFiles:
    """Open Parquet files with the columns of all of them; with the option ``mergeSchema: false``, those of the first.

    Raises:
        SourceError: A column's types in different files have no common one, or all files have 0 bytes.
    """
    folder.require_bytes()
    spark = folder.spark
    merges = folder.options.get(_MERGE, "").lower()
    files, partition = _files(folder)
    readable = [file for file in files if file not in folder.known.empty]
    skips = _is_on(spark, "spark.sql.files.ignoreCorruptFiles") or folder.options.get(_SKIP, "").lower() == "true"
    footers = read_footers(spark, readable, skip_damaged=skips)
    if footers is None:
        if merges != "false" and (len(readable) > MAX_FILES or folder.known.bytes is None):
            return OpenFiles(_merged(folder), tuple(folder.empty_notes()))
        # A damaged file is named by the scan's own error.
        return OpenFiles(folder.reader().load(folder.path), tuple(folder.empty_notes()))
    counted = CountedRows(footers.rows, "the footers of its files")
    apart = [*folder.empty_notes(), *skipped_files(footers.skipped, folder.names)]
    if not footers.schemas:
        frame = folder.reader().load(folder.path) if merges == "false" else _merged(folder)
        return OpenFiles(frame, tuple(apart), counted)
    widens = int(spark.version.split(".", 1)[0]) >= 4
    case_sensitive = _is_on(spark, "spark.sql.caseSensitive")
    if merges == "false":
        union = _union_of_names(footers, case_sensitive=case_sensitive)
        read = footers.schemas[0].schema
        notes = union.notes(folder.names, read)
    else:
        union = unite(footers.schemas, folder.names, case_sensitive=case_sensitive, widens=widens)
        read = union.schema
        notes = union.notes(folder.names)
    if partition & {name.lower() for name in read.names}:
        # Spark has rules and errors of its own for columns that are in path and file.
        different = len(footers.schemas) > 1 and merges != "false"
        frame = _merged(folder) if different else folder.reader().load(folder.path)
    else:
        frame = folder.reader().schema(read).load(folder.path)
    return OpenFiles(frame, (*notes, *apart), counted)


def open_orc(folder: Folder) -> OpenFiles:
    """Open ORC files with the columns of all of them; with the option ``mergeSchema: false``, those that Spark infers.

    Raises:
        SourceError: All files have 0 bytes.
    """
    folder.require_bytes()
    merges = folder.options.get(_MERGE, "").lower() != "false"
    try:
        frame = _merged(folder) if merges else folder.reader().load(folder.path)
    except _FAILURES as error:
        if not _ORC_WITH_ZONE.search(str(spark_reason(error))):
            raise
        message = (
            f"Spark {folder.spark.version} does not read ORC files with times in a time zone, as Arrow writes them; "
            f"read them with engine local, or with Spark {READS_ORC_ZONES_SINCE}"
        )
        raise SourceError(message) from error
    readable = [file for file in folder.known.paths if file not in folder.known.empty]
    columns = _orc_columns(readable)
    if columns is None:
        return OpenFiles(frame, tuple(folder.empty_notes()))
    have = {name.casefold() for name in frame.columns}
    left_out = [name for name in columns if name.casefold() not in have]
    notes = differing_columns(columns, readable, folder.names, left_out)
    return OpenFiles(frame, (*notes, *folder.empty_notes()))


def _merged(folder: Folder) -> DataFrame:
    """Return the files with the columns of all, as Spark finds them in a job.

    Raises:
        SourceError: Spark cannot unite their schemas.
    """
    try:
        return folder.reader(mergeSchema="true").load(folder.path)
    except _FAILURES as error:
        if "CANNOT_MERGE_SCHEMA" not in str(error):
            raise
        message = f"its files cannot be read as one table: {spark_reason(error)}; write the files with one schema"
        raise SourceError(message) from error


def _union_of_names(footers: Footers, *, case_sensitive: bool) -> SchemaUnion:
    """Return the columns of all files, whatever their types: they are named, not read."""
    files: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for one in footers.schemas:
        for name in one.schema.names:
            key = spelled.setdefault(name if case_sensitive else name.casefold(), name)
            files.setdefault(key, []).extend(one.files)
    return SchemaUnion(footers.schemas[0].schema, {name: tuple(found) for name, found in files.items()}, {})


def _files(folder: Folder) -> tuple[list[str], set[str]]:
    """Return the files that Spark would read, and the names of partition columns in lower case."""
    known = folder.known
    names = {name.lower() for found in known.folders for name in [found.rsplit("/", 1)[-1].partition("=")[0]]}
    others = set(folder.options) - {_MERGE, _SKIP}
    if known.bytes is None or (not others and _is_certain(folder.path, known)):
        return list(known.paths), names
    # Listing files takes no job; the schema is only there so that Spark does not infer one.
    listed = folder.reader().schema(f"`{_NO_COLUMN}` int").load(folder.path)
    files = [unquote(file) for file in listed.inputFiles()]
    data = [file for file in files if not file.rsplit("/", 1)[-1].startswith(_SUMMARIES)]
    return data, {name.lower() for name in listed.columns if name != _NO_COLUMN}


_ORC_WITH_ZONE: Final = re.compile(r"PARSE_SYNTAX_ERROR.*'with'", re.DOTALL)
"""What Spark before 4.2 says of the type ``timestamp with local time zone``."""

_NO_COLUMN: Final = "stageprint lists files"


def _is_certain(path: str, known: PathFacts) -> bool:
    """Tell whether the data files found under a path are surely those that Spark reads."""
    if _GLOB.search(path) or not known.paths:
        return False
    hidden = (name.startswith(_SUMMARIES) or (name.startswith("_") and "=" in name) for name in known.hidden)
    # Spark sorts paths as Java does (the same for ASCII only) and skips files that are still being copied.
    if any(hidden) or not all(file.isascii() and not file.endswith("._COPYING_") for file in known.paths):
        return False
    if not known.folders:
        return True
    if not all(_PLAIN_FOLDER.fullmatch(found.rsplit("/", 1)[-1]) for found in known.folders):
        return False
    # In a partitioned table all files are at the same depth.
    within = {file.rsplit("/", 1)[0].count("/") for file in known.paths}
    return within == {max(found.count("/") for found in known.folders)}


def _is_on(spark: SparkSession, setting: str) -> bool:
    return (spark.conf.get(setting, "false") or "").lower() == "true"


def _orc_columns(files: Sequence[str]) -> dict[str, Collection[str]] | None:
    """Return the files that have each column; None: a file is not local or not readable, or they are too many."""
    found: dict[str, Collection[str]] = {}
    locals_ = [local_path(file) for file in files]
    if len(files) > MAX_FILES:
        return None
    spelled: dict[str, str] = {}
    for file, local in zip(files, locals_, strict=True):
        if local is None:
            return None
        try:
            names = orc.ORCFile(local).schema.names
        except (OSError, pa.ArrowException):
            return None
        for name in names:
            key = spelled.setdefault(name.casefold(), name)
            found[key] = [*found.get(key, ()), file]
    return found
