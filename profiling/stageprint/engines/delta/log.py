"""What this process sees of a Delta table's log, by delta-rs: files, the rows of them that are deleted, names.

The local engine reads tables so, and Spark's driver where the session shows no log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable

from stageprint.engines.delta.mapping import ColumnMapping, column_mapping
from stageprint.engines.delta.vectors import DeletionVector, of_positions
from stageprint.engines.storage.model import HERE, root_of

_DELETES: Final = "deletionVectors"
_PARTITION: Final = "partition."


@dataclass(frozen=True)
class LoggedFile:
    """A data file of a version of a table.

    Attributes:
        path: Its path, without percent-encoding.
        bytes: Its size.
        partition: The values of the partition columns, in their order.
        deleted: Which rows are deleted; None: none.
        rows: Number of its rows without the deleted ones; None: the log does not say.
    """

    path: str
    bytes: int
    partition: tuple[Any, ...]
    deleted: DeletionVector | None
    rows: int | None


@dataclass(frozen=True)
class LoggedTable:
    """A version of a table.

    Attributes:
        version: Its number.
        files: Its data files.
        partition: Names of the partition columns.
        mapping: The names of columns in the files.
        properties: The table's properties.
        schema: The table's schema in JSON.
        id: What identifies the table wherever it is.
    """

    version: int
    files: tuple[LoggedFile, ...]
    partition: tuple[str, ...]
    mapping: ColumnMapping
    properties: Mapping[str, str]
    schema: str
    id: str


def read_log(table: DeltaTable, path: str) -> LoggedTable:
    """Return the version of a table that is loaded.

    Vectors of deleted rows are read here, since delta-rs shows their contents and not where they are.

    Args:
        table: The table.
        path: Its path as files are to be named.

    Raises:
        DeltaError: The log or a vector cannot be read; delta-rs raises other exceptions too.
    """
    metadata = table.metadata()
    properties, schema = dict(metadata.configuration), table.schema().to_json()
    mapping = column_mapping(properties, schema)
    actions = pa.table(table.get_add_actions(flatten=True))
    deleted = _vectors(table) if _DELETES in set(table.protocol().reader_features or ()) else {}
    partition = tuple(metadata.partition_columns)
    values = [_values(actions, name, mapping) for name in partition]
    has_counts = "num_records" in actions.column_names
    counts: list[int | None] = actions["num_records"].to_pylist() if has_counts else [None] * actions.num_rows
    root = path.rstrip("/")
    files = []
    for at, (name, size) in enumerate(zip(actions["path"].to_pylist(), actions["size_bytes"].to_pylist(), strict=True)):
        own = name if "://" in name else f"{root}/{unquote(name)}"
        vector = deleted.get(_inside(own, root))
        count = counts[at]
        rows = None if count is None else count - (vector.count if vector else 0)
        files.append(LoggedFile(own, size, tuple(column[at] for column in values), vector, rows))
    return LoggedTable(table.version(), tuple(files), partition, mapping, properties, schema, str(metadata.id))


def _values(actions: pa.Table, name: str, mapping: ColumnMapping) -> list[Any]:
    for own in (name, mapping.name(name)):
        if f"{_PARTITION}{own}" in actions.column_names:
            found: list[Any] = actions[f"{_PARTITION}{own}"].to_pylist()
            return found
    return [None] * actions.num_rows


def _vectors(table: DeltaTable) -> dict[str, DeletionVector]:
    """Return the vectors of those files that have one, by the path of the file below the table."""
    found = {}
    root = unquote(urlsplit(table.table_uri).path).rstrip("/")
    for batch in table.deletion_vectors():
        rows = pa.record_batch(batch)
        for at, file in enumerate(rows.column("filepath").to_pylist()):
            kept = rows.column("selection_vector")[at].values.to_numpy(zero_copy_only=False)
            found[_inside(unquote(urlsplit(file).path), root)] = of_positions(np.flatnonzero(~kept))
    return found


def _inside(path: str, root: str) -> str:
    """Return a path below a root; another one without scheme and authority."""
    if path.startswith(f"{root}/"):
        return path[len(root) + 1 :]
    return path if root_of(path) == HERE else "/" + path.split("://", 1)[1].partition("/")[2]
