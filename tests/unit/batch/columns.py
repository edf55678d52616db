"""Batches of one column, and their contents as Python values."""

from __future__ import annotations

from typing import Any

import datasketches
import numpy as np
import pyarrow as pa

from stageprint.batch.arrow_types import kind_of
from stageprint.batch.column import ColumnBatch
from stageprint.batch.hashes import ValueHashes
from stageprint.model import ColumnKind


def batch(values: Any, arrow_type: pa.DataType | None = None, kind: ColumnKind | None = None) -> ColumnBatch:
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, arrow_type)
    return ColumnBatch(array, kind or kind_of(array.type))


def pairs(column: ColumnBatch) -> list[tuple[Any, int]]:
    """Return a column's exact values with their counts."""
    runs = column.sorted_values
    counts = np.ones(len(runs.doubles), int) if runs.counts is None else runs.counts
    return list(zip(runs.values(), counts.tolist(), strict=True))


def texts(column: ColumnBatch) -> dict[str, int]:
    found: dict[str, int] = {}
    counts = [1] * len(column.texts) if column.texts.counts is None else column.texts.counts.tolist()
    for text, count in zip(column.texts.array.to_pylist(), counts, strict=True):
        found[text] = found.get(text, 0) + count
    return found


def library_hash(value: float | str) -> int:
    """Return the first half of a value's hash, without its last bit, as the library has it."""
    sketch = datasketches.update_theta_sketch()
    sketch.update(value)
    return int.from_bytes(sketch.compact().serialize()[-8:], "little")


def hashes(hashed: ValueHashes) -> list[int]:
    return sorted((hashed.first >> np.uint64(1)).tolist() + [library_hash(text) for text in hashed.long_texts])
