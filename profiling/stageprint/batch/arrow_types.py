"""Kinds of Arrow types, and their names in Spark SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pyarrow as pa

from stageprint.model import ColumnKind


def kind_of(arrow_type: pa.DataType) -> ColumnKind:
    """Return the kind of a column of this Arrow type; `ColumnKind.OTHER` for a type of no other kind."""
    types = pa.types
    if isinstance(arrow_type, pa.BaseExtensionType):
        return kind_of(arrow_type.storage_type)
    if types.is_dictionary(arrow_type) or types.is_run_end_encoded(arrow_type):
        return kind_of(arrow_type.value_type)
    if types.is_timestamp(arrow_type):
        return ColumnKind.TIMESTAMP if arrow_type.tz is not None else ColumnKind.TIMESTAMP_NTZ
    for matches, kind in (
        (types.is_boolean, ColumnKind.BOOLEAN),
        (types.is_integer, ColumnKind.INTEGER),
        (types.is_floating, ColumnKind.FLOAT),
        (types.is_decimal, ColumnKind.DECIMAL),
        (types.is_date, ColumnKind.DATE),
        (is_text, ColumnKind.STRING),
        (_is_binary, ColumnKind.BINARY),
        (types.is_duration, ColumnKind.INTEGER),
        (types.is_map, ColumnKind.MAP),
        (_is_list, ColumnKind.ARRAY),
    ):
        if matches(arrow_type):
            return kind
    return ColumnKind.OTHER


_SPARK_NAMES: Final = {
    pa.null(): "void",
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.uint8(): "smallint",
    pa.int32(): "int",
    pa.uint16(): "int",
    pa.int64(): "bigint",
    pa.uint32(): "bigint",
    pa.uint64(): "decimal(20,0)",
    pa.float16(): "float",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.date32(): "date",
    pa.date64(): "date",
}


def spark_type_name(arrow_type: pa.DataType) -> str:
    """Return Spark SQL's name of the type that Spark reads a column of this Arrow type as.

    A type that Spark does not have keeps Arrow's name.
    """
    if isinstance(arrow_type, pa.BaseExtensionType):
        return spark_type_name(arrow_type.storage_type)
    if arrow_type in _SPARK_NAMES:
        return _SPARK_NAMES[arrow_type]
    for matches, name in _SPARK_PATTERNS:
        if matches(arrow_type):
            return name(arrow_type)
    return str(arrow_type)


def _is_binary(arrow_type: pa.DataType) -> bool:
    types = pa.types
    tests = (types.is_binary, types.is_large_binary, types.is_fixed_size_binary, types.is_binary_view)
    return any(matches(arrow_type) for matches in tests)


def _is_list(arrow_type: pa.DataType) -> bool:
    types = pa.types
    tests = (types.is_list, types.is_large_list, types.is_fixed_size_list, types.is_list_view, types.is_large_list_view)
    return any(matches(arrow_type) for matches in tests)


def is_text(arrow_type: pa.DataType) -> bool:
    """Return whether an Arrow type is a string, a large string or a string view."""
    types = pa.types
    return bool(types.is_string(arrow_type) or types.is_large_string(arrow_type) or types.is_string_view(arrow_type))


def _struct_name(arrow_type: pa.DataType) -> str:
    return f"struct<{','.join(f'{field.name}:{spark_type_name(field.type)}' for field in arrow_type)}>"


def _map_name(arrow_type: pa.DataType) -> str:
    return f"map<{spark_type_name(arrow_type.key_type)},{spark_type_name(arrow_type.item_type)}>"


_SPARK_PATTERNS: Final[tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], str]], ...]] = (
    (pa.types.is_decimal, lambda found: f"decimal({found.precision},{found.scale})"),
    (pa.types.is_timestamp, lambda found: "timestamp" if found.tz is not None else "timestamp_ntz"),
    (is_text, lambda _: "string"),
    (_is_binary, lambda _: "binary"),
    (pa.types.is_duration, lambda _: "interval day to second"),
    (pa.types.is_struct, _struct_name),
    (pa.types.is_map, _map_name),
    (pa.types.is_dictionary, lambda found: spark_type_name(found.value_type)),
    (pa.types.is_run_end_encoded, lambda found: spark_type_name(found.value_type)),
    (pa.types.is_nested, lambda found: f"array<{spark_type_name(found.value_type)}>"),
)
