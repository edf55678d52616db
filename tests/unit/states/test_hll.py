from __future__ import annotations

import datasketches
import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.sketches import SketchSettings
from stageprint.states.hll import HllState, leading_zeros
from tests.support.columns import merged, state_of


def values_of(shape: str, distinct: int) -> pa.Array:
    numbers = np.arange(distinct)
    if shape == "longs":
        return pa.array(numbers * 7_919)
    if shape == "doubles":
        return pa.array(numbers / 7)
    if shape == "texts":
        return pa.array([f"user-{number}" for number in numbers.tolist()], pa.string())
    return pa.array(np.tile(numbers, 3))


def by_the_library(array: pa.Array, lg_k: int) -> HllState:
    """Return the state of a sketch that was given every value, one by one."""
    sketch = datasketches.hll_sketch(lg_k, datasketches.HLL_8)
    for value in array.to_pylist():
        sketch.update(value)
    return HllState(state_of(HllState, [array.slice(0, 0)]).kind, sketch)


@pytest.mark.parametrize("shape", ["longs", "doubles", "texts", "repeated"])
@pytest.mark.parametrize("distinct", [0, 1, 7, 100, 1_000, 30_000])
@pytest.mark.parametrize("lg_k", [4, 7, 12])
def test_the_filter_leaves_out_no_value_that_counts(shape: str, distinct: int, lg_k: int) -> None:
    array = values_of(shape, distinct)
    settings = SketchSettings(hll_lg_k=lg_k)
    own = state_of(HllState, [array.slice(0, 5_000), array.slice(5_000), array], settings=settings)
    assert own.to_bytes() == by_the_library(array, lg_k).to_bytes()
    assert own.lg_k == lg_k


@pytest.mark.parametrize("distinct", [300, 390, 5_000, 100_000])
def test_the_number_of_partitions_changes_nothing(distinct: int) -> None:
    array = pa.array(np.random.default_rng(4).permutation(distinct))
    whole = state_of(HllState, [array])
    for parts in (2, 100):
        size = -(-distinct // parts)
        states = [state_of(HllState, [array.slice(start, size)]) for start in range(0, distinct, size)]
        found = merged(states[0], *states[1:])
        assert found.estimate() == whole.estimate()
        assert found.to_bytes() == whole.to_bytes()
    assert abs(whole.estimate() - distinct) <= 3 * 1.04 / 64 * distinct
    assert whole.lower_bound(3) <= distinct <= whole.upper_bound(3)
    assert whole.lower_bound() <= whole.estimate() <= whole.upper_bound()


def test_the_stored_sketch_gives_the_same_estimate() -> None:
    state = state_of(HllState, [pa.array(np.arange(100_000))])
    stored = datasketches.hll_sketch.deserialize(state.to_bytes()[2:])
    assert stored.get_estimate() == state.estimate()
    assert stored.tgt_type == datasketches.HLL_8


def test_what_is_no_value() -> None:
    assert state_of(HllState, [pa.array([None, float("nan"), 0.0, -0.0])]).estimate() == pytest.approx(1)
    assert state_of(HllState, [pa.array(["", None])]).estimate() == 0


def test_long_texts() -> None:
    texts = [letter * 600 for letter in "abc"] + ["short"]
    assert state_of(HllState, [pa.array(texts), pa.array(texts)]).estimate() == pytest.approx(4)


def test_of_two_sizes_the_smaller_is_kept() -> None:
    array = pa.array(np.arange(50_000))
    small, large = (state_of(HllState, [array], settings=SketchSettings(hll_lg_k=lg_k)) for lg_k in (8, 12))
    for found in (merged(small, large), merged(large, small), merged(large, large, small, large)):
        assert found.lg_k == 8
        assert found.estimate() == small.estimate()


def test_updates_after_a_merge() -> None:
    low, high = pa.array(np.arange(200)), pa.array(np.arange(200, 5_000))
    state = merged(state_of(HllState, [low]), state_of(HllState, [low]))
    later = merged(state, state_of(HllState, [high]))
    again = state_of(HllState, [high, low])
    assert later.to_bytes() == again.to_bytes()


def test_leading_zeros() -> None:
    words = [0, 1, 2, 3, 2**63, 2**64 - 1, 2**53 - 1, 2**53 + 1, 2**40 + 7]
    expected = [min(64 - word.bit_length(), 62) for word in words]
    assert leading_zeros(np.array(words, np.uint64)).tolist() == expected
