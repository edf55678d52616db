from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.errors import StateError
from stageprint.model import ColumnKind
from stageprint.states.sums import SumsState
from tests.support.columns import SETTINGS, merged, state_of


def total(array: pa.Array) -> int | Decimal | None:
    return state_of(SumsState, [array]).total


@pytest.mark.parametrize(
    ("values", "arrow_type", "expected"),
    [
        ([3, None, -5], pa.int64(), -2),
        ([None], pa.int64(), None),
        ([2**63 - 1] * 3, pa.int64(), 3 * (2**63 - 1)),
        ([-(2**63)] * 3 + [1], pa.int64(), -3 * 2**63 + 1),
        ([2**64 - 1, 2**64 - 1, 1], pa.uint64(), 2**65 - 1),
        ([Decimal("0.10")] * 3, pa.decimal128(12, 2), Decimal("0.30")),
        (
            [Decimal("9" * 20 + "." + "9" * 18)] * 2,
            pa.decimal128(38, 18),
            Decimal("1" + "9" * 20 + "." + "9" * 17 + "8"),
        ),
        ([Decimal(9007199254740993)], pa.decimal128(38, 0), Decimal(2**53 + 1)),
        ([Decimal("1.5"), Decimal("-1.5")], pa.decimal128(38, 18), Decimal(0)),
    ],
)
def test_total(values: list[Any], arrow_type: pa.DataType, expected: int | Decimal | None) -> None:
    assert total(pa.array(values, arrow_type)) == expected


def test_decimals_keep_their_places() -> None:
    assert str(total(pa.array([Decimal("1.5"), Decimal("0.5")], pa.decimal128(38, 4)))) == "2.0000"


@pytest.mark.parametrize("spread", [100, 2**62])
def test_many_rows(spread: int) -> None:
    values = np.random.default_rng(3).integers(-spread, spread, 20_000) - spread // 3
    assert total(pa.array(values)) == sum(values.tolist())


def test_places_that_differ() -> None:
    one = state_of(SumsState, [pa.array([Decimal("0.25")], pa.decimal128(5, 2))])
    two = state_of(SumsState, [pa.array([Decimal("1.5")], pa.decimal128(5, 1))])
    assert str(merged(one, two).total) == str(merged(two, one).total) == "1.75"
    assert (merged(one, two).n, merged(one, two).scale) == (2, 2)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_as_python_adds(values: list[int]) -> None:
    assert total(pa.array(values, pa.int64())) == (sum(values) if values else None)


def test_bytes_of_another_shape() -> None:
    header = SumsState.empty(ColumnKind.INTEGER, SETTINGS).to_bytes()[:2]
    with pytest.raises(StateError, match="the sum of a integer column cannot be 5 of 1 values"):
        SumsState.from_bytes(header + b"[1,5,0]")
