"""Converts Python's values, or an Arrow array, to an Arrow array of a column's type; rejects what does not fit.

Arrow's own conversion is too lenient for a profile: it truncates 1.5 to 1 in a column of whole numbers, converts True
to 1.0, and reads a timestamp without a zone as one in UTC. So the kinds of the values are checked first.
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

ARROW_TYPES: Final = {
    ColumnKind.BOOLEAN: pa.bool_(),
    ColumnKind.INTEGER: pa.int64(),
    ColumnKind.FLOAT: pa.float64(),
    # The type that Spark gives to Python's Decimal.
    ColumnKind.DECIMAL: pa.decimal128(38, 18),
    ColumnKind.DATE: pa.date32(),
    ColumnKind.TIMESTAMP: pa.timestamp("us", "UTC"),
    ColumnKind.TIMESTAMP_NTZ: pa.timestamp("us"),
    ColumnKind.STRING: pa.string(),
    ColumnKind.BINARY: pa.binary(),
}
"""The Arrow type to which values of a kind are converted."""

_ALSO_ACCEPTED: Final = {
    ColumnKind.FLOAT: {ColumnKind.INTEGER, ColumnKind.DECIMAL},
    ColumnKind.DECIMAL: {ColumnKind.INTEGER},
}
"""Kinds whose values also fit in a column of the given kind."""

_CONVERSION_ERRORS: Final = (pa.ArrowException, OverflowError, TypeError, ValueError)


@dataclass(frozen=True)
class Converted:
    """An array of a column's type.

    Attributes:
        array: The values; null where there was a null or a value that does not fit.
        rejected: Number of values that do not fit.
        rejected_type: Spark SQL's name of the type of the first of them; empty if there are none.
    """

    array: pa.Array
    rejected: int = 0
    rejected_type: str = ""


@dataclass(frozen=True)
class ValueType:
    """The type to which a column's values are converted.

    Attributes:
        arrow: Arrow type of the arrays; for kind `OTHER` a boolean, which is true where there is a value.
        kind: Kind of the column.
        name: Spark SQL's name of the type that the values have.
        declared: Whether the user declared it; a column of dates or times then reads texts too.
        cast: Whether the configuration overrides the kind: values are cast, and null where that is impossible.
    """

    arrow: pa.DataType
    kind: ColumnKind
    name: str
    declared: bool = False
    cast: bool = False


def kinds_of_values(values: Sequence[Any]) -> set[ColumnKind]:
    """Return the kinds of Python's values, without those of nulls."""
    kinds = set()
    # Thousands of values have few types, and `set(map(type, …))` finds them without a Python step for each value.
    for found in set(map(type, values)):
        kind = _kind_of_type(found)
        if kind is ColumnKind.TIMESTAMP:
            kinds |= {kind_of_value(value) for value in values if type(value) is found}
        else:
            kinds.add(kind)
    return {kind for kind in kinds if kind is not None}


def kind_of_value(value: Any) -> ColumnKind | None:
    """Return the kind of one Python or numpy value; None for a null."""
    kind = _kind_of_type(cast("Hashable", type(value)))
    if kind is ColumnKind.TIMESTAMP and value.tzinfo is None:
        return ColumnKind.TIMESTAMP_NTZ
    return kind


@cache
def _kind_of_type(found: Any) -> ColumnKind | None:
    # pandas has two null objects of its own.
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
    """Return the type of Python's values; None if all are null.

    If they are of several kinds, the first value decides; whole numbers and floats together are floats.
    """
    kinds = kinds_of_values(values)
    if not kinds:
        return None
    first = next(value for value in values if kind_of_value(value) is not None)
    kind = ColumnKind.FLOAT if kinds == {ColumnKind.INTEGER, ColumnKind.FLOAT} else kind_of_value(first)
    if kind is None or kind is ColumnKind.OTHER:
        return ValueType(pa.bool_(), ColumnKind.OTHER, _name_of(first))
    return ValueType(ARROW_TYPES[kind], kind, spark_type_name(ARROW_TYPES[kind]))


def type_of_arrow(found: pa.DataType) -> ValueType | None:
    """Return the type of an Arrow column; None for the null type."""
    if pa.types.is_null(found):
        return None
    kind = kind_of(found)
    if kind not in ARROW_TYPES:
        return ValueType(pa.bool_(), ColumnKind.OTHER, spark_type_name(found))
    # All batches of decimals must share one scale; other types may come in any width or encoding.
    arrow = found if kind is ColumnKind.DECIMAL and pa.types.is_decimal(found) else ARROW_TYPES[kind]
    return ValueType(arrow, kind, spark_type_name(found))


def widened(column: ValueType, values: Sequence[Any] | pa.Array) -> ValueType:
    """Return the type that also fits `values`: double if fractions come to a column of whole numbers."""
    if column.kind is not ColumnKind.INTEGER or column.declared or column.cast:
        return column
    double = ValueType(ARROW_TYPES[ColumnKind.FLOAT], ColumnKind.FLOAT, "double")
    if isinstance(values, pa.Array):
        if kind_of(values.type) is not ColumnKind.FLOAT:
            return column
        return column if _cast(values, column.arrow) is not None else double
    if ColumnKind.FLOAT not in kinds_of_values(values):
        return column
    floats = (value for value in values if kind_of_value(value) is ColumnKind.FLOAT)
    # 2.0 among whole numbers is a matter of how JSON was written, not another type.
    return column if all(float(value).is_integer() for value in floats) else double


