"""One text per row: what the keys of several columns are made of."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa

from stageprint.batch.arrays import decoded, whole_numbers
from stageprint.batch.hashes import binary_text
from stageprint.model import TIMESTAMPS, ColumnKind


def row_texts(array: pa.Array, kind: ColumnKind) -> pa.Array:
    """Return one text per row, null where the value is; equal numbers give equal texts, whatever their type.

    Whole numbers have no decimal point, decimals no trailing zeros, floats the fewest digits that give them back.
    Dates are ISO 8601, timestamps their microseconds since 1970-01-01.
    """
    if kind is ColumnKind.STRING:
        return decoded(array)
    if kind is ColumnKind.DATE:
        return array.cast(pa.date32()).cast(pa.large_string())
    if kind in _TEXT_OF_KIND:
        coded = array.dictionary_encode()
        text = _TEXT_OF_KIND[kind]
        distinct = pa.array([text(value) for value in coded.dictionary.to_pylist()], pa.large_string())
        return distinct.take(coded.indices)
    if kind in TIMESTAMPS:
        microseconds = np.zeros(len(array), np.int64)
        present = array.is_valid().to_numpy(zero_copy_only=False)
        microseconds[present] = whole_numbers(array.drop_null() if array.null_count else array, kind)
        return pa.array(microseconds, mask=~present).cast(pa.large_string())
    return array.cast(pa.large_string())


def _decimal_text(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _float_text(value: float) -> str:
    if np.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return "NaN" if np.isnan(value) else repr(value)


_TEXT_OF_KIND: Final[dict[ColumnKind, Callable[[Any], str]]] = {
    ColumnKind.FLOAT: _float_text,
    ColumnKind.DECIMAL: _decimal_text,
    ColumnKind.BINARY: binary_text,
}
