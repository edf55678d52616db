"""The distinct rows of a table, without Arrow's ``group_by``, which imports the machinery of data sets first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa


def distinct_rows(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """Return some columns of a table, each combination of values once, where it is first; null is a value.

    Args:
        table: The table.
        names: Columns of texts or numbers.
    """
    chosen = table.select(list(names))
    keys = np.zeros(table.num_rows, np.int64)
    count = 1
    for column in chosen.columns:
        coded = column.combine_chunks().dictionary_encode(null_encoding="encode")
        # Numbered anew after each column, so that products stay small; `np.unique` would import masked arrays.
        keys, count = _numbered(keys * (len(coded.dictionary) + 1) + _indices(coded))
    first = np.empty(count, np.int64)
    first[keys[::-1]] = np.arange(table.num_rows - 1, -1, -1)
    return chosen.take(_longs(np.sort(first)))


def _numbered(keys: np.typing.NDArray[np.int64]) -> tuple[np.typing.NDArray[np.int64], int]:
    coded = _longs(keys).dictionary_encode()
    return _indices(coded), len(coded.dictionary)


def _longs(values: np.typing.NDArray[np.int64]) -> pa.Array:
    # `pa.array` would import masked arrays, to ask whether these are some.
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])


def _indices(coded: pa.DictionaryArray) -> np.typing.NDArray[np.int64]:
    found: np.typing.NDArray[np.int64] = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return found
