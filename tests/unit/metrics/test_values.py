"""The metrics' values, by family; what holds for all of them is in the contract tests."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from stageprint.config.sketches import SketchSettings
from stageprint.metrics.base import all_metrics, evaluate_all
from stageprint.model import ColumnKind, NotComputable
from stageprint.states.moments import MomentsState
from tests.support.columns import SMALL, profile_of


def values_of(array: pa.Array, settings: SketchSettings | None = None) -> dict[str, Any]:
    found, _ = evaluate_all(profile_of(array, settings=settings or SketchSettings()), settings)
    return dict(found)


def reasons_of(array: pa.Array, settings: SketchSettings | None = None) -> dict[str, str]:
    return evaluate_all(profile_of(array, settings=settings or SketchSettings()), settings)[1]


def test_counts_and_shares() -> None:
    found = values_of(pa.array([0.0, None, math.nan, math.inf, -math.inf, -1.0, -0.0, 5.0]))
    expected = {
        "row_count": 8,
        "null_count": 1,
        "null_share": 0.125,
        "nan_count": 1,
        "positive_inf_count": 1,
        "negative_inf_count": 1,
        "zero_count": 2,
        "negative_count": 2,
        "distinct_count": 5,
        "distinct_share": 5 / 6,
    }
    assert {name: found[name] for name in expected} == expected


def test_texts() -> None:
    found = values_of(pa.array(["", " ", None, "ä", "bcd", "bcd"]))
    expected = {
        "empty_count": 1,
        "blank_count": 1,
        "length_min": 0,
        "length_max": 3,
        "length_mean": 8 / 5,
        "length_median": 1,
        "min_text": "",
        "max_text": "ä",
        "distinct_count": 4,
        "top_share": 0.4,
    }
    assert {name: found[name] for name in expected} == expected


def test_booleans() -> None:
    found = values_of(pa.array([True, None, False, True]))
    assert (found["true_count"], found["true_share"], found["distinct_count"]) == (2, 2 / 3, 2)
    assert found["top_items"] == [
        {"item": "true", "count": 2, "lower": 2, "upper": 2},
        {"item": "false", "count": 1, "lower": 1, "upper": 1},
    ]
    assert found["entropy"] == pytest.approx(stats.entropy([2, 1]))
    constant = values_of(pa.array([False, False]))
    assert (constant["true_share"], constant["distinct_count"], constant["entropy"]) == (0.0, 1, 0.0)
    assert [item["item"] for item in constant["top_items"]] == ["false"]


class TestExtremes:
    @pytest.mark.parametrize(
        ("array", "low", "high", "low_text", "high_text"),
        [
            (pa.array([3, -1, None]), -1.0, 3.0, "-1", "3"),
            (pa.array([2**63 - 1]), 2.0**63, 2.0**63, "9223372036854775807", "9223372036854775807"),
            (pa.array([0.1, math.inf, math.nan]), 0.1, math.inf, "0.1", "Infinity"),
            (pa.array([-math.inf, 1e22]), -math.inf, 1e22, "-Infinity", "1e+22"),
            (pa.array([Decimal("1.50"), Decimal("-0.01")]), -0.01, 1.5, "-0.01", "1.50"),
            (pa.array([Decimal("0.0000001")]), 1e-7, 1e-7, "0.0000001", "0.0000001"),
            (pa.array([dt.date(1969, 12, 31), dt.date(2026, 3, 2)]), -1.0, 20514.0, "1969-12-31", "2026-03-02"),
            (
                pa.array([0, 1_500_000], pa.timestamp("us", "UTC")),
                0.0,
                1.5e6,
                "1970-01-01T00:00:00Z",
                "1970-01-01T00:00:01.5Z",
            ),
            (
                pa.array([-1], pa.timestamp("us")),
                -1.0,
                -1.0,
                "1969-12-31T23:59:59.999999",
                "1969-12-31T23:59:59.999999",
            ),
        ],
    )
    def test_as_numbers_and_texts(
        self, array: pa.Array, low: float, high: float, low_text: str, high_text: str
    ) -> None:
        found = values_of(array)
        assert (found["min"], found["max"]) == (low, high)
        assert (found["min_text"], found["max_text"]) == (low_text, high_text)

    def test_a_long_text_is_cut(self) -> None:
        found = values_of(pa.array(["a" * 256, "b" * 257]))
        assert (found["min_text"], found["max_text"]) == ("a" * 256, "b" * 256 + "…")


class TestMoments:
    def test_against_scipy(self) -> None:
        values = np.random.default_rng(6).lognormal(0, 0.6, 3_000)
        found = values_of(pa.array(values))
        assert found["mean"] == pytest.approx(values.mean(), rel=1e-13)
        assert found["standard_deviation"] == pytest.approx(values.std(ddof=1), rel=1e-12)
        assert found["skewness"] == pytest.approx(stats.skew(values), rel=1e-11)
        assert found["kurtosis"] == pytest.approx(stats.kurtosis(values), rel=1e-11)

    def test_golden_shape(self) -> None:
        merged = MomentsState(
            ColumnKind.FLOAT, 9, 8.11111111111111, 576.8888888888889, 6306.691358024692, 136775.29218106996
        )
        metrics = all_metrics()
        for name, value in (("skewness", 1.365477570775088), ("kurtosis", 3.6988422688929976 - 3)):
            assert getattr(metrics[name], "of")(merged) == pytest.approx(value, rel=1e-12)  # noqa: B009 -- of moments only

    @pytest.mark.parametrize(
        ("values", "metric", "reason"),
        [
            ([None], "mean", "no non-null values"),
            ([math.nan], "mean", "no non-null values"),
            ([math.inf], "mean", "no finite values"),
            ([1.0, math.inf], "standard_deviation", "1 finite value; it needs 2"),
            ([2.0, 2.0, 2.0], "skewness", "all values are equal, or too close to each other for a double"),
            ([2.0, 2.0, 2.0], "kurtosis", "all values are equal, or too close to each other for a double"),
            ([1e308, -1e308, 3.0], "standard_deviation", "the values are too large or too close for a double"),
            ([1e-200, 2e-200], "kurtosis", "all values are equal, or too close to each other for a double"),
            ([1e-160, 2e-160], "kurtosis", "the values are too large or too close for a double"),
        ],
    )
    def test_why_not(self, values: list[float | None], metric: str, reason: str) -> None:
        assert reasons_of(pa.array(values, pa.float64()))[metric] == reason

    def test_equal_values_have_no_spread(self) -> None:
        found = values_of(pa.array([0.1] * 7))
        assert (found["mean"], found["standard_deviation"]) == (0.1, 0.0)

    def test_units(self) -> None:
        days = values_of(pa.array([dt.date(1970, 1, 2), dt.date(1970, 1, 4)]))
        assert (days["mean"], days["standard_deviation"]) == (2.0, pytest.approx(math.sqrt(2)))
        assert values_of(pa.array([1, 3], pa.timestamp("ms")))["mean"] == 2_000.0


class TestQuantiles:
    def test_exact_where_all_values_are_counted(self) -> None:
        values = np.random.default_rng(2).integers(0, 50, 20_000)
        found = values_of(pa.array(values))
        assert found["rank_error"] == 0.0
        exact = np.quantile(values, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99], method="inverted_cdf")
        assert found["quantiles"] == exact.tolist()
        assert found["median"] == exact[3]
        assert len(found["quantile_grid_101"]) == 101
        assert found["quantile_grid_101"][0] == values.min()
        assert found["quantile_grid_101"][100] == values.max()

    def test_from_the_sketch(self) -> None:
        values = np.random.default_rng(2).normal(size=20_000)
        found = values_of(pa.array(values))
        assert found["rank_error"] == pytest.approx(0.00678, rel=1e-2)
        ranks = np.searchsorted(np.sort(values), found["quantile_grid_101"], "right") / len(values)
        assert np.abs(ranks - np.arange(101) / 100).max() <= 1.5 * found["rank_error"] + 1 / len(values)
        assert found["quantile_grid_101"][50] == found["median"]
        assert found["quantile_grid_101"] == sorted(found["quantile_grid_101"])

    def test_of_two_in_the_middle_the_lower(self) -> None:
        assert values_of(pa.array([1, 2, 3, 4]))["median"] == 2.0

    def test_infinities_are_values(self) -> None:
        found = values_of(pa.array([-math.inf, 1.0, math.inf, math.nan]))
        assert found["median"] == 1.0
        assert found["quantile_grid_101"][100] == math.inf


class TestDistinct:
    def test_estimated(self) -> None:
        found = values_of(pa.array(np.arange(50_000) % 20_000))
        assert found["distinct_count_lower"] < found["distinct_count"] < found["distinct_count_upper"]
        assert found["distinct_count_lower"] <= 20_000 <= found["distinct_count_upper"]

    def test_never_more_than_there_are_values(self) -> None:
        for rows in (30_000, 60_000, 100_000):
            found = values_of(pa.array(np.arange(rows)))
            assert found["distinct_share"] <= 1.0
            assert found["distinct_count"] <= found["distinct_count_upper"] <= rows

    def test_exact(self) -> None:
        for array in (pa.array(["a", "", "b", None]), pa.array([1, 2, 3, None])):
            found = values_of(array)
            assert found["distinct_count"] == found["distinct_count_lower"] == found["distinct_count_upper"] == 3

    def test_the_empty_text_is_a_value(self) -> None:
        texts = [f"user-{number}" for number in range(300)]
        with_empty, without = (values_of(pa.array(rows), SMALL) for rows in ([*texts, ""], [*texts, "user-1"]))
        assert with_empty["distinct_count"] == without["distinct_count"] + 1

    def test_without_the_sketch(self) -> None:
        profile = profile_of(pa.array(np.arange(2_000)))
        states = {name: state for name, state in profile.states.items() if name != "hll"}
        bare = type(profile)("column", 0, "bigint", profile.kind, states)
        for name in ("distinct_count", "distinct_count_lower", "distinct_share"):
            assert all_metrics()[name].evaluate(bare) == NotComputable("no hll state was kept")


class TestLabels:
    def test_numbers(self) -> None:
        found = values_of(pa.array([1.5, 1.5, None, 0.5]))
        assert found["top_items"] == [
            {"item": "1.5", "count": 2, "lower": 2, "upper": 2},
            {"item": "0.5", "count": 1, "lower": 1, "upper": 1},
        ]
        assert found["top_share"] == 2 / 3
        assert found["top_items_max_error"] == 0
        assert found["entropy"] == pytest.approx(stats.entropy([2, 1]))

    def test_dates_are_iso(self) -> None:
        assert values_of(pa.array([dt.date(2026, 3, 2)]))["top_items"][0]["item"] == "2026-03-02"

    def test_too_many_numbers(self) -> None:
        reasons = reasons_of(pa.array(np.arange(1_001)))
        for name in ("top_items", "top_share", "top_items_max_error", "entropy"):
            assert reasons[name] == "more than 1000 distinct values"

    def test_as_many_as_configured(self) -> None:
        settings = SketchSettings(top_items=3)
        assert len(values_of(pa.array([f"t{n}" for n in range(10)]), settings)["top_items"]) == 3
        assert len(values_of(pa.array(np.arange(500)))["top_items"]) == 100

    def test_texts_that_are_not_all_counted(self) -> None:
        rows = [f"user-{number}" for number in range(3_000)] + ["often"] * 500
        found = values_of(pa.array(rows))
        assert [item["item"] for item in found["top_items"]] == ["often"]
        (item,) = found["top_items"]
        assert item["lower"] <= 500 <= item["upper"] == item["count"]
        assert found["top_items_max_error"] == item["upper"] - item["lower"] > 0
        assert reasons_of(pa.array(rows))["entropy"] == "more distinct texts than are counted"

    def test_no_text_is_frequent(self) -> None:
        array = pa.array([f"user-{number}" for number in range(5_000)])
        reasons = reasons_of(array)
        for name in ("top_items", "top_share"):
            assert reasons[name] == "no text is sure to occur more than 1 times, the sketch's error"
        assert values_of(array)["top_items_max_error"] == 1

    @pytest.mark.parametrize(("array", "state"), [(pa.array(["a"]), "frequent_items"), (pa.array([1]), "value_counts")])
    def test_without_the_state(self, array: pa.Array, state: str) -> None:
        profile = profile_of(array)
        bare = type(profile)("column", 0, "", profile.kind, {"counts": profile.states["counts"]})
        assert all_metrics()["top_items"].evaluate(bare) == NotComputable(f"no {state} state was kept")


def test_calendar() -> None:
    found = values_of(pa.array([0, 3_600_000_000, None], pa.timestamp("us", "UTC")))
    assert found["hour_of_day"] == [1, 1, *[0] * 22]
    assert found["weekday"] == [0, 0, 0, 2, 0, 0, 0]
    assert "hour_of_day" not in values_of(pa.array([dt.date(1970, 1, 1)]))
    assert values_of(pa.array([dt.date(1970, 1, 1)]))["weekday"] == [0, 0, 0, 1, 0, 0, 0]
