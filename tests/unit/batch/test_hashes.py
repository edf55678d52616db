from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.batch.columns import batch, hashes, library_hash


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_longs(values: list[int]) -> None:
    assert hashes(batch(values, pa.int64()).hashes) == sorted(library_hash(value) for value in set(values))


@given(st.lists(st.floats(allow_nan=False)))
def test_doubles(values: list[float]) -> None:
    hashed = batch(values, pa.float64()).hashes
    assert hashes(hashed) == sorted({library_hash(value) for value in values})
    given_back = hashed.values(np.arange(len(hashed.first)))
    assert given_back == sorted({value + 0.0 for value in values})


def test_booleans_are_texts() -> None:
    hashed = batch([True, None, False, True]).hashes
    assert hashes(hashed) == sorted([library_hash("true"), library_hash("false")])


def test_many() -> None:
    values = np.random.default_rng(1).integers(0, 2**62, 20_000)
    hashed = batch(values).hashes
    places = np.array([0, 9_000, 19_999])
    assert [library_hash(value) for value in hashed.values(places)] == (hashed.first[places] >> np.uint64(1)).tolist()
