from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.states.number_forms import NumberFormsState
from tests.support.columns import state_of


def forms(array: pa.Array) -> tuple[int, int, int]:
    state = state_of(NumberFormsState, [array])
    return state.finite, state.whole, state.negative_zeros


@pytest.mark.parametrize(
    ("values", "arrow_type", "expected"),
    [
        ([1.0, 1.5, -0.0, 0.0, None, math.nan, math.inf, -math.inf, 1e300], pa.float64(), (5, 4, 1)),
        ([-0.0, -0.0, -1.0, -0.5], pa.float32(), (4, 3, 2)),
        ([-0.0, 0.0], pa.float64(), (2, 2, 1)),
        ([-1.0, 2.0], pa.float64(), (2, 2, 0)),
        ([math.nan, None], pa.float64(), (0, 0, 0)),
        ([5e-324, -5e-324], pa.float64(), (2, 0, 0)),
        ([Decimal("1.50"), Decimal("2.00"), Decimal("-3.00"), None], pa.decimal128(12, 2), (3, 2, 0)),
        ([Decimal(7), Decimal(0)], pa.decimal128(30, 0), (2, 2, 0)),
        ([Decimal("1e25"), Decimal("0.5")], pa.decimal128(38, 2), (2, 1, 0)),
        ([Decimal(-1), Decimal("1e-18")], pa.decimal128(38, 18), (2, 1, 0)),
    ],
)
def test_forms(values: list[Any], arrow_type: pa.DataType, expected: tuple[int, int, int]) -> None:
    assert forms(pa.array(values, arrow_type)) == expected


def test_half_precision() -> None:
    assert forms(pa.array(np.array([-0.0, 0.5, 0.0], np.float16))) == (3, 2, 1)


def test_values_that_are_not_counted_by_the_batch() -> None:
    values = np.arange(5_000) / 2
    assert forms(pa.array([*values, -0.0])) == (5_001, 2_501, 1)


@given(st.lists(st.none() | st.floats() | st.sampled_from([-0.0, 0.0, 3.0])))
def test_as_python_counts(values: list[float | None]) -> None:
    finite = [value for value in values if value is not None and math.isfinite(value)]
    negative_zeros = sum(value == 0 and math.copysign(1, value) < 0 for value in finite)
    found = forms(pa.array(values, pa.float64()))
    assert found == (len(finite), sum(value.is_integer() for value in finite), negative_zeros)