def convert_values(column: ValueType, values: Sequence[Any]) -> Converted:
    """Convert Python's values to an array of the column's type."""
    if column.kind is ColumnKind.OTHER:
        return Converted(pa.array([None if kind_of_value(value) is None else True for value in values], pa.bool_()))
    if column.cast:
        return _cast_values(column, values)
    accepted = {column.kind} | _ALSO_ACCEPTED.get(column.kind, set())
    found = kinds_of_values(values)
    if found <= accepted:
        with contextlib.suppress(*_CONVERSION_ERRORS):
            return Converted(pa.array(values, column.arrow))
    right, wrong = [], []
    for value in values:
        kind = kind_of_value(value)
        fits = kind is not None and (kind in accepted or _fits_otherwise(column, kind, value))
        right.append(value if fits else None)
        if kind is not None and not fits:
            wrong.append(value)
    array, unfit = _one_by_one(column, right)
    wrong += unfit
    return Converted(array, len(wrong), _name_of(wrong[0]) if wrong else "")


def convert_array(column: ValueType, array: pa.Array) -> Converted:
    """Convert an Arrow array to the column's type."""
    if column.kind is ColumnKind.OTHER:
        return Converted(pc.if_else(array.is_valid(), True, pa.scalar(None, pa.bool_())))
    kind = kind_of(array.type)
    if pa.types.is_null(array.type):
        return Converted(pa.nulls(len(array), column.arrow))
    if column.cast:
        found = _cast(array, column.arrow)
        return Converted(found) if found is not None else _cast_values(column, array.to_pylist())
    if kind is column.kind and kind is not ColumnKind.DECIMAL:
        return Converted(array)
    text_of_time = kind is ColumnKind.STRING and _reads_texts(column)
    whole = column.kind is ColumnKind.INTEGER and kind is ColumnKind.FLOAT
    if kind is column.kind or kind in _ALSO_ACCEPTED.get(column.kind, ()) or text_of_time or whole:
        found = _cast(array, column.arrow, safe=column.kind is not ColumnKind.FLOAT)
        return Converted(found) if found is not None else convert_values(column, array.to_pylist())
    return Converted(pa.nulls(len(array), column.arrow), len(array) - array.null_count, spark_type_name(array.type))


def _reads_texts(column: ValueType) -> bool:
    return column.declared and column.kind in TEMPORAL


def _fits_otherwise(column: ValueType, kind: ColumnKind, value: Any) -> bool:
    if column.kind is ColumnKind.INTEGER and kind is ColumnKind.FLOAT:
        return float(value).is_integer()
    return kind is ColumnKind.STRING and _reads_texts(column)


def _one_array(column: ValueType, values: list[Any]) -> pa.Array:
    if column.kind is ColumnKind.FLOAT:
        # Arrow would refuse a long that no double equals; the nearest double is wanted.
        values = [None if value is None else float(value) for value in values]
    elif column.kind is ColumnKind.INTEGER:
        values = [None if value is None else int(value) for value in values]
    if _reads_texts(column) and kinds_of_values(values) == {ColumnKind.STRING}:
        return pa.array(values, pa.string()).cast(column.arrow)
    return pa.array(values, column.arrow)


def _one_by_one(column: ValueType, values: list[Any]) -> tuple[pa.Array, list[Any]]:
    """Return the values as an array, and the values that cannot be converted, found by halving."""
    try:
        return _one_array(column, values), []
    except _CONVERSION_ERRORS:
        if len(values) <= 1:
            return pa.nulls(len(values), column.arrow), list(values)
    middle = len(values) // 2
    left, right = _one_by_one(column, values[:middle]), _one_by_one(column, values[middle:])
    return pa.concat_arrays([left[0], right[0]]), left[1] + right[1]


def _cast_values(column: ValueType, values: Sequence[Any]) -> Converted:
    """Cast values as Spark's ``try_cast`` does: null where the cast is impossible."""
    arrays = []
    for value in values:
        natural = type_of_values([value])
        single = None
        if natural is not None and natural.kind is not ColumnKind.OTHER:
            single = _cast(convert_values(natural, [value]).array, column.arrow)
        arrays.append(single if single is not None else pa.nulls(1, column.arrow))
    return Converted(pa.concat_arrays(arrays) if arrays else pa.nulls(0, column.arrow))


def _cast(array: pa.Array, target: pa.DataType, *, safe: bool = True) -> pa.Array | None:
    plain = array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
    try:
        return plain.cast(target, safe=safe)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _name_of(value: Any) -> str:
    kind = kind_of_value(value)
    if kind is not None and kind is not ColumnKind.OTHER:
        return spark_type_name(ARROW_TYPES[kind])
    try:
        return spark_type_name(pa.array([value]).type)
    except _CONVERSION_ERRORS:
        return type(value).__name__
