"""Column kinds: groups of data types that are profiled in the same way."""

from __future__ import annotations

from enum import Enum
from typing import Final


class ColumnKind(str, Enum):
    """A group of data types that are profiled in the same way; every Spark SQL type belongs to one kind."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIMESTAMP_NTZ = "timestamp_ntz"
    STRING = "string"
    BINARY = "binary"
    ARRAY = "array"
    """A list of values. The elements are profiled as a column of their own, ``path[]``."""
    MAP = "map"
    """A map. Its keys and values are profiled as columns of their own, ``path{}`` and ``path{*}``."""
    OTHER = "other"
    """Any other type. Only rows and nulls are counted."""


NUMERIC: Final = frozenset({ColumnKind.INTEGER, ColumnKind.FLOAT, ColumnKind.DECIMAL})


TEMPORAL: Final = frozenset({ColumnKind.DATE, ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ})


TIMESTAMPS: Final = frozenset({ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ})


ORDERED: Final = NUMERIC | TEMPORAL
"""Kinds whose values are compared as doubles: dates as days, timestamps as microseconds, both since 1970-01-01."""


ALL_KINDS: Final = frozenset(ColumnKind)


SIZED: Final = frozenset({ColumnKind.STRING, ColumnKind.BINARY, ColumnKind.ARRAY, ColumnKind.MAP})
"""Kinds whose values have a length: characters, bytes, elements or entries."""


SCALAR: Final = ALL_KINDS - {ColumnKind.ARRAY, ColumnKind.MAP, ColumnKind.OTHER}
"""Kinds whose values can be compared for equality, hashed and written as text."""
