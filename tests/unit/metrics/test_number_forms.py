from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from stageprint.batch.decimal_places import decimal_places
from stageprint.metrics.base import evaluate_all
from tests.support.columns import profile_of


def test_negative_zeros_and_whole_values() -> None:
    values, _ = evaluate_all(profile_of(pa.array([0.0, -0.0, 1.5, 2.0, math.inf, math.nan, None])))
    assert (values["negative_zero_count"], values["zero_count"]) == (1, 2)
    assert values["integer_share"] == 3 / 4


def test_whole_decimals() -> None:
    values, reasons = evaluate_all(profile_of(pa.array([Decimal("1.50"), Decimal("2.00")])))
    assert values["integer_share"] == 0.5
    assert reasons["negative_zero_count"] == "type decimal"


class TestDecimalPlaces:
    def test_exact(self) -> None:
        values, _ = evaluate_all(profile_of(pa.array([1.0, 2.5, 2.5, 3.25, math.inf, math.nan, None])))
        assert values["decimal_places"] == (0 + 1 + 1 + 2) / 4

    def test_of_decimals_those_they_need(self) -> None:
        values, _ = evaluate_all(profile_of(pa.array([Decimal("1.50"), Decimal("2.00")])))
        assert values["decimal_places"] == 0.5

    def test_from_the_sketch(self) -> None:
        random = np.random.default_rng(5)
        prices = np.round(random.lognormal(3, 1, 50_000), 2)
        values, _ = evaluate_all(profile_of(pa.array(prices)))
        assert values["decimal_places"] == pytest.approx(decimal_places(prices).mean(), abs=0.1)

    @pytest.mark.parametrize(
        ("values", "reason"), [([math.inf], "no finite values"), ([math.nan, None], "no non-null values")]
    )
    def test_why_not(self, values: list[float | None], reason: str) -> None:
        assert evaluate_all(profile_of(pa.array(values)))[1]["decimal_places"] == reason

    def test_of_doubles(self) -> None:
        values = np.array([0.0, -7.0, 0.1, 1.25, 0.001, 1 / 3, 1e-9, 1e300, 12345678.9, 0.1 + 0.2])
        assert decimal_places(values).tolist() == [0, 0, 1, 2, 3, 6, 0, 0, 1, 1]
