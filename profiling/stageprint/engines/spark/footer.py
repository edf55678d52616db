"""Infers the schema of a folder of Parquet files as Spark does, but without a Spark job.

Spark reads one footer inside a job, and the job takes longer than profiling a small table. Here the driver reads the
same footer, and Spark's own code converts it to a schema.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.spark.files import PathFacts, java_class

_MAX_FILES: Final = 1000
"""With more files, the job for the schema is a small part of the cost of opening the table."""
_GLOB: Final = re.compile(r"[*?\[\]{}\\]")
_PLAIN_FOLDER: Final = re.compile(r"[^=%/]+=[^=%/]*")
_SUMMARIES: Final = ("_metadata", "_common_metadata")
_CHAR: Final = "__CHAR_VARCHAR_TYPE_STRING"


def footer_schema(spark: SparkSession, path: str, known: PathFacts) -> T.StructType | None:
    """Return the schema that Spark would infer from the files, without partition columns.

    Args:
        spark: The session.
        path: A folder of Parquet files, or one file, that is read without options.
        known: The files and folders there.

    Returns:
        The schema to give to Spark's reader, which then adds partition columns itself; None: Spark has to infer it.
    """
    first = _first_file(spark, path, known)
    if first is None:
        return None
    try:
        schema = _read(spark, first)
    except (Py4JError, TypeError, ValueError, KeyError):
        return None  # damaged, or not Parquet: Spark's own message is the best one
    partition = {name.lower() for folder in known.folders for name in [folder.rsplit("/", 1)[-1].partition("=")[0]]}
    names = [field.name.lower() for field in schema.fields]
    # Spark has rules or errors of its own for columns that are in path and file, and for repeated names.
    if partition.intersection(names) or len(set(names)) < len(names) or _CHAR in schema.json():
        return None
    return schema


def _first_file(spark: SparkSession, path: str, known: PathFacts) -> str | None:
    """Return the file whose footer Spark would read, or None if that is not certain."""
    if getattr(spark, "_jvm", None) is None or _GLOB.search(path) or not 0 < len(known.paths) <= _MAX_FILES:
        return None
    if "true" in {
        (spark.conf.get(name) or "").lower()
        for name in ("spark.sql.parquet.mergeSchema", "spark.sql.files.ignoreCorruptFiles")
    }:
        return None
    hidden = (name.startswith(_SUMMARIES) or (name.startswith("_") and "=" in name) for name in known.hidden)
    # Spark sorts paths as Java does (the same for ASCII only) and skips files that are still being copied.
    if any(hidden) or not all(file.isascii() and not file.endswith("._COPYING_") for file in known.paths):
        return None
    if not known.folders:
        return min(known.paths)
    if not all(_PLAIN_FOLDER.fullmatch(folder.rsplit("/", 1)[-1]) for folder in known.folders):
        return None
    # In a partitioned table all files are at the same depth.
    within = {file.rsplit("/", 1)[0].count("/") for file in known.paths}
    return min(known.paths) if within == {max(folder.count("/") for folder in known.folders)} else None


def _read(spark: SparkSession, file: str) -> T.StructType:
    jvm: Any = getattr(spark, "_jvm")  # noqa: B009 -- not public
    java_session: Any = getattr(spark, "_jsparkSession")  # noqa: B009 -- not public
    path = java_class(jvm, "org.apache.hadoop.fs.Path")(file)
    configuration = java_session.sessionState().newHadoopConf()
    skip = java_class(jvm, "org.apache.parquet.format.converter.ParquetMetadataConverter.SKIP_ROW_GROUPS")
    metadata = java_class(jvm, "org.apache.parquet.hadoop.ParquetFileReader").readFooter(configuration, path, skip)
    footer = java_class(jvm, "org.apache.parquet.hadoop.Footer")(path, metadata)
    parquet = "org.apache.spark.sql.execution.datasources.parquet"
    reader = java_class(jvm, f"{parquet}.ParquetFileFormat$.MODULE$")
    found = reader.readSchema(java_class(jvm, "PythonUtils").toSeq([footer]), java_session)
    return T.StructType.fromJson(json.loads(found.get().json()))
