"""Decides on the driver whether a table can take the fast path, and lists its files or gives the reason."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.config.sources import ReadPath
from stageprint.config.tables import TableConfig
from stageprint.engines.delta.mapping import ColumnMapping
from stageprint.engines.parquet.model import DataFile, NotReadableError, Rules, SourceColumn
from stageprint.engines.spark.compat import arrow_type_of
from stageprint.engines.spark.delta_log import DeltaSnapshot
from stageprint.engines.spark.errors import spark_reason
from stageprint.engines.spark.iceberg import data_files
from stageprint.engines.spark.jvm import analyzed_plan, is_classic, java_class, jvm_of
from stageprint.engines.spark.plan import ScanPlan
from stageprint.engines.spark.reach import places_of
from stageprint.engines.spark.sources import OpenSource, snapshot_at
from stageprint.engines.spark.types import kind_of, spark_children
from stageprint.engines.storage.model import Places
from stageprint.errors import without_data
from stageprint.fingerprint import SlicePlan, TablePlan
from stageprint.model import ColumnKind

_FORMATS: Final = {"ParquetFileFormat": "parquet", "DeltaParquetFileFormat": "delta"}
_HARMLESS_OPTIONS: Final = frozenset(
    {"path", "paths", "mergeschema", "recursivefilelookup", "pathglobfilter", "modifiedbefore", "modifiedafter"}
    | {"basepath", "versionasof", "timestampasof", "serialization.format"}
)
_CURRENT_DEFAULT: Final = "CURRENT_DEFAULT"
_DEFAULTED: Final = ("EXISTS_DEFAULT", _CURRENT_DEFAULT)
_AS_WRITTEN: Final = ("CORRECTED", "EXCEPTION")
"""How a session reads dates of other writers: as they are; or so, unless one is before 1582, which is an error."""

_FIELD_ID: Final = '"parquet.field.id"'
_CHAR: Final = re.compile(r"\bchar\(")
_CHAR_KEY: Final = "__CHAR_VARCHAR_TYPE_STRING"
_SAME_TEXT: Final = frozenset({ColumnKind.STRING, ColumnKind.INTEGER, ColumnKind.BOOLEAN})


@dataclass(frozen=True)
class ArrowSource:
    """A table for the fast path; can be pickled.

    Attributes:
        plan: Which columns are profiled, and how.
        slices: How the table is sliced.
        columns: The file columns that the plan's sources count into, then the label of each slice.
        rules: The session's settings for reading Parquet.
        files: The table's data files.
        places: How those are reached that are not on the local file system.
    """

    plan: TablePlan
    slices: tuple[SlicePlan, ...]
    columns: tuple[SourceColumn, ...]
    rules: Rules
    files: tuple[DataFile, ...]
    places: Places = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Size of the files in bytes."""
        return sum(file.bytes for file in self.files)


def arrow_source(
    spark: SparkSession, opened: OpenSource, table: TableConfig, plan: ScanPlan, engine: ReadPath
) -> ArrowSource | str:
    """Return a table for the fast path, or the reason why it cannot be read there."""
    if engine == "dataframe":
        return "engine: dataframe is configured"
    try:
        return _arrow_source(spark, opened, table, plan)
    except NotReadableError as error:
        return without_data(error) if plan.table.is_sensitive else str(error)
    except (Py4JError, PySparkException) as error:
        why = without_data(error) if plan.table.is_sensitive else spark_reason(error).text
        return f"its files cannot be listed: {why}"


def _arrow_source(spark: SparkSession, opened: OpenSource, table: TableConfig, plan: ScanPlan) -> ArrowSource:
    schema = opened.frame.schema
    types = {field.name: field.dataType for field in schema.fields}
    snapshot: DeltaSnapshot | None = None
    iceberg = opened.iceberg
    if iceberg is not None:
        partition = list(iceberg.partition)
        found = data_files(iceberg)
    elif is_classic(spark):
        relation = _relation(opened)
        partition = [field.name for field in relation.partition]
        snapshot = relation.snapshot(spark, opened)
        found = relation.listed(spark) if snapshot is None else _of_delta(snapshot, partition, types)
    else:
        snapshot = opened.snapshot
        if snapshot is None:
            _refuse("Spark Connect does not list a table's files")
        _check_options(table.source.options)
        partition = list(snapshot.partition or ())
        found = _of_delta(snapshot, partition, types)
    mapping = ColumnMapping() if snapshot is None else snapshot.mapping
    _check_schema(spark, schema, table, plan, mapping, has_log=snapshot is not None or iceberg is not None)
    rules = _rules(spark, mapping)
    if iceberg is not None:
        rules = Rules(rules.case_sensitive, names_by_id=iceberg.names_by_id)
    positions = {column.source: column.position for column in plan.table.columns}
    columns = [_column(schema.fields[positions[source]], partition, mapping) for source in range(plan.table.width)] + [
        _label(schema, one, partition, mapping) for one in plan.slices
    ]
    return ArrowSource(plan.table, plan.slices, tuple(columns), rules, found, places_of(spark, found))


def _refuse(reason: str) -> NoReturn:
    raise NotReadableError(reason)


