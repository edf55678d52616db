"""The history of a Delta table: by delta-rs where the table is on the driver's disk, else by ``DESCRIBE HISTORY``."""

from __future__ import annotations

from typing import Any, Final

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from stageprint.engines.local.delta_history import delta_history
from stageprint.engines.spark import files
from stageprint.engines.spark.compat import has_delta
from stageprint.engines.spark.jvm import is_classic
from stageprint.pipeline.source_history import MAX_COMMITS, commit_rows

_ON_DISK: Final = "file:"


def history_of_path(spark: SparkSession, path: str, version: int) -> list[dict[str, Any]] | None:
    """Return the commits up to a version of the table at a path, as stored; None: they cannot be known.

    Without a Spark job for a table on the driver's disk.
    """
    # The server of Spark Connect may be another machine, where the same path is another table.
    if is_classic(spark) and files.qualified(spark, path).startswith(_ON_DISK):
        return delta_history(path, version)
    if not has_delta(spark):
        return None
    try:
        return describe_history(spark, files.delta_identifier(spark, path), version)
    except (PySparkException, Py4JError):
        return None


def describe_history(spark: SparkSession, identifier: str, version: int | None) -> list[dict[str, Any]]:
    """Return those of the latest commits of a table that are not after a version, as stored, the latest first.

    Args:
        spark: The session.
        identifier: The table as SQL names it.
        version: The version; None: the latest.

    Raises:
        PySparkException: It is no Delta table, or its history may not be read.
    """
    history = spark.sql(f"DESCRIBE HISTORY {identifier} LIMIT {MAX_COMMITS}")
    # As a number: a timestamp would come in the time zone of the driver.
    rows = history.withColumn("timestamp", history["timestamp"].cast("double") * 1000).collect()
    entries = [row.asDict(recursive=True) for row in rows]
    latest = max((int(entry["version"]) for entry in entries), default=-1)
    return commit_rows(entries, latest if version is None else version)
