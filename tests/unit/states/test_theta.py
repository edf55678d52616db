from __future__ import annotations

import datasketches
import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.sketches import SketchSettings
from stageprint.states.theta import ThetaState
from tests.support.columns import SETTINGS, merged, state_of


def keys(start: int, stop: int) -> pa.Array:
    return pa.array(np.arange(start, stop))


def theta(*arrays: pa.Array, lg_k: int = 12) -> ThetaState:
    return state_of(ThetaState, arrays, settings=SketchSettings(theta_lg_k=lg_k))


@pytest.mark.parametrize("distinct", [0, 1, 1_000, 4_096, 4_097, 7_000, 60_000])
@pytest.mark.parametrize("lg_k", [5, 12])
def test_the_filter_leaves_out_no_value_that_counts(distinct: int, lg_k: int) -> None:
    array = keys(0, distinct)
    sketch = datasketches.update_theta_sketch(lg_k)
    for value in range(distinct):
        sketch.update(value)
    # As every state: of the 2^lgK least hashes.
    union = datasketches.theta_union(lg_k)
    union.update(sketch)
    state = theta(array.slice(0, 3_000), array, lg_k=lg_k)
    assert state.to_bytes()[2:] == union.get_result().serialize()


@pytest.mark.parametrize("lg_k", [5, 10, 12, 14])
@pytest.mark.parametrize("distinct", [3_000, 6_000, 50_000])
def test_the_number_of_partitions_changes_nothing(lg_k: int, distinct: int) -> None:
    whole = theta(keys(0, distinct), lg_k=lg_k)
    settings = SketchSettings(theta_lg_k=lg_k)
    for parts in (2, 70):
        size = -(-distinct // parts)
        ends = [(start, min(start + size, distinct)) for start in range(0, distinct, size)]
        states = [theta(keys(*bounds), lg_k=lg_k) for bounds in ends]
        found = merged(ThetaState.empty(whole.kind, settings), *states)
        assert found.to_bytes() == whole.to_bytes()
        found = ThetaState.empty(whole.kind, settings)
        for state in states:
            found.merge(ThetaState.from_bytes(state.to_bytes()))
        assert found.to_bytes() == whole.to_bytes()


def test_sketches_of_unknown_size_lose_nothing() -> None:
    # Bytes that were never full do not say how many values there is room for.
    parts = [
        ThetaState.from_bytes(theta(keys(start, start + 4_000), lg_k=14).to_bytes()) for start in (0, 4_000, 8_000)
    ]
    found = merged(parts[0], *parts[1:])
    assert not found.is_estimation
    assert found.estimate() == (12_000, 12_000, 12_000)


def test_a_full_sketch_knows_its_size() -> None:
    read = ThetaState.from_bytes(theta(keys(0, 50_000), lg_k=8).to_bytes())
    merged_on = merged(read, theta(keys(50_000, 90_000), lg_k=8))
    assert merged_on.to_bytes() == theta(keys(0, 90_000), lg_k=8).to_bytes()


def test_sets() -> None:
    a, b = theta(keys(0, 1_000)), theta(keys(600, 1_500))
    assert a.estimate() == (1_000, 1_000, 1_000)
    assert a.intersection(b) == (400, 400, 400)
    assert a.a_not_b(b) == (600, 600, 600)
    assert b.a_not_b(a) == (500, 500, 500)
    assert not a.is_estimation
    empty = theta(keys(0, 0))
    assert empty.intersection(a) == (0, 0, 0)
    assert a.a_not_b(empty) == (1_000, 1_000, 1_000)


def test_bounds_hold_where_values_were_dropped() -> None:
    a, b = theta(keys(0, 80_000)), theta(keys(50_000, 120_000))
    assert a.is_estimation
    for found, true in ((a.estimate(), 80_000), (a.intersection(b), 30_000), (a.a_not_b(b), 50_000)):
        assert found.lower <= true <= found.upper
        assert found.lower < found.estimate < found.upper
    narrow, wide = a.estimate(1), a.estimate(3)
    assert wide.lower < narrow.lower < narrow.upper < wide.upper


def test_values_of_different_types() -> None:
    assert theta(pa.array(["5", "6"])).estimate().estimate == 2
    longs = state_of(ThetaState, [pa.array([5])])
    texts = state_of(ThetaState, [pa.array(["5"])])
    assert longs.to_bytes()[2:] != texts.to_bytes()[2:]
    assert theta(pa.array([True, False, None])).estimate().estimate == 2
    assert theta(pa.array(["x" * 700, "y" * 700, "x" * 700])).estimate().estimate == 2


def test_updates_after_a_merge_and_after_reading() -> None:
    state = theta(keys(0, 100))
    state.merge(theta(keys(50, 200)))
    again = ThetaState.from_bytes(state.to_bytes())
    for later in (state, again):
        later.merge(theta(keys(0, 10)))
        assert later.estimate().estimate == 200
    assert SETTINGS.theta_lg_k == 12
