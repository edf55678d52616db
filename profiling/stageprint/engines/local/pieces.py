"""Makes the columns of a batch what the plan asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from stageprint.engines.parquet.conversion import converted, is_text
from stageprint.engines.parquet.model import SourceColumn

MAX_ROWS_PER_BATCH = 131_072
"""Rows that are in memory at a time."""


def conform(
    batch: pa.RecordBatch | pa.Table, columns: Sequence[SourceColumn], values: Sequence[Any] = ()
) -> pa.RecordBatch:
    """Return the asked columns of a batch, in their order and types; one that the batch lacks is null.

    Args:
        batch: The rows; names are matched exactly, else in any case.
        columns: The columns.
        values: Values of the partition columns.

    Raises:
        NotReadableError: A value does not fit its column's type.
    """
    rows = batch.num_rows
    names = {name: place for place, name in reversed(list(enumerate(batch.schema.names)))}
    folded = {name.casefold(): place for name, place in reversed(list(names.items()))}
    arrays = []
    for column in columns:
        place = names.get(column.name, folded.get(column.name.casefold()))
        if column.constant is not None:
            array = _repeated(values[column.constant], column.type, rows)
        elif place is None:
            array = pa.nulls(rows, column.type)
        else:
            array = converted(_one(batch.column(place)), column.type, column.name)
        arrays.append(_as_text(array) if column.text else array)
    if not arrays:
        return pa.record_batch([pa.nulls(rows)], ["none"]).select([])
    return pa.record_batch(arrays, [f"c{place}" for place in range(len(arrays))])


def _one(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(column, pa.Array):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    found = column.unify_dictionaries().combine_chunks()
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks)


def _repeated(value: Any, data_type: pa.DataType, rows: int) -> pa.Array:
    return pa.nulls(rows, data_type) if value is None else pa.repeat(pa.scalar(value, data_type), rows)


def _as_text(array: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array if is_text(array.type) else array.cast(pa.string())
