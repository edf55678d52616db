"""The schema of a folder of Parquet files as Spark infers it, without the Spark job that Spark starts for it.

Spark reads one footer inside a job, and a job costs more than the whole profile of a small table. The same footer is
read here on the driver, and made a schema by Spark's own code.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.spark.files import PathFacts, java_class

_MOST_FILES: Final = 1000
"""Where there are more, a job for the schema is not what opening the table costs."""
_GLOB: Final = re.compile(r"[*?\[\]{}\\]")
_PLAIN_FOLDER: Final = re.compile(r"[^=%/]+=[^=%/]*")
_SUMMARIES: Final = ("_metadata", "_common_metadata")
_CHAR: Final = "__CHAR_VARCHAR_TYPE_STRING"


def footer_schema(spark: SparkSession, path: str, known: PathFacts) -> T.StructType | None:
    """Return the columns that Spark would find inside the files, those of the path not among them.

    Args:
        spark: The session.
        path: A folder of Parquet files, or one file; read without options.
        known: What lies there.

    Returns:
        The schema to read the files with, so that Spark looks for partition columns only; None: Spark is to infer it.
    """
    first = _first_file(spark, path, known)
    if first is None:
        return None
    try:
        schema = _read(spark, first)
    except (Py4JError, TypeError, ValueError, KeyError):
        return None  # damaged, or not Parquet: Spark's own message says it best
    partition = {name.lower() for folder in known.folders for name in [folder.rsplit("/", 1)[-1].partition("=")[0]]}
    names = [field.name.lower() for field in schema.fields]
    # A column that the path repeats, or a name that comes twice: Spark has rules for them, or an error.
    if partition.intersection(names) or len(set(names)) < len(names) or _CHAR in schema.json():
        return None
    return schema


def _first_file(spark: SparkSession, path: str, known: PathFacts) -> str | None:
    """Return the file whose footer Spark would read; None where that is in doubt."""
    if getattr(spark, "_jvm", None) is None or _GLOB.search(path) or not 0 < len(known.paths) <= _MOST_FILES:
        return None
    if "true" in {
        (spark.conf.get(name) or "").lower()
        for name in ("spark.sql.parquet.mergeSchema", "spark.sql.files.ignoreCorruptFiles")
    }:
        return None
    hidden = (name.startswith(_SUMMARIES) or (name.startswith("_") and "=" in name) for name in known.hidden)
    # Spark sorts as Java does, and leaves out files that are still being copied.
    if any(hidden) or not all(file.isascii() and not file.endswith("._COPYING_") for file in known.paths):
        return None
    if not known.folders:
        return min(known.paths)
    if not all(_PLAIN_FOLDER.fullmatch(folder.rsplit("/", 1)[-1]) for folder in known.folders):
        return None
    # All files at the same depth, or it is no partitioned table.
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
