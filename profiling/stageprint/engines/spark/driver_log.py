"""The driver's own view of a Delta table's log, by delta-rs: for a Spark that does not show the log.

Spark Connect lists no files, Delta 3.3 brings no Delta Kernel, and for the newest Spark there is no Delta at all.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.delta.log import read_log
from stageprint.engines.local.files import system_of
from stageprint.engines.spark.delta_log import DeltaFile, DeltaSnapshot
from stageprint.errors import SourceError

_GLOB: Final = re.compile(r"[*?\[\]{}\\]")


def read_on_driver(path: str, version: int | None = None) -> DeltaSnapshot | None:
    """Return a version of the table at `path`, or the latest; None where delta-rs cannot open it from this process.

    Args:
        path: The table.
        version: The version; None: the latest.
    """
    try:
        _, bare, before = system_of(path)
        table = DeltaTable(path, version=version)
        found = read_log(table, f"{before or 'file:'}{bare}")
    except Exception:  # noqa: BLE001 -- delta-rs raises exceptions of no common class; the way through Spark is left
        return None
    files = tuple(
        DeltaFile(
            file.path,
            file.bytes,
            {
                found.mapping.name(name): _as_text(value)
                for name, value in zip(found.partition, file.partition, strict=True)
            },
            file.deleted,
            file.rows,
        )
        for file in found.files
    )
    return DeltaSnapshot(found.version, files, found.properties, found.id, found.partition, found.mapping)


def frame_of_files(spark: SparkSession, path: str, snapshot: DeltaSnapshot) -> DataFrame:
    """Return the rows of a Delta table's files, for a Spark without Delta.

    Args:
        spark: The session.
        path: The table.
        snapshot: Its files, as `read_on_driver` sees them.

    Raises:
        SourceError: The files alone do not say what the rows are.
    """
    if snapshot.mapping.fields:
        message = "this table maps its columns to other names"
        raise SourceError(message)
    if any(file.deleted is not None for file in snapshot.files):
        message = "rows of this table are marked as deleted"
        raise SourceError(message)
    if any(_GLOB.search(file.path) for file in snapshot.files):
        message = "Spark takes characters in the paths of its files for a pattern"
        raise SourceError(message)
    schema = T.StructType.fromJson(json.loads(DeltaTable(path, version=snapshot.version).schema().to_json()))
    if not snapshot.files:
        return spark.createDataFrame([], schema)
    # Values of partition columns are read from the folders, in the types that the table gives them.
    reader = spark.read.schema(schema).option("basePath", path)
    return reader.parquet(*[file.path for file in snapshot.files]).select(*[f"`{name}`" for name in schema.names])


def _as_text(value: Any) -> str | None:
    """Return a partition value as a Delta log has it."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
