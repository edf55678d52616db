"""Values that a service hands over, row by row or as Arrow, as one Arrow array of the column's type.

Arrow's own conversion is too kind for a profile: it cuts 1.5 to 1 where whole numbers are wanted, takes True for 1.0,
and a naive timestamp for one in UTC. So the kinds of the values are looked at first; what does not fit is set aside.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stageprint.batch.arrow_types import kind_of, spark_type_name
from stageprint.model import TEMPORAL, ColumnKind

TARGETS: Final = {
    ColumnKind.BOOLEAN: pa.bool_(),
    ColumnKind.INTEGER: pa.int64(),
    ColumnKind.FLOAT: pa.float64(),
    # What Spark makes of Python's Decimal.
    ColumnKind.DECIMAL: pa.decimal128(38, 18),
    ColumnKind.DATE: pa.date32(),
    ColumnKind.TIMESTAMP: pa.timestamp("us", "UTC"),
    ColumnKind.TIMESTAMP_NTZ: pa.timestamp("us"),
    ColumnKind.STRING: pa.string(),
    ColumnKind.BINARY: pa.binary(),
}
"""The Arrow type that Python's values of a kind get."""

_ALSO: Final = {
    ColumnKind.FLOAT: {ColumnKind.INTEGER, ColumnKind.DECIMAL},
    ColumnKind.DECIMAL: {ColumnKind.INTEGER},
}
"""Kinds whose values a column of another kind takes as they are."""

_CONVERSIONS: Final = (pa.ArrowException, OverflowError, TypeError, ValueError)


@dataclass(frozen=True)
class Taken:
    """An array of a column's type, with what did not fit.

    Attributes:
        array: The values; null where there is none, or where it was set aside.
        aside: Values set aside; 0 where all fit.
        found: Spark SQL's name of the first such value's type.
    """

    array: pa.Array
    aside: int = 0
    found: str = ""


@dataclass(frozen=True)
class ValueType:
    """What a column's values are taken as.

    Attributes:
        arrow: Arrow type of the arrays made; a boolean (is there a value?) for kind `OTHER`.
        kind: Its kind.
        name: Spark SQL's name of the type the values come in.
        declared: Whether the user named it; texts are then read as times where it is one.
        converted: Whether the configuration overrides the kind: values are cast, and are null where they cannot be.
    """

    arrow: pa.DataType
    kind: ColumnKind
    name: str
    declared: bool = False
    converted: bool = False


def kinds_of_values(values: Sequence[Any]) -> set[ColumnKind]:
    """Return the kinds of Python's values, nulls left out."""
    kinds = set()
    # Thousands of values have few types, and a set of types is made without a step of Python a value.
    for found in set(map(type, values)):
        kind = _kind_of_type(found)
        if kind is ColumnKind.TIMESTAMP:
            kinds |= {kind_of_value(value) for value in values if type(value) is found}
        else:
            kinds.add(kind)
    return {kind for kind in kinds if kind is not None}


def kind_of_value(value: Any) -> ColumnKind | None:
    """Return the kind of one Python or numpy value; None for what stands for null."""
    kind = _kind_of_type(cast("Hashable", type(value)))
    if kind is ColumnKind.TIMESTAMP and value.tzinfo is None:
        return ColumnKind.TIMESTAMP_NTZ
    return kind


@cache
def _kind_of_type(found: Any) -> ColumnKind | None:
    # pandas writes its nulls in two ways of its own.
    if found is type(None) or (found.__name__ in {"NAType", "NaTType"} and found.__module__.startswith("pandas.")):
        return None
    for types, kind in (
        ((bool, np.bool_), ColumnKind.BOOLEAN),
        ((int, np.integer), ColumnKind.INTEGER),
        ((float, np.floating), ColumnKind.FLOAT),
        ((Decimal,), ColumnKind.DECIMAL),
        ((dt.datetime,), ColumnKind.TIMESTAMP),
        ((np.datetime64,), ColumnKind.TIMESTAMP_NTZ),
        ((dt.date,), ColumnKind.DATE),
        ((str,), ColumnKind.STRING),
        ((bytes, bytearray, memoryview), ColumnKind.BINARY),
    ):
        if issubclass(found, types):
            return kind
    return ColumnKind.OTHER


def type_of_values(values: Sequence[Any]) -> ValueType | None:
    """Return the type that Python's values have: of several kinds the first one's; None where all are null.

    Whole numbers among floats are floats.
    """
    kinds = kinds_of_values(values)
    if not kinds:
        return None
    first = next(value for value in values if kind_of_value(value) is not None)
    kind = ColumnKind.FLOAT if kinds == {ColumnKind.INTEGER, ColumnKind.FLOAT} else kind_of_value(first)
    if kind is None or kind is ColumnKind.OTHER:
        return ValueType(pa.bool_(), ColumnKind.OTHER, _name_of(first))
    return ValueType(TARGETS[kind], kind, spark_type_name(TARGETS[kind]))


def type_of_arrow(found: pa.DataType) -> ValueType | None:
    """Return the type that an Arrow column has; None for one of nulls alone."""
    if pa.types.is_null(found):
        return None
    kind = kind_of(found)
    if kind not in TARGETS:
        return ValueType(pa.bool_(), ColumnKind.OTHER, spark_type_name(found))
    # Only decimals have a scale that all batches must share; the others may come in any width or encoding.
    arrow = found if kind is ColumnKind.DECIMAL and pa.types.is_decimal(found) else TARGETS[kind]
    return ValueType(arrow, kind, spark_type_name(found))


