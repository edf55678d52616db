from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from tests.unit.batch.columns import batch


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array([5, None, -1]), ["5", None, "-1"]),
        (pa.array(["a", None, ""], pa.string_view()), ["a", None, ""]),
        (pa.array(["a", None]).dictionary_encode(), ["a", None]),
        (pa.array([True, None, False]), ["true", None, "false"]),
        (pa.array([dt.date(2026, 1, 2), None], pa.date64()), ["2026-01-02", None]),
        (pa.array([1_500, None, -1], pa.timestamp("ms")), ["1500000", None, "-1000"]),
        (
            pa.array([Decimal("1.50"), None, Decimal(100), Decimal("0.0000001")], pa.decimal128(20, 7)),
            ["1.5", None, "100", "0.0000001"],
        ),
        (pa.array([Decimal(100)], pa.decimal128(5, 0)), ["100"]),
        (
            pa.array([1.0, None, 0.1, -0.0, 1e300, float("nan"), float("inf"), float("-inf")]),
            ["1", None, "0.1", "0", "1e+300", "NaN", "Infinity", "-Infinity"],
        ),
    ],
)
def test_texts(array: pa.Array, expected: list[str | None]) -> None:
    assert batch(array).row_texts().to_pylist() == expected
