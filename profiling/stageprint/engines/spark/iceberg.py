"""Iceberg tables: which snapshot is read, and which data files hold its rows.

What is asked of the JVM is in memory once the table is loaded; a Spark job reads the list of files from the table's
metadata.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from py4j.protocol import Py4JError
from pyspark.sql import DataFrame, DataFrameReader, SparkSession

from stageprint.engines.parquet.model import DataFile, NotReadableError
from stageprint.engines.spark.compat import to_arrow
from stageprint.engines.spark.jvm import analyzed_plan, java_class, jvm_of
from stageprint.pipeline.source_notes import CountedRows

VERSION_AS_OF: Final = "versionAsOf"

_TABLE: Final = "org.apache.iceberg.spark.source.SparkTable"
_NEWEST_FORMAT: Final = 2
"""Version 3 has values by default, row lineage and deletion vectors, which only Spark follows."""

_DATA: Final = 0
"""``content`` of a file with rows; others say which rows are deleted."""

_CONSTANTS: Final = (str, bool, int, float, Decimal, dt.date)


@dataclass(frozen=True)
class IcebergSnapshot:
    """A snapshot of an Iceberg table.

    Attributes:
        id: Its id.
        bytes: Size of its files; None: not known.
        files: Number of its data files; None: not known.
        counted: How many rows it says it has; None: rows are deleted, or it does not say.
        is_pinned: Whether the DataFrame says which snapshot it reads.
        has_own_schema: Whether the table's columns are others by now; who names the snapshot gets its columns.
        names_by_id: Field id, at any depth → name.
        partition: Column whose values partitions have as they are → its name in the partition.
        problem: Why only Spark reads it; None: nothing is known.
        list_files: Returns its entries of the metadata table ``files``.
    """

    id: int
    bytes: int | None
    files: int | None
    counted: CountedRows | None
    is_pinned: bool
    has_own_schema: bool
    names_by_id: Mapping[int, str]
    partition: Mapping[str, str]
    problem: str | None
    list_files: Callable[[], DataFrame] = field(repr=False)


def open_iceberg(
    spark: SparkSession, reader: DataFrameReader, load: Callable[[DataFrameReader, str], DataFrame]
) -> tuple[DataFrame, IcebergSnapshot | None]:
    """Return the rows of a table, pinned to its snapshot, and the snapshot; None: it is none of Iceberg, or has none.

    Args:
        spark: The session.
        reader: A reader with the source's options.
        load: Loads the table with a reader, or its metadata table of that name.
    """
    frame = load(reader, "")
    java = _spark_table(frame)
    if java is None:
        return frame, None

    def list_files(snapshot: int) -> DataFrame:
        return load(spark.read.option(VERSION_AS_OF, snapshot), "files")

    found = _snapshot(spark, java, list_files)
    if found is None or found.is_pinned or found.has_own_schema:
        return frame, found
    # So that the profile is of the recorded snapshot although others may commit meanwhile.
    return load(reader.option(VERSION_AS_OF, found.id), ""), found


def data_files(snapshot: IcebergSnapshot) -> tuple[DataFile, ...]:
    """Return the data files of a snapshot, with the values of the identity partitions in their order.

    Raises:
        NotReadableError: Only Spark knows what its rows are.
    """
    if snapshot.problem is not None:
        raise NotReadableError(snapshot.problem)
    frame = snapshot.list_files()
    names = ["content", "file_path", "file_format", "file_size_in_bytes", "spec_id"]
    partition = list(snapshot.partition.values())
    if partition:
        names.append("partition")
    rows = to_arrow(frame.select(*names)).to_pylist()
    if any(row["content"] != _DATA for row in rows):
        raise NotReadableError(_DELETES)
    other = next((row["file_format"] for row in rows if row["file_format"].upper() != "PARQUET"), None)
    if other is not None:
        message = f"the Iceberg table has files of format {other}"
        raise NotReadableError(message)
    if len({row["spec_id"] for row in rows}) > 1:
        message = "the Iceberg table has files of several partition specs"
        raise NotReadableError(message)
    return tuple(
        DataFile(
            row["file_path"],
            int(row["file_size_in_bytes"]),
            tuple(_constant(name, row["partition"][name]) for name in partition),
        )
        for row in rows
    )


_DELETES: Final = "the Iceberg table has delete files"


def _constant(name: str, value: Any) -> Any:
    if value is not None and (not isinstance(value, _CONSTANTS) or isinstance(value, dt.datetime)):
        message = f"values of partition {name!r} are read by Spark only"
        raise NotReadableError(message)
    return value


def _spark_table(frame: DataFrame) -> Any | None:
    """Return the Java object of an Iceberg table; None: the DataFrame is something else, or the session has no JVM."""
    plan = analyzed_plan(frame)
    while plan is not None and plan.getClass().getSimpleName() == "SubqueryAlias":
        plan = plan.child()
    if plan is None or plan.getClass().getSimpleName() != "DataSourceV2Relation":
        return None
    table = plan.table()
    return table if table.getClass().getName() == _TABLE else None


def _snapshot(spark: SparkSession, java: Any, list_files: Callable[[int], DataFrame]) -> IcebergSnapshot | None:
    table = java.table()
    try:
        asked = java.snapshotId()
    except Py4JError:  # not every version says it; then the newest is read
        asked = None
    snapshot = table.currentSnapshot() if asked is None else table.snapshot(asked)
    if snapshot is None:
        return None
    number = int(snapshot.snapshotId())
    own = snapshot.schemaId()
    has_own_schema = own is not None and int(own) != int(table.schema().schemaId())
    convert = java_class(jvm_of(spark), "org.apache.iceberg.spark.SparkSchemaUtil").convert
    parser = java_class(jvm_of(spark), "org.apache.iceberg.SchemaParser")
    # Who asks for an older snapshot gets the columns that the table had then.
    is_of_today = not has_own_schema or convert(table.schema()).equals(java.schema())
    schema = table.schema() if is_of_today else table.schemas().get(own)
    summary = dict(snapshot.summary())
    version = str(dict(java.properties()).get("format-version", ""))
    deletes = _whole(summary, "total-delete-files")
    rows = _whole(summary, "total-records") if deletes == 0 else None
    problem = None if version.isdigit() and int(version) <= _NEWEST_FORMAT else f"Iceberg tables of format {version}"
    return IcebergSnapshot(
        number,
        _whole(summary, "total-files-size"),
        _whole(summary, "total-data-files"),
        None if rows is None else CountedRows(rows, f"the summary of Iceberg snapshot {number}"),
        asked is not None,
        has_own_schema and asked is None,
        dict(_ids(json.loads(str(parser.toJson(schema))))),
        dict(_identities(table.spec(), schema)),
        _DELETES if deletes else None if problem is None else f"{problem} are read by Spark only",
        lambda: list_files(number),
    )


def _whole(summary: Mapping[str, str], name: str) -> int | None:
    text = summary.get(name, "")
    return int(text) if text.isdigit() else None


def _ids(schema: Any) -> Iterator[tuple[int, str]]:
    """Yield id and name of the fields of structs in an Iceberg type, at any depth."""
    if not isinstance(schema, Mapping):
        return
    for entry in schema.get("fields", ()):
        yield int(entry["id"]), str(entry["name"])
        yield from _ids(entry["type"])
    for inner in ("element", "key", "value"):
        yield from _ids(schema.get(inner))


def _identities(spec: Any, schema: Any) -> Iterator[tuple[str, str]]:
    """Yield each column whose values partitions have as they are, with its name in the partition.

    Their values come from the metadata, as Spark takes them: files that another system wrote may lack the column.
    """
    fields = spec.fields()
    for place in range(fields.size()):
        one = fields.get(place)
        name = str(schema.findColumnName(one.sourceId()))
        if one.transform().isIdentity() and "." not in name:
            yield name, str(one.name())
