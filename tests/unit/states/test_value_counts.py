from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from stageprint.errors import StateError
from stageprint.states.value_counts import MAX_VALUES, ValueCountsState
from tests.support.columns import merged, state_of


def test_floats() -> None:
    state = state_of(ValueCountsState, [pa.array([1.5, None, -0.0, math.nan, math.inf, 0.0, 1.5, 1.5])])
    assert state.items() == [(1.5, 3), (0.0, 2), (math.inf, 1)]
    assert state.items(1) == [(1.5, 3)]
    values, counts = state.arrays()
    assert (values.tolist(), counts.tolist()) == ([0.0, 1.5, math.inf], [2, 3, 1])
    assert (state.distinct, state.overflowed) == (3, False)


@pytest.mark.parametrize("top", [0, 1, 2, 3, 7, 50, 99])
def test_the_most_frequent_are_the_first_of_all(top: int) -> None:
    values = [value for value in range(50) for _ in range(value % 4 + 1)]
    state = state_of(ValueCountsState, [pa.array(values[::-1])])
    assert state.items(top) == state.items()[:top]
    assert sorted(state.frequencies()) == sorted(state.arrays()[1].tolist())


@pytest.mark.parametrize("arrow_type", [pa.int64(), pa.uint64()])
def test_integers_beyond_doubles_are_told_apart(arrow_type: pa.DataType) -> None:
    large = 2**53 if arrow_type == pa.int64() else 2**63
    state = state_of(ValueCountsState, [pa.array([large, large + 1, large], arrow_type)])
    again = ValueCountsState.from_bytes(state.to_bytes())
    assert again.items() == [(large, 2), (large + 1, 1)]


def test_decimals() -> None:
    wide = Decimal("12345678901234567890.123")
    state = state_of(ValueCountsState, [pa.array([Decimal("1.500"), None, wide, wide], pa.decimal128(38, 3))])
    again = ValueCountsState.from_bytes(state.to_bytes())
    assert [(str(value), rows) for value, rows in again.items()] == [(str(wide), 2), ("1.500", 1)]
    assert again.arrays()[0].tolist() == [1.5, float(wide)]


def test_decimals_of_different_scales() -> None:
    one = state_of(ValueCountsState, [pa.array([Decimal("1.5"), Decimal("2.0")], pa.decimal128(9, 1))])
    two = state_of(ValueCountsState, [pa.array([Decimal("1.500")], pa.decimal128(9, 3))])
    assert merged(one, two).items() == merged(two, one).items() == [(Decimal("1.5"), 2), (Decimal(2), 1)]


@pytest.mark.parametrize("step", [1, 10**9])
def test_overflow(step: int) -> None:
    values = np.arange(MAX_VALUES + 1) * step
    full = state_of(ValueCountsState, [pa.array(values[:MAX_VALUES])])
    assert full.distinct == MAX_VALUES
    one_more = state_of(ValueCountsState, [pa.array(values[MAX_VALUES:])])
    for state in (
        merged(full, one_more),
        merged(one_more, full),
        state_of(ValueCountsState, [pa.array(values)]),
        state_of(ValueCountsState, [pa.array(np.tile(np.arange(5_000) * step, 2)), pa.array(values)]),
    ):
        assert state.overflowed
        assert state.distinct is None
        assert state.items() == []
        assert len(state.arrays()[0]) == 0
        assert ValueCountsState.from_bytes(state.to_bytes()).overflowed
        # Overflowed for good, whatever it meets.
        assert merged(state, full).overflowed
        assert merged(full, state).to_bytes() == state.to_bytes()
        assert merged(state, state).overflowed


def test_bytes_of_another_kind() -> None:
    data = state_of(ValueCountsState, [pa.array([1.5])]).to_bytes()
    with pytest.raises(StateError, match="the value counts of a integer column cannot be of type b'd'"):
        ValueCountsState.from_bytes(bytes((1, 2)) + data[2:])
