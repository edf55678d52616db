"""What a column's values are, as far as statistics care."""

from __future__ import annotations

from enum import Enum
from typing import Final


class ColumnKind(str, Enum):
    """What a column's values are, as far as statistics care; one Spark SQL type maps to one kind."""

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
    """A list of values; its elements are a column of their own, ``path[]``."""
    MAP = "map"
    """A map; its keys and values are columns of their own, ``path{}`` and ``path{*}``."""
    OTHER = "other"
    """Any other type: counted (rows, nulls), nothing else."""


NUMERIC: Final = frozenset({ColumnKind.INTEGER, ColumnKind.FLOAT, ColumnKind.DECIMAL})


TEMPORAL: Final = frozenset({ColumnKind.DATE, ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ})


TIMESTAMPS: Final = frozenset({ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ})


ORDERED: Final = NUMERIC | TEMPORAL
"""Kinds whose values map to doubles (dates: days, timestamps: microseconds, both since 1970-01-01)."""


ALL_KINDS: Final = frozenset(ColumnKind)


SIZED: Final = frozenset({ColumnKind.STRING, ColumnKind.BINARY, ColumnKind.ARRAY, ColumnKind.MAP})
"""Kinds whose values have a length: in characters, bytes, elements, entries."""


SCALAR: Final = ALL_KINDS - {ColumnKind.ARRAY, ColumnKind.MAP, ColumnKind.OTHER}
"""Kinds whose values can be told apart, hashed and written as text."""
