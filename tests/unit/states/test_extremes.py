from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.errors import StateError
from stageprint.states.extremes import ExtremesState
from tests.support.columns import merged, state_of


def bounds(values: list[Any], arrow_type: pa.DataType) -> tuple[Any, Any]:
    state = state_of(ExtremesState, [pa.array(values, arrow_type)])
    return state.minimum, state.maximum


@pytest.mark.parametrize(
    ("values", "arrow_type", "expected"),
    [
        ([3, None, -(2**63), 2**63 - 1], pa.int64(), (-(2**63), 2**63 - 1)),
        ([2**64 - 1, 0], pa.uint64(), (0, 2**64 - 1)),
        ([math.nan, math.inf, 1.5, None], pa.float64(), (1.5, math.inf)),
        ([math.nan], pa.float64(), (None, None)),
        ([], pa.int32(), (None, None)),
        ([0, 20_000], pa.date32(), (0, 20_000)),
        ([1, 2], pa.timestamp("ms", "UTC"), (1_000, 2_000)),
        (["b", "a", None, "ä", ""], pa.string(), ("", "ä")),
        (["\ue000", "\U0001f642"], pa.string(), ("\ue000", "\U0001f642")),
        ([None], pa.string(), (None, None)),
    ],
)
def test_extremes(values: list[Any], arrow_type: pa.DataType, expected: tuple[Any, Any]) -> None:
    assert bounds(values, arrow_type) == expected


@pytest.mark.parametrize(
    ("low", "high", "scale"),
    [("-1.50", "2.25", 2), ("-99999999999999999999.123456", "12345678901234567890123456789012.000001", 6)],
)
def test_decimals_keep_every_digit(low: str, high: str, scale: int) -> None:
    found = bounds([Decimal(high), Decimal(low), None], pa.decimal128(38, scale))
    assert [str(value) for value in found] == [low, high]
    assert found == (Decimal(low), Decimal(high))


def test_decimals_of_different_scales() -> None:
    one = state_of(ExtremesState, [pa.array([Decimal("1.5")], pa.decimal128(9, 1))])
    two = state_of(ExtremesState, [pa.array([Decimal("-0.125"), Decimal("1.501")], pa.decimal128(9, 3))])
    for state in (merged(one, two), merged(two, one)):
        assert (state.minimum, state.maximum, state.scale) == (Decimal("-0.125"), Decimal("1.501"), 3)


class TestLongTexts:
    def test_are_cut(self) -> None:
        state = state_of(ExtremesState, [pa.array(["a" * 300, "b" * 256, "c" * 257])])
        assert (state.minimum, state.minimum_cut) == ("a" * 256, True)
        assert (state.maximum, state.maximum_cut) == ("c" * 256, True)

    def test_of_those_that_begin_alike_the_cut_one_is_the_greater(self) -> None:
        exact, cut = (state_of(ExtremesState, [pa.array(["x" * length])]) for length in (256, 300))
        for state in (merged(exact, cut), merged(cut, exact)):
            assert (state.minimum, state.minimum_cut) == ("x" * 256, False)
            assert (state.maximum, state.maximum_cut) == ("x" * 256, True)

    def test_characters_not_bytes(self) -> None:
        state = state_of(ExtremesState, [pa.array(["ä" * 256])])
        assert (state.maximum, state.maximum_cut) == ("ä" * 256, False)


@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
def test_many_texts(order: str) -> None:
    values = [f"{number:04d}" for number in range(0, 9_000, 3)]
    if order == "shuffled":
        np.random.default_rng(2).shuffle(values)
    elif order == "descending":
        values.reverse()
    for cut in (0, 500, 1_500):
        state = state_of(ExtremesState, [pa.array(values[:cut], pa.string()), pa.array(values[cut:])])
        assert (state.minimum, state.maximum) == ("0000", "8997")


@pytest.mark.parametrize(
    ("kind", "payload"), [(2, b'["a","b",0,false,false]'), (8, b"[1,2,0,false,false]"), (3, b"[1,2,0,false,false]")]
)
def test_values_of_another_kind(kind: int, payload: bytes) -> None:
    with pytest.raises(StateError, match=r"the extremes of a .* column cannot be"):
        ExtremesState.from_bytes(bytes((1, kind)) + payload)
