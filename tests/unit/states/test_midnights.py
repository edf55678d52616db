from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.states.midnights import MidnightsState
from tests.support.columns import state_of

DAY = 86_400_000_000


def midnights(array: pa.Array) -> tuple[int, int]:
    state = state_of(MidnightsState, [array])
    return state.n, state.midnights


@pytest.mark.parametrize(
    "arrow_type", [pa.timestamp("us", "UTC"), pa.timestamp("us"), pa.timestamp("us", "Asia/Tokyo")]
)
def test_in_utc_whatever_the_zone(arrow_type: pa.DataType) -> None:
    values = [0, DAY, DAY, DAY + 1, DAY - 1, -DAY, -1, None, DAY // 2]
    assert midnights(pa.array(values, arrow_type)) == (8, 4)


def test_without_any() -> None:
    assert midnights(pa.array([None], pa.timestamp("us"))) == (0, 0)


def test_values_that_are_not_counted_by_the_batch() -> None:
    values = np.arange(5_000) * (DAY // 4)
    assert midnights(pa.array(values, pa.timestamp("us"))) == (5_000, 1_250)


@given(st.lists(st.integers(-3, 3).map(lambda day: day * DAY) | st.integers(-2 * DAY, 2 * DAY)))
def test_as_python_counts(values: list[int]) -> None:
    expected = sum(value % DAY == 0 for value in values)
    assert midnights(pa.array(values, pa.timestamp("us", "UTC"))) == (len(values), expected)
