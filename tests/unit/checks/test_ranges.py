"""`accepted_range`, `quantile_range` and `metric`."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.checks._quantile import quantile
from stageprint.errors import ConfigError
from stageprint.metrics.mean import MeanMetric
from tests.unit.checks.build import SMALL, check, evaluate, moment, profile


@pytest.mark.parametrize(
    ("values", "bounds", "status", "observed"),
    [
        ([0, 23, None], "min: 0, max: 23", "pass", "0 to 23"),
        ([0, 24], "min: 0, max: 23", "fail", "0 to 24"),
        ([-1, 23], "min: 0", "fail", "-1 to 23"),
        ([0.5, math.nan], "max: 0.5", "pass", "0.5 to 0.5"),
        ([0.5, math.inf], "max: 1000", "fail", "0.5 to inf"),
        ([Decimal("0.10"), Decimal("0.30")], "min: 0.1, max: 0.3", "pass", "0.10 to 0.30"),
        ([Decimal("0.10"), Decimal("0.31")], "max: 0.3", "fail", "0.10 to 0.31"),
        ([2**53 + 1], f"max: {2**53}", "fail", f"{2**53 + 1} to {2**53 + 1}"),
        ([dt.date(2013, 1, 31)], "min: 2013-01-31, max: 2013-01-31", "pass", "2013-01-31 to 2013-01-31"),
        ([dt.date(2013, 1, 31)], "min: 2013-01-31T12:00", "fail", "2013-01-31 to 2013-01-31"),
        ([moment("2013-01-31T05:00")], "max: '2013-01-31T05:00Z'", "pass", "2013-01-31 05:00 to 2013-01-31 05:00"),
        ([moment("2013-01-31T05:00")], "max: '2013-01-31T05:00+01:00'", "fail", "2013-01-31 05:00 to 2013-01-31 05:00"),
    ],
)
def test_a_range_is_held_against_the_exact_extremes(values: list[Any], bounds: str, status: str, observed: str) -> None:
    result = evaluate(f"accepted_range: {{column: a, {bounds}}}", {"a": values})
    assert (result.status, result.observed) == (status, observed)


@pytest.mark.parametrize(("limit", "status"), [("0.1", "pass"), ("0.0999", "fail"), ("1.0e+39", "pass")])
def test_a_32_bit_float_is_not_above_the_number_as_written(limit: str, status: str) -> None:
    table = profile({"a": pa.array([0.1], pa.float32())})
    assert evaluate(f"accepted_range: {{column: a, max: {limit}}}", table).status == status


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ("min: 0", "at least 0"),
        ("max: 0.5", "at most 0.5"),
        ("min: 0, max: 10", "from 0 to 10"),
        ("min: 2013-01-31", "at least 2013-01-31"),
        ("max: 2013-01-31 05:06:07", "at most 2013-01-31 05:06:07"),
    ],
)
def test_the_range_in_words(bounds: str, words: str) -> None:
    assert check(f"accepted_range: {{column: a, {bounds}}}").expected == words


@pytest.mark.parametrize(
    ("values", "bounds", "reason"),
    [
        (["x"], "min: 0", "the column is string, neither a number nor a date"),
        ([dt.date(2013, 1, 1)], "min: 0", "the column is date, the limit 0 is a number"),
        ([1], "min: 2013-01-01", "the column is bigint, the limit 2013-01-01 is a date"),
        (pa.array([None], pa.int64()), "min: 0", "no values: all 1 rows are null"),
        ([math.nan], "min: 0", "no values: all 1 rows are null or NaN"),
    ],
)
@pytest.mark.parametrize("name", ["accepted_range: {", "quantile_range: {quantile: 0.5,"])
def test_ranges_that_are_not_computable(name: str, values: Any, bounds: str, reason: str) -> None:
    result = evaluate(f"{name} column: a, {bounds}}}", {"a": values})
    assert (result.status, result.reason) == ("not_computable", reason)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ("", ": expected `min`, `max` or both, got neither"),
        ("min: 3, max: 2", ": expected `min` to be at most `max`, got 3 and 2"),
        ("min: 2013-01-02, max: 2013-01-01", ": expected `min` to be at most `max`, got 2013-01-02 and 2013-01-01"),
        ("min: 3, max: 2013-01-01", ": expected `min` and `max` to be both numbers or both dates"),
        ("min: yes", ".min: expected a number, or a date such as 2013-01-31, got true"),
        ("min: '5'", ".min: expected a number, or a date such as 2013-01-31, got '5'"),
        ("min: .inf", ".min: expected a number, or a date such as 2013-01-31, got inf"),
        ("min: [1]", ".min: expected a number, or a date such as 2013-01-31, got a list ([1])"),
    ],
)
def test_ranges_must_make_sense(bounds: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(f"accepted_range: {{column: a, {bounds}}}")
    assert str(caught.value) == f"checks[0].accepted_range{message}"


def test_an_exact_quantile() -> None:
    table = profile({"a": [*range(99), 10_000, None]})
    result = evaluate("quantile_range: {column: a, quantile: 0.99, max: 98}", table)
    assert (result.status, result.expected, result.observed) == ("pass", "quantile 0.99 at most 98", "98")
    assert evaluate("quantile_range: {column: a, quantile: 1, max: 98}", table).status == "fail"
    assert evaluate("quantile_range: {column: a, quantile: 0, min: 0}", table).observed == "0"
    assert evaluate("quantile_range: {column: a, quantile: 0.5, min: 50}", table).observed == "49"


def test_a_quantile_of_dates() -> None:
    table = profile({"a": [dt.date(2013, 1, day) for day in (1, 2, 31)]})
    result = evaluate("quantile_range: {column: a, quantile: 0.5, max: 2013-01-02}", table)
    assert (result.status, result.observed) == ("pass", "2013-01-02")


@pytest.mark.parametrize("name", ["quantile_range: {quantile: 0.5,", "metric: {metric: median,"])
def test_a_quantile_within_sketch_error_of_the_bound_passes_and_says_so(name: str) -> None:
    values = np.random.default_rng(7).permutation(20_000) / 10
    table = profile({"a": values.tolist()}, settings=SMALL)
    found = quantile(table.columns["a"], 0.5)
    assert found.lower < found.value < found.upper
    result = evaluate(f"{name} column: a, max: {(found.lower + found.value) / 2}}}", table)
    assert result.status == "pass"
    assert result.observed.endswith("within sketch error of the bound")
    assert evaluate(f"{name} column: a, max: {found.lower - 0.1}}}", table).status == "fail"
    assert evaluate(f"{name} column: a, min: {found.upper + 0.1}}}", table).status == "fail"
    result = evaluate(f"{name} column: a, min: {found.lower - 1}}}", table)
    assert result.status == "pass"
    assert "error" not in result.observed


@pytest.mark.parametrize(
    ("name", "bounds", "status", "observed"),
    [
        ("mean", "min: 2, max: 3", "pass", "2.5"),
        ("mean", "max: 2", "fail", "2.5"),
        ("null_count", "max: 0", "fail", "1"),
        ("null_share", "max: 0.2", "pass", "0.2"),
        ("row_count", "min: 5", "pass", "5"),
        ("median", "min: 2, max: 2", "pass", "2"),
        ("distinct_count", "min: 4, max: 4", "pass", "4"),
        ("distinct_share", "min: 1", "pass", "1"),
        ("max", "max: 3.5", "fail", "4"),
        ("top_share", "max: 0.25", "pass", "0.25"),
    ],
)
def test_a_metric_lies_in_its_range(name: str, bounds: str, status: str, observed: str) -> None:
    result = evaluate(f"metric: {{column: a, metric: {name}, {bounds}}}", {"a": [1, 2, 3, 4, None]})
    assert (result.status, result.observed) == (status, observed)
    assert result.expected.startswith(f"{name} ")


def test_a_metric_that_is_a_date() -> None:
    table = profile({"a": [dt.date(2013, 1, day) for day in (1, 3, 5)]})
    result = evaluate("metric: {column: a, metric: mean, min: 2013-01-02, max: 2013-01-03}", table)
    assert (result.status, result.observed) == ("pass", "2013-01-03")
    result = evaluate("metric: {column: a, metric: mean, min: 5}", table)
    assert (result.status, result.reason) == ("not_computable", "the column is date, the limit 5 is a number")
    result = evaluate("metric: {column: a, metric: null_count, max: 2013-01-02}", table)
    assert (result.status, result.reason) == ("not_computable", "null_count is a number, its limit a date")


def test_a_metric_with_a_reason_of_its_own() -> None:
    result = evaluate("metric: {column: a, metric: mean, min: 0}", {"a": ["x"]})
    assert (result.status, result.reason) == ("not_computable", "type string")


def test_a_metric_that_is_no_finite_number(monkeypatch: pytest.MonkeyPatch) -> None:
    result = evaluate("metric: {column: a, metric: max, max: 5}", {"a": [math.inf]})
    assert (result.status, result.observed) == ("fail", "inf")
    monkeypatch.setattr(MeanMetric, "compute", lambda *_: math.nan)
    result = evaluate("metric: {column: a, metric: mean, max: 5}", {"a": [1.0]})
    assert (result.status, result.reason) == ("not_computable", "the mean is not a number")


def test_the_number_of_distinct_values_within_sketch_error() -> None:
    table = profile({"a": [value * 7.5 for value in range(4_000)]}, settings=SMALL)
    result = evaluate("metric: {column: a, metric: distinct_count, min: 4000, max: 4000}", table)
    assert result.status == "pass"
    assert evaluate("metric: {column: a, metric: distinct_count, max: 2000}", table).status == "fail"


def test_the_share_of_the_most_frequent_label_within_sketch_error() -> None:
    values = ["a"] * 500 + [f"other {value}" for value in range(500)]
    table = profile({"a": values}, settings=SMALL)
    assert evaluate("metric: {column: a, metric: top_share, min: 0.5, max: 0.5}", table).status == "pass"
    assert evaluate("metric: {column: a, metric: top_share, max: 0.3}", table).status == "fail"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("avarage", "expected a metric that is one number, got 'avarage', which does not exist"),
        ("meen", "expected a metric that is one number, got 'meen', which does not exist – did you mean 'mean'?"),
        ("top_items", "expected a metric that is one number, got 'top_items', which is not one number"),
    ],
)
def test_an_unknown_metric_is_a_mistake(name: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(f"metric: {{column: a, metric: {name}, min: 0}}")
    assert str(caught.value).startswith(f"checks[0].metric.metric: {message}")
