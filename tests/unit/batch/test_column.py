from __future__ import annotations

import numpy as np
import pyarrow as pa

from tests.unit.batch.columns import batch, pairs, texts


def test_read_only_and_sliced() -> None:
    values = np.arange(100, dtype=np.float64)
    values.flags.writeable = False
    array = pa.array(values)
    assert not array.to_numpy().flags.writeable
    assert pairs(batch(array.slice(10, 3))) == [(10.0, 1), (11.0, 1), (12.0, 1)]
    assert texts(batch(pa.array(["a", "b", "c", None]).slice(1))) == {"b": 1, "c": 1}
    assert batch(pa.array([True, None, True, False]).slice(1)).trues == 1
    assert pairs(batch(pa.array([1, 2, None, 4], pa.date32()).slice(1))) == [(2, 1), (4, 1)]


def test_chunks() -> None:
    assert pairs(batch(pa.chunked_array([[1, 2], [2, None]]))) == [(1, 1), (2, 2)]
    assert batch(pa.chunked_array([], pa.string())).rows == 0