class _Relation:
    """Spark's own description of a table of files: a `HadoopFsRelation` of the JVM."""

    def __init__(self, java: Any, kind: str) -> None:
        self._java = java
        self.kind = kind

    @property
    def partition(self) -> list[T.StructField]:
        """The partition columns, whose values are in the paths or in the Delta log and not in the files."""
        return T.StructType.fromJson(json.loads(self._java.partitionSchema().json())).fields

    def snapshot(self, spark: SparkSession, opened: OpenSource) -> DeltaSnapshot | None:
        """Return the version of a Delta table that is read, from its log; None: it is no Delta table.

        Raises:
            NotReadableError: The log cannot be read.
        """
        if self.kind == "parquet":
            return None
        snapshot = opened.snapshot
        if snapshot is None and opened.version is not None:
            snapshot = snapshot_at(spark, self._java.location().path().toString(), opened.version)
        if snapshot is None or snapshot.version != opened.version:
            _refuse("neither Delta Kernel nor delta-rs in this process reads this table's log")
        return snapshot

    def listed(self, spark: SparkSession) -> tuple[DataFile, ...]:
        """Return the data files of Parquet folders, from Spark's listing."""
        partition = self.partition
        jvm = jvm_of(spark)
        nothing = java_class(jvm, "scala.collection.immutable.Nil$.MODULE$")
        java_types = [field.dataType() for field in _iterate(self._java.partitionSchema())]
        found = []
        for folder in _iterate(self._java.location().listFiles(nothing, nothing)):
            row = folder.values()
            values = tuple(
                None if row.isNullAt(at) else _internal(row.get(at, java_types[at]), field.dataType)
                for at, field in enumerate(partition)
            )
            found += [
                DataFile(file.getPath().toString(), int(file.getLen()), values) for file in _iterate(folder.files())
            ]
        return tuple(found)


def _of_delta(
    snapshot: DeltaSnapshot, partition: Sequence[str], types: Mapping[str, T.DataType]
) -> tuple[DataFile, ...]:
    """Return the data files of a Delta table.

    Raises:
        NotReadableError: Only Spark knows how to parse a partition value.
    """
    names = {name: snapshot.mapping.name(name) for name in partition}
    return tuple(
        DataFile(
            file.path,
            file.bytes,
            tuple(from_text(_value(file.partition, names[name]), types[name]) for name in partition),
            file.deleted,
        )
        for file in snapshot.files
    )


def _check_options(options: Iterable[str]) -> None:
    """Raise `NotReadableError` for an option of Spark's reader that may change rows."""
    other = sorted({name.lower() for name in options} - _HARMLESS_OPTIONS)
    if other:
        _refuse(f"option {other[0]} may change its rows")


def _relation(opened: OpenSource) -> _Relation:
    plan: Any = analyzed_plan(opened.frame)
    if plan.getClass().getSimpleName() == "SubqueryAlias":
        plan = plan.child()
    if plan.getClass().getSimpleName() != "LogicalRelation":
        _refuse("it is not a table of files" if opened.format != "sql" else "it is a query")
    relation = plan.relation()
    try:
        kind = _FORMATS.get(relation.fileFormat().getClass().getSimpleName())
    except (Py4JError, TypeError):
        kind = None
    if kind is None:
        _refuse(f"{opened.format} files are read by Spark only")
    _check_options(str(key) for key in _iterate(relation.options().keySet()))
    return _Relation(relation, kind)


def _check_schema(
    spark: SparkSession,
    schema: T.StructType,
    table: TableConfig,
    plan: ScanPlan,
    mapping: ColumnMapping,
    *,
    has_log: bool,
) -> None:
    """Raise `NotReadableError` where Spark changes a column's values while it reads them."""
    by_id = spark.conf.get("spark.sql.parquet.fieldId.read.enabled") == "true"
    paths = {column.path: column for column in plan.table.columns}
    for column in plan.table.columns:
        field = schema.fields[column.position]
        if "." in mapping.name(field.name):
            _refuse(f"column {field.name!r} has a dot in its name")
        if by_id and not has_log and _FIELD_ID in field.json():
            _refuse(f"column {field.name!r} is matched by its field id")
        # In Delta tables a default is for writing alone: what was written before the column was is null.
        if any(key in field.metadata for key in _DEFAULTED if key != _CURRENT_DEFAULT or not has_log):
            _refuse(f"column {field.name!r} has a default value")
        if _CHAR.search(str(field.metadata.get(_CHAR_KEY, ""))):
            _refuse(f"column {field.name!r} is padded by Spark: {field.metadata[_CHAR_KEY]}")
        natural = kind_of(field.dataType)
        if not column.steps and column.kind is not natural:
            allowed = natural is ColumnKind.INTEGER and column.kind in {ColumnKind.STRING, ColumnKind.FLOAT}
            if not allowed or isinstance(field.dataType, (T.DayTimeIntervalType, T.YearMonthIntervalType)):
                _refuse(f"column {column.path!r} is cast to {column.kind.value} by Spark")
    for name in table.columns.kinds:
        found = paths.get(name)
        if found is None or found.steps:
            _refuse(f"columns.kinds: {name!r} is cast by Spark")


