from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.metrics.base import evaluate_all
from tests.support.columns import profile_of


@pytest.mark.parametrize(
    ("values", "arrow_type", "double", "text"),
    [
        ([1, 2, None], pa.int64(), 3.0, "3"),
        ([2**53, 1], pa.int64(), 2.0**53, "9007199254740993"),
        ([2**63 - 1] * 2, pa.int64(), 2.0**64, "18446744073709551614"),
        ([Decimal("0.10")] * 3, pa.decimal128(12, 2), 0.3, "0.30"),
        ([Decimal("-1.5"), Decimal("1.5")], pa.decimal128(38, 4), 0.0, "0.0000"),
        (
            [Decimal("12345678901234567890.123456789012345678")] * 2,
            pa.decimal128(38, 18),
            24691357802469135780.246913578024691356,
            "24691357802469135780.246913578024691356",
        ),
    ],
)
def test_exact(values: list[Any], arrow_type: pa.DataType, double: float, text: str) -> None:
    found, _ = evaluate_all(profile_of(pa.array(values, arrow_type)))
    assert (found["sum"], found["sum_exact"]) == (double, text)


def test_extremes_beyond_a_double() -> None:
    low, high = Decimal("-12345678901234567890.123456789012345679"), Decimal("12345678901234567890.123456789012345678")
    found, _ = evaluate_all(profile_of(pa.array([high, low], pa.decimal128(38, 18))))
    assert (found["min_text"], found["max_text"]) == (str(low), str(high))
    assert found["sum_exact"] == "-0.000000000000000001"


def test_floats() -> None:
    values = np.random.default_rng(9).normal(5, 2, 5_000)
    found, reasons = evaluate_all(profile_of(pa.array([*values, math.inf, math.nan, None])))
    assert found["sum"] == pytest.approx(math.fsum(values), rel=1e-12)
    assert reasons["sum_exact"] == "type float"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([math.inf], "no finite values"),
        ([None], "no non-null values"),
        ([1e308, 1e308], "the values are too large or too close for a double"),
    ],
)
def test_why_not(values: list[float | None], reason: str) -> None:
    assert evaluate_all(profile_of(pa.array(values, pa.float64())))[1]["sum"] == reason
