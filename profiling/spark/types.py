"""Spark's types as the profile sees them."""

from __future__ import annotations

from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from profiling.model import ColumnKind

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
}

_CASTS = {
    ColumnKind.BOOLEAN: "boolean",
    ColumnKind.INTEGER: "bigint",
    ColumnKind.FLOAT: "double",
    ColumnKind.DATE: "date",
    ColumnKind.TIMESTAMP: "timestamp",
    ColumnKind.TIMESTAMP_NTZ: "timestamp_ntz",
    ColumnKind.STRING: "string",
}


def kind_of(data_type: T.DataType) -> ColumnKind:
    """Return the kind of a Spark type; types without statistics of their own are `OTHER`."""
    return _KINDS.get(type(data_type), ColumnKind.OTHER)


def cast_for(kind: ColumnKind) -> str | None:
    """Return the SQL type a configured kind is cast to, or None where it needs no cast."""
    return _CASTS.get(kind)
