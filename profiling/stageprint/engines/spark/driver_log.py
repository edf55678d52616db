"""The driver's own view of a Delta table's log, by delta-rs: for a Spark that does not show the log.

Spark Connect lists no files, Delta 3.3 brings no Delta Kernel, and for the newest Spark there is no Delta at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.local.files import system_of
from stageprint.engines.spark.delta_log import DeltaFile, DeltaSnapshot
from stageprint.errors import SourceError

_DELETES: Final = "deletionVectors"
_PARTITION: Final = "partition."
_GLOB: Final = re.compile(r"[*?\[\]{}\\]")


def read_on_driver(path: str, version: int | None = None) -> DeltaSnapshot | None:
    """Return a version of the table at `path`, or the latest; None where delta-rs cannot open it from this process.

    Where the table's protocol allows deletion vectors, every file counts as one that has one: delta-rs does not tell.

    Args:
        path: The table.
        version: The version; None: the latest.
    """
    try:
        _, bare, before = system_of(path)
        table = DeltaTable(path, version=version)
        actions = pa.table(table.get_add_actions(flatten=True))
        metadata, features = table.metadata(), set(table.protocol().reader_features or ())
    except Exception:  # noqa: BLE001 -- delta-rs raises exceptions of no common class; the way through Spark is left
        return None
    root = f"{before or 'file:'}{bare.rstrip('/')}"
    deletes = _DELETES in features
    partition = tuple(metadata.partition_columns)
    values = {name: actions[f"{_PARTITION}{name}"].to_pylist() for name in partition}
    rows: Sequence[int | None] = [None] * actions.num_rows
    if "num_records" in actions.column_names and not deletes:
        rows = actions["num_records"].to_pylist()
    found = [
        DeltaFile(
            name if "://" in name else f"{root}/{unquote(name)}",
            size,
            {one: _as_text(values[one][at]) for one in partition},
            deletes,
            rows[at],
        )
        for at, (name, size) in enumerate(
            zip(actions["path"].to_pylist(), actions["size_bytes"].to_pylist(), strict=True)
        )
    ]
    return DeltaSnapshot(table.version(), tuple(found), dict(metadata.configuration), str(metadata.id), partition)


def frame_of_files(spark: SparkSession, path: str, snapshot: DeltaSnapshot) -> DataFrame:
    """Return the rows of a Delta table's files, for a Spark without Delta.

    Args:
        spark: The session.
        path: The table.
        snapshot: Its files, as `read_on_driver` sees them.

    Raises:
        SourceError: The files alone do not say what the rows are.
    """
    if snapshot.properties.get("delta.columnMapping.mode", "none") != "none":
        message = "this table maps its columns to other names"
        raise SourceError(message)
    if any(file.deletes for file in snapshot.files):
        message = "rows of this table may be marked as deleted"
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
