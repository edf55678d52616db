"""Rows of any result table with a value in every column, made from the declared types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from stageprint.model.result_tables import ResultTable

_SECOND = dt.timedelta(seconds=1)


def filled(table: ResultTable, number: int, **fixed: Any) -> dict[str, Any]:
    """Return a row whose columns all have values, different ones for each `number`.

    Args:
        table: The table.
        number: Makes the values; every third column is null where it is odd.
        fixed: Column → value; columns that the table lacks are left out.
    """
    row = {
        own.name: None if number % 2 and at % 3 == 0 else value_of(own.type, number + at)
        for at, own in enumerate(table.arrow_schema)
    }
    return row | {name: value for name, value in fixed.items() if name in row}


def value_of(kind: pa.DataType, number: int) -> Any:
    """Return a value of an Arrow type, different ones for each `number`."""
    if pa.types.is_list(kind):
        return [value_of(kind.value_type, number + each) for each in range(number % 3)]
    if pa.types.is_map(kind):
        return [(f"key {number}", value_of(kind.item_type, number))]
    if pa.types.is_struct(kind):
        return {
            own.name: None if (number + at) % 4 == 0 else value_of(own.type, number + at) for at, own in enumerate(kind)
        }
    plain: Mapping[pa.DataType, Any] = {
        pa.string(): f"text {number} 'ü\\\n",
        pa.binary(): bytes([number % 256, 0, 255]),
        pa.bool_(): number % 2 == 0,
        pa.int32(): -number,
        pa.int64(): 2**62 + number,
        pa.float64(): (0.1 * number, float("inf"), -0.0, 5e-324)[number % 4],
        pa.date32(): dt.date(1960, 1, 1) + dt.timedelta(days=200 * number),
        pa.timestamp("us", tz="UTC"): dt.datetime(2026, 3, 8, 7, 30, 0, 123456, dt.timezone.utc) + number * _SECOND,
    }
    return plain[kind]


def sorted_rows(rows: pa.Table) -> list[str]:
    """Return rows as texts in order, so that the same rows in another order are equal."""
    return sorted(map(repr, rows.to_pylist()))
