from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pytest

from stageprint.model import ColumnKind
from stageprint.states.counts import CountsState
from tests.support.columns import SETTINGS, state_of


def counted(values: list[Any], arrow_type: pa.DataType) -> dict[str, int]:
    """Return the counts that are not 0."""
    state = state_of(CountsState, [pa.array(values, arrow_type)])
    return {name: value for name, value in vars(state).items() if name != "kind" and value}


@pytest.mark.parametrize(
    ("values", "arrow_type", "expected"),
    [
        (
            [0.0, -0.0, None, math.nan, math.inf, -math.inf, -1.5, 2.0, 2.0],
            pa.float64(),
            {"rows": 9, "nulls": 1, "nan": 1, "positive_inf": 1, "negative_inf": 1, "zeros": 2, "negatives": 2},
        ),
        ([math.nan] * 3, pa.float32(), {"rows": 3, "nan": 3}),
        ([0, -1, None, 5, 0, -(2**63)], pa.int64(), {"rows": 6, "nulls": 1, "zeros": 2, "negatives": 2}),
        (["", " ", "\t", None, "x", " x", ""], pa.string(), {"rows": 7, "nulls": 1, "empties": 2, "blanks": 2}),
        ([True, None, False, True], pa.bool_(), {"rows": 4, "nulls": 1, "trues": 2, "falses": 1}),
        ([0, None, -1], pa.date32(), {"rows": 3, "nulls": 1}),
        ([[1], None], pa.list_(pa.int64()), {"rows": 2, "nulls": 1}),
        ([], pa.int64(), {}),
    ],
)
def test_counts(values: list[Any], arrow_type: pa.DataType, expected: dict[str, int]) -> None:
    assert counted(values, arrow_type) == expected


def test_values_are_neither_null_nor_nan() -> None:
    assert state_of(CountsState, [pa.array([1.0, None, math.nan, math.inf])]).values == 2


def test_texts_that_are_not_counted_by_the_batch() -> None:
    values = [f"user-{number}" for number in range(5_000)] + [""] * 3 + ["  "] * 2
    assert counted(values, pa.string()) == {"rows": 5_005, "empties": 3, "blanks": 2}


def test_rows_nobody_looks_at() -> None:
    state = CountsState.empty(ColumnKind.OTHER, SETTINGS)
    state.add_rows(5, 2)
    state.add_rows(1, 0)
    assert (state.rows, state.nulls) == (6, 2)