def widened(column: ValueType, values: Sequence[Any] | pa.Array) -> ValueType:
    """Return the type with which a column takes `values` too: floats, where fractions come to whole numbers."""
    if column.kind is not ColumnKind.INTEGER or column.declared or column.converted:
        return column
    double = ValueType(TARGETS[ColumnKind.FLOAT], ColumnKind.FLOAT, "double")
    if isinstance(values, pa.Array):
        if kind_of(values.type) is not ColumnKind.FLOAT:
            return column
        return column if _cast(values, column.arrow) is not None else double
    if ColumnKind.FLOAT not in kinds_of_values(values):
        return column
    floats = (value for value in values if kind_of_value(value) is ColumnKind.FLOAT)
    # 2.0 among whole numbers is how JSON was written, not another type.
    return column if all(float(value).is_integer() for value in floats) else double


def take_values(column: ValueType, values: Sequence[Any]) -> Taken:
    """Return Python's values as an array of the column's type."""
    if column.kind is ColumnKind.OTHER:
        return Taken(pa.array([None if kind_of_value(value) is None else True for value in values], pa.bool_()))
    if column.converted:
        return _converted_values(column, values)
    taken = {column.kind} | _ALSO.get(column.kind, set())
    found = kinds_of_values(values)
    if found <= taken:
        with contextlib.suppress(*_CONVERSIONS):
            return Taken(pa.array(values, column.arrow))
    right, wrong = [], []
    for value in values:
        kind = kind_of_value(value)
        fits = kind is not None and (kind in taken or _fits_otherwise(column, kind, value))
        right.append(value if fits else None)
        if kind is not None and not fits:
            wrong.append(value)
    array, unfit = _one_by_one(column, right)
    wrong += unfit
    return Taken(array, len(wrong), _name_of(wrong[0]) if wrong else "")


def take_array(column: ValueType, array: pa.Array) -> Taken:
    """Return an Arrow array as one of the column's type."""
    if column.kind is ColumnKind.OTHER:
        return Taken(pc.if_else(array.is_valid(), True, pa.scalar(None, pa.bool_())))
    kind = kind_of(array.type)
    if pa.types.is_null(array.type):
        return Taken(pa.nulls(len(array), column.arrow))
    if column.converted:
        found = _cast(array, column.arrow)
        return Taken(found) if found is not None else _converted_values(column, array.to_pylist())
    if kind is column.kind and kind is not ColumnKind.DECIMAL:
        return Taken(array)
    text_of_time = kind is ColumnKind.STRING and _reads_texts(column)
    whole = column.kind is ColumnKind.INTEGER and kind is ColumnKind.FLOAT
    if kind is column.kind or kind in _ALSO.get(column.kind, ()) or text_of_time or whole:
        found = _cast(array, column.arrow, safe=column.kind is not ColumnKind.FLOAT)
        return Taken(found) if found is not None else take_values(column, array.to_pylist())
    return Taken(pa.nulls(len(array), column.arrow), len(array) - array.null_count, spark_type_name(array.type))


def _reads_texts(column: ValueType) -> bool:
    return column.declared and column.kind in TEMPORAL


def _fits_otherwise(column: ValueType, kind: ColumnKind, value: Any) -> bool:
    if column.kind is ColumnKind.INTEGER and kind is ColumnKind.FLOAT:
        return float(value).is_integer()
    return kind is ColumnKind.STRING and _reads_texts(column)


def _one_array(column: ValueType, values: list[Any]) -> pa.Array:
    if column.kind is ColumnKind.FLOAT:
        # A long has a nearest double, which Arrow would refuse.
        values = [None if value is None else float(value) for value in values]
    elif column.kind is ColumnKind.INTEGER:
        values = [None if value is None else int(value) for value in values]
    if _reads_texts(column) and kinds_of_values(values) == {ColumnKind.STRING}:
        return pa.array(values, pa.string()).cast(column.arrow)
    return pa.array(values, column.arrow)


def _one_by_one(column: ValueType, values: list[Any]) -> tuple[pa.Array, list[Any]]:
    """Return the values as an array, and those that fail, one at a time where they fail together."""
    try:
        return _one_array(column, values), []
    except _CONVERSIONS:
        if len(values) <= 1:
            return pa.nulls(len(values), column.arrow), list(values)
    middle = len(values) // 2
    left, right = _one_by_one(column, values[:middle]), _one_by_one(column, values[middle:])
    return pa.concat_arrays([left[0], right[0]]), left[1] + right[1]


def _converted_values(column: ValueType, values: Sequence[Any]) -> Taken:
    """Cast as Spark's ``try_cast`` does: null where a value cannot be."""
    arrays = []
    for value in values:
        natural = type_of_values([value])
        single = None
        if natural is not None and natural.kind is not ColumnKind.OTHER:
            single = _cast(take_values(natural, [value]).array, column.arrow)
        arrays.append(single if single is not None else pa.nulls(1, column.arrow))
    return Taken(pa.concat_arrays(arrays) if arrays else pa.nulls(0, column.arrow))


def _cast(array: pa.Array, target: pa.DataType, *, safe: bool = True) -> pa.Array | None:
    plain = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
    try:
        return plain.cast(target, safe=safe)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _name_of(value: Any) -> str:
    kind = kind_of_value(value)
    if kind is not None and kind is not ColumnKind.OTHER:
        return spark_type_name(TARGETS[kind])
    try:
        return spark_type_name(pa.array([value]).type)
    except _CONVERSIONS:
        return type(value).__name__
