"""Maps Spark's types to column kinds, and converts columns to types that can be sent to Python workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.batch.nested import ELEMENTS, KEYS, VALUES, Child, Step
from stageprint.engines.spark.compat import cast_or_null
from stageprint.model import ColumnKind

_KINDS: dict[type[T.DataType], ColumnKind] = {
    T.BooleanType: ColumnKind.BOOLEAN,
    T.ByteType: ColumnKind.INTEGER,
    T.ShortType: ColumnKind.INTEGER,
    T.IntegerType: ColumnKind.INTEGER,
    T.LongType: ColumnKind.INTEGER,
    T.FloatType: ColumnKind.FLOAT,
    T.DoubleType: ColumnKind.FLOAT,
    T.DecimalType: ColumnKind.DECIMAL,
    T.DateType: ColumnKind.DATE,
    T.TimestampType: ColumnKind.TIMESTAMP,
    T.TimestampNTZType: ColumnKind.TIMESTAMP_NTZ,
    T.StringType: ColumnKind.STRING,
    T.CharType: ColumnKind.STRING,
    T.VarcharType: ColumnKind.STRING,
    T.BinaryType: ColumnKind.BINARY,
    T.DayTimeIntervalType: ColumnKind.INTEGER,  # microseconds
    T.YearMonthIntervalType: ColumnKind.INTEGER,  # months
    T.ArrayType: ColumnKind.ARRAY,
    T.MapType: ColumnKind.MAP,
}

_CASTS = {
    ColumnKind.BOOLEAN: "boolean",
    ColumnKind.INTEGER: "bigint",
    ColumnKind.FLOAT: "double",
    ColumnKind.DATE: "date",
    ColumnKind.TIMESTAMP: "timestamp",
    ColumnKind.TIMESTAMP_NTZ: "timestamp_ntz",
    ColumnKind.STRING: "string",
    ColumnKind.BINARY: "binary",
}

_NESTED = (T.StructType, T.ArrayType, T.MapType)


def kind_of(data_type: T.DataType) -> ColumnKind:
    """Return the kind of a Spark type; types without statistics of their own are `OTHER`."""
    return _KINDS.get(type(data_type), ColumnKind.OTHER)


def spark_children(data_type: T.DataType) -> Sequence[Child[T.DataType]]:
    """Return the types directly inside a struct, array or map; empty for other types."""
    if isinstance(data_type, T.StructType):
        return [Child(place, field.name, field.dataType) for place, field in enumerate(data_type.fields)]
    if isinstance(data_type, T.ArrayType):
        return [Child(ELEMENTS, "", data_type.elementType)]
    if isinstance(data_type, T.MapType):
        return [Child(KEYS, "", data_type.keyType), Child(VALUES, "", data_type.valueType)]
    return ()


def for_arrow(column: Column, data_type: T.DataType, kinds: Mapping[tuple[Step, ...], ColumnKind]) -> Column:
    """Return a column converted for Python workers: only Arrow's types, struct fields named by position, kinds applied.

    A type that Arrow lacks becomes a boolean that is null where the value is null, since only its nulls are counted.
    Year-month intervals become months; strings with a collation become plain strings of the same bytes.

    Args:
        column: The column.
        data_type: Its type.
        kinds: Steps from the column to a nested one (``()``: the column itself) → its configured kind.
    """
    if isinstance(data_type, _NESTED):
        column = column.cast(positional(data_type))
        return _convert(column, data_type, (), kinds) if _converts(data_type, (), kinds) else column
    return _leaf(column, data_type, kinds.get(()))


def positional(data_type: T.DataType) -> T.DataType:
    """Return the type with struct fields named by position, since two names may be equal or differ in case only."""
    if isinstance(data_type, T.StructType):
        types = [positional(field.dataType) for field in data_type.fields]
        return T.StructType([T.StructField(f"f{place}", found) for place, found in enumerate(types)])
    if isinstance(data_type, T.ArrayType):
        return T.ArrayType(positional(data_type.elementType))
    if isinstance(data_type, T.MapType):
        return T.MapType(positional(data_type.keyType), positional(data_type.valueType))
    return T.StringType() if isinstance(data_type, (T.StringType, T.CharType, T.VarcharType)) else data_type


def _converts(data_type: T.DataType, steps: tuple[Step, ...], kinds: Mapping[tuple[Step, ...], ColumnKind]) -> bool:
    children = spark_children(data_type)
    if isinstance(data_type, _NESTED):
        return any(_converts(child.type, (*steps, child.step), kinds) for child in children)
    return steps in kinds or kind_of(data_type) is ColumnKind.OTHER or isinstance(data_type, T.YearMonthIntervalType)


def _convert(
    column: Column, data_type: T.DataType, steps: tuple[Step, ...], kinds: Mapping[tuple[Step, ...], ColumnKind]
) -> Column:
    """Convert the leaves of a column whose fields are named by position."""
    if not isinstance(data_type, _NESTED):
        return _leaf(column, data_type, kinds.get(steps))
    if not _converts(data_type, steps, kinds):
        return column
    if isinstance(data_type, T.StructType):
        fields = [
            _convert(column.getField(f"f{place}"), field.dataType, (*steps, place), kinds).alias(f"f{place}")
            for place, field in enumerate(data_type.fields)
        ]
        return F.when(column.isNotNull(), F.struct(*fields))
    if isinstance(data_type, T.ArrayType):
        element = data_type.elementType
        return F.transform(column, lambda value: _convert(value, element, (*steps, ELEMENTS), kinds))
    keys, values = data_type.keyType, data_type.valueType
    column = F.transform_values(column, lambda _, value: _convert(value, values, (*steps, VALUES), kinds))
    if _converts(keys, (*steps, KEYS), kinds):
        column = F.transform_keys(column, lambda key, _: _convert(key, keys, (*steps, KEYS), kinds))
    return column


def _leaf(column: Column, data_type: T.DataType, kind: ColumnKind | None) -> Column:
    natural = kind_of(data_type)
    kind = natural if kind is None else kind
    if kind is ColumnKind.OTHER:
        # Only its nulls are counted: send one bit instead of a value Arrow may not know.
        return F.when(column.isNotNull(), F.lit(True))
    if isinstance(data_type, T.YearMonthIntervalType):
        column = F.extract(F.lit("YEAR"), column) * 12 + F.extract(F.lit("MONTH"), column)
    if kind is not natural:
        cast = _CASTS.get(kind)
        return cast_or_null(column, cast) if cast is not None else column
    if isinstance(data_type, T.StringType):
        # Collations compare differently but hold the same bytes; Arrow knows plain strings only.
        return column.cast("string")
    return column
