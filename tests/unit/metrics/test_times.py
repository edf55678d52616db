from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from stageprint.metrics.base import Value, all_metrics, evaluate_all
from tests.support.columns import profile_of

HOUR = 3_600_000_000
DAY = 24 * HOUR
MICROSECONDS = pa.timestamp("us", "UTC")


def values_of(array: pa.Array, as_of: int | None = None) -> dict[str, Value]:
    return evaluate_all(profile_of(array), as_of=as_of)[0]


def test_midnights() -> None:
    found = values_of(pa.array([0, DAY, DAY + 1, None], MICROSECONDS))
    assert found["midnight_share"] == 2 / 3
    assert "midnight_share" not in values_of(pa.array([dt.date(2026, 3, 2)]))


class TestFreshness:
    @pytest.mark.parametrize("arrow_type", [MICROSECONDS, pa.timestamp("us")])
    def test_hours_before_the_end_of_the_logical_date(self, arrow_type: pa.DataType) -> None:
        array = pa.array([0, 3 * HOUR, None], arrow_type)
        assert values_of(array, DAY)["freshness_hours"] == 21.0
        assert values_of(array, 0)["freshness_hours"] == -3.0

    def test_a_date_counts_from_its_midnight(self) -> None:
        assert values_of(pa.array([dt.date(1970, 1, 2)]), 2 * DAY)["freshness_hours"] == 24.0

    def test_why_not(self) -> None:
        for name in ("freshness_hours", "future_share"):
            assert evaluate_all(profile_of(pa.array([0], MICROSECONDS)))[1][name] == "the run has no logical date"
            nothing = profile_of(pa.array([None], MICROSECONDS))
            assert evaluate_all(nothing, as_of=DAY)[1][name] == "no non-null values"
            assert evaluate_all(nothing)[1][name] == "no non-null values"


class TestFuture:
    @pytest.mark.parametrize(
        ("as_of", "share"), [(-5, 1.0), (0, 1.0), (1, 0.75), (DAY, 0.5), (DAY + 1, 0.25), (2 * DAY, 0.25)]
    )
    def test_exact(self, as_of: int, share: float) -> None:
        array = pa.array([0, DAY - 1, DAY, 2 * DAY, None], MICROSECONDS)
        assert values_of(array, as_of)["future_share"] == share

    def test_none_is(self) -> None:
        assert values_of(pa.array([0, DAY - 1], MICROSECONDS), DAY)["future_share"] == 0.0

    def test_dates(self) -> None:
        array = pa.array([dt.date(1970, 1, 1), dt.date(1970, 1, 2), dt.date(1970, 1, 3)])
        shares = [values_of(array, as_of)["future_share"] for as_of in (DAY, 2 * DAY - 1, 2 * DAY, 3 * DAY)]
        assert shares == [2 / 3, 1 / 3, 1 / 3, 0.0]

    def test_from_the_sketch(self) -> None:
        values = np.random.default_rng(2).integers(0, 10 * DAY, 20_000)
        found = values_of(pa.array(values, MICROSECONDS), 7 * DAY)
        share, error = found["future_share"], found["rank_error"]
        assert isinstance(share, float)
        assert isinstance(error, float)
        assert error > 0
        assert abs(share - (values >= 7 * DAY).mean()) <= 1.5 * error

    @pytest.mark.parametrize("alone", [9 * DAY, -1])
    def test_a_single_one_is_never_lost(self, alone: int) -> None:
        values = np.random.default_rng(2).integers(0, DAY, 20_000) + (DAY if alone < 0 else 0)
        found = values_of(pa.array(np.append(values, alone)).cast(MICROSECONDS), DAY)
        share, error = found["future_share"], found["rank_error"]
        assert isinstance(share, float)
        assert isinstance(error, float)
        assert 1 / 20_001 <= (1 - share if alone < 0 else share) <= 1.5 * error


class TestGaps:
    def test_exact(self) -> None:
        found = values_of(pa.array([0, HOUR, 4 * HOUR, None], MICROSECONDS))
        assert (found["largest_gap_seconds"], found["largest_gap_error_seconds"]) == (10_800.0, 0.0)

    def test_days(self) -> None:
        assert values_of(pa.array([1, 2, 9], pa.date32()))["largest_gap_seconds"] == 7 * 86_400.0

    def test_a_missing_night(self) -> None:
        values = np.random.default_rng(2).integers(0, 30 * DAY, 200_000)
        values = values[(values < 9 * DAY) | (values > 9 * DAY + 6 * HOUR)]
        found = values_of(pa.array(values, MICROSECONDS))
        gap, error = found["largest_gap_seconds"], found["largest_gap_error_seconds"]
        assert isinstance(gap, float)
        assert isinstance(error, float)
        assert abs(gap - 6 * 3600) <= error + 60
        assert 0 < error < 1_200

    @pytest.mark.parametrize(("values", "reason"), [([], "no non-null values"), ([5, 5], "all values are equal")])
    def test_why_not(self, values: list[int], reason: str) -> None:
        assert evaluate_all(profile_of(pa.array(values, MICROSECONDS)))[1]["largest_gap_seconds"] == reason


def test_the_logical_date_reaches_every_metric() -> None:
    assert {metric.as_of for metric in all_metrics(as_of=DAY).values()} == {DAY}


def test_bounds_of_the_distinct_share() -> None:
    found = values_of(pa.array(np.arange(50_000) % 20_000))
    lower, share, upper = (found[f"distinct_share{end}"] for end in ("_lower", "", "_upper"))
    assert isinstance(lower, float)
    assert isinstance(share, float)
    assert isinstance(upper, float)
    assert lower <= 0.4 <= upper
    assert lower < share < upper
    exact = values_of(pa.array([1, 1, 2, None]))
    assert exact["distinct_share_lower"] == exact["distinct_share"] == exact["distinct_share_upper"] == 2 / 3
