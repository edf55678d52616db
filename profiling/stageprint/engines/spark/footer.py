"""Reads the footers of Parquet files on the driver: their schemas, and how many rows they say they have.

Spark infers the schema of a folder from one footer, inside a job that takes longer than profiling a small table, and
does not see what columns other files have. Here the driver reads all footers, and Spark's own code converts those that
differ to schemas.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JError
from pyspark.sql import SparkSession
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.spark.jvm import hadoop_configuration, is_classic, java_class, java_session, jvm_of
from stageprint.engines.spark.schema_union import FileSchema
from stageprint.engines.storage.model import local_path

MAX_FILES: Final = 1000
"""Footers that the driver reads; with more files, a job of Spark's reads them in parallel."""

_FILES_AT_ONCE: Final = 8
_SPARK_SCHEMA_KEY: Final = "org.apache.spark.sql.parquet.row.metadata"
_CHAR: Final = "__CHAR_VARCHAR_TYPE_STRING"


@dataclass(frozen=True)
class Footers:
    """What the footers of a source's files say.

    Attributes:
        schemas: The different schemas, each with its files; that of the first file by path comes first. Empty: Spark
            has rules of its own for one of them, such as one with the same name twice.
        rows: Number of rows in all files.
        skipped: Paths of damaged files, where Spark was told to skip such.
    """

    schemas: tuple[FileSchema, ...]
    rows: int
    skipped: tuple[str, ...] = ()


def read_footers(spark: SparkSession, files: Sequence[str], *, skip_damaged: bool = False) -> Footers | None:
    """Return what the footers of Parquet files say.

    Args:
        spark: The session.
        files: Their paths with scheme; at most `MAX_FILES`.
        skip_damaged: Whether damaged files are left out, as Spark does with ``ignoreCorruptFiles``.

    Returns:
        The footers; None: one of them cannot be read, or there are too many, or the session has no JVM.
    """
    if not is_classic(spark) or not 0 < len(files) <= MAX_FILES:
        return None
    ordered = sorted(files)
    with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
        found = list(pool.map(lambda file: _footer(spark, file), ordered))
    read = {file: footer for file, footer in zip(ordered, found, strict=True) if footer is not None}
    if not read or (len(read) < len(ordered) and not skip_damaged):
        return None  # damaged, or not Parquet: the message of the scan is the best one
    alike: dict[str, list[str]] = {}
    for file, (key, _) in read.items():
        alike.setdefault(key, []).append(file)
    rows = sum(count for _, count in read.values())
    skipped = tuple(file for file in ordered if file not in read)
    try:
        schemas = [FileSchema(_schema(spark, same[0]), tuple(same)) for same in alike.values()]
    except (Py4JError, TypeError, ValueError, KeyError):
        return None
    for one in schemas:
        folded = [name.lower() for name in one.schema.names]
        if len(set(folded)) < len(folded) or _CHAR in one.schema.json():
            return Footers((), rows, skipped)
    return Footers(tuple(schemas), rows, skipped)


def _footer(spark: SparkSession, file: str) -> tuple[str, int] | None:
    """Return a text that is the same for files of the same schema, and the number of rows; None: not readable."""
    local = local_path(file)
    try:
        if local is None:
            return _java_footer(spark, file)
        metadata = pq.read_metadata(local)
        spark_schema = (metadata.metadata or {}).get(_SPARK_SCHEMA_KEY.encode(), b"")
        return f"{metadata.schema}{spark_schema.decode(errors='replace')}".split("\n", 1)[1], metadata.num_rows
    except (OSError, pa.ArrowException, Py4JError, TypeError):
        return None


def _java_footer(spark: SparkSession, file: str) -> tuple[str, int]:
    footer = _read(spark, file, "NO_FILTER")
    facts = footer.getFileMetaData()
    blocks = footer.getBlocks()
    rows = sum(int(blocks.get(place).getRowCount()) for place in range(blocks.size()))
    return f"{facts.getSchema().toString()}{facts.getKeyValueMetaData().get(_SPARK_SCHEMA_KEY)}", rows


def _read(spark: SparkSession, file: str, how: str) -> Any:
    jvm = jvm_of(spark)
    path = java_class(jvm, "org.apache.hadoop.fs.Path")(file)
    configuration = hadoop_configuration(spark)
    which = java_class(jvm, f"org.apache.parquet.format.converter.ParquetMetadataConverter.{how}")
    return java_class(jvm, "org.apache.parquet.hadoop.ParquetFileReader").readFooter(configuration, path, which)


def _schema(spark: SparkSession, file: str) -> T.StructType:
    """Return a file's schema as Spark infers it."""
    jvm = jvm_of(spark)
    path = java_class(jvm, "org.apache.hadoop.fs.Path")(file)
    footer = java_class(jvm, "org.apache.parquet.hadoop.Footer")(path, _read(spark, file, "SKIP_ROW_GROUPS"))
    parquet = "org.apache.spark.sql.execution.datasources.parquet"
    reader = java_class(jvm, f"{parquet}.ParquetFileFormat$.MODULE$")
    found = reader.readSchema(java_class(jvm, "PythonUtils").toSeq([footer]), java_session(spark))
    return T.StructType.fromJson(json.loads(found.get().json()))