def _column(field: T.StructField, partition: Sequence[str], mapping: ColumnMapping) -> SourceColumn:
    constant = partition.index(field.name) if field.name in partition else None
    data_type = mapping.type(field.name, arrow_type(field.dataType, field.name))
    return SourceColumn(mapping.name(field.name), data_type, constant)


def _label(schema: T.StructType, one: SlicePlan, partition: Sequence[str], mapping: ColumnMapping) -> SourceColumn:
    same = [field for field in schema.fields if field.name == one.key]
    if len(same) != 1 or kind_of(same[0].dataType) not in _SAME_TEXT or "." in one.key:
        _refuse(f"slices: {one.key!r} is cast to text by Spark")
    column = _column(same[0], partition, mapping)
    return SourceColumn(column.name, column.type, column.constant, text=True)


def arrow_type(data_type: T.DataType, name: str) -> pa.DataType:
    """Return the Arrow type in which the values of a Spark type are profiled.

    Args:
        data_type: The Spark type.
        name: The column's name, for the error.

    Raises:
        NotReadableError: There is no Arrow type for it that Parquet holds.
    """
    if type(data_type) in _ARROW_TYPES:
        return _ARROW_TYPES[type(data_type)]
    if isinstance(data_type, T.StructType):
        return pa.struct([pa.field(field.name, arrow_type(field.dataType, name)) for field in data_type.fields])
    if isinstance(data_type, T.ArrayType):
        return pa.list_(arrow_type(data_type.elementType, name))
    if isinstance(data_type, T.MapType):
        return pa.map_(arrow_type(data_type.keyType, name), arrow_type(data_type.valueType, name))
    if kind_of(data_type) is ColumnKind.OTHER or spark_children(data_type):
        message = f"column {name!r} is of type {data_type.simpleString()}"
        raise NotReadableError(message)
    return arrow_type_of(data_type)


def _rules(spark: SparkSession, mapping: ColumnMapping) -> Rules:
    def is_set(name: str, *values: str) -> bool:
        return (spark.conf.get(name) or "").upper() in values

    return Rules(
        case_sensitive=is_set("spark.sql.caseSensitive", "TRUE"),
        dates_as_written=is_set("spark.sql.parquet.datetimeRebaseModeInRead", *_AS_WRITTEN),
        int96_as_written=is_set("spark.sql.parquet.int96RebaseModeInRead", *_AS_WRITTEN)
        and not is_set("spark.sql.parquet.int96TimestampConversion", "TRUE"),
        names_by_id=mapping.names_by_id,
    )


def _value(partition: Mapping[str, str | None], name: str) -> str | None:
    if name in partition:
        return partition[name]
    folded = [value for key, value in partition.items() if key.lower() == name.lower()]
    if len(folded) != 1:
        _refuse(f"the Delta log does not give partition column {name!r} for every file")
    return folded[0]


def from_text(text: str | None, data_type: T.DataType) -> Any:
    """Parse a partition value, which a Delta log holds as text; an empty text is null.

    Raises:
        NotReadableError: Only Spark knows how to parse values of this type.
    """
    if text is None or not text:
        return None
    parse = _PARSERS.get(type(data_type))
    try:
        if parse is not None:
            return parse(text)
    except (ValueError, KeyError, InvalidOperation):
        pass
    # The value is not quoted: the column may be sensitive.
    message = f"a partition value of type {data_type.simpleString()} is read by Spark only"
    raise NotReadableError(message)


_ARROW_TYPES: Final[Mapping[type[T.DataType], pa.DataType]] = {
    T.StringType: pa.string(),
    T.CharType: pa.string(),
    T.VarcharType: pa.string(),
    T.YearMonthIntervalType: pa.int32(),  # months
    T.DayTimeIntervalType: pa.int64(),  # microseconds
}

_PARSERS: Final[Mapping[type[T.DataType], Callable[[str], Any]]] = {
    T.StringType: str,
    T.ByteType: int,
    T.ShortType: int,
    T.IntegerType: int,
    T.LongType: int,
    T.FloatType: float,
    T.DoubleType: float,
    T.DecimalType: Decimal,
    T.BooleanType: lambda text: {"true": True, "false": False}[text],
    T.DateType: dt.date.fromisoformat,
}


def _internal(value: Any, data_type: T.DataType) -> Any:
    """Convert a partition value of the JVM for Arrow: dates to days, timestamps to microseconds since 1970-01-01."""
    if isinstance(data_type, (T.DateType, T.TimestampType, T.TimestampNTZType)):
        return int(value)
    if isinstance(data_type, T.DecimalType):
        return Decimal(value.toString())
    if isinstance(data_type, T.StringType):
        return value if isinstance(value, str) else value.toString()
    if isinstance(value, (bool, int, float)):
        return value
    message = f"a partition column is of type {data_type.simpleString()}"
    raise NotReadableError(message)


def _iterate(collection: Any) -> Iterator[Any]:
    iterator = collection.iterator()
    while iterator.hasNext():
        yield iterator.next()
