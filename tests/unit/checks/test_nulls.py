"""`not_null` and `completeness`."""

from __future__ import annotations

import math

import pytest

from stageprint.errors import ConfigError
from tests.unit.checks.build import check, evaluate, profile

HALF = {"a": [1.0, None, math.nan, 4.0]}


def test_not_null_passes_without_nulls() -> None:
    result = evaluate("not_null: a", {"a": [1, 2]})
    assert (result.status, result.expected, result.observed) == ("pass", "no nulls", "0 of 2 rows null (0 %)")
    assert result.reason is None


def test_not_null_fails_with_one_null_and_names_nan() -> None:
    result = evaluate("not_null: a", HALF)
    assert (result.status, result.observed) == ("fail", "1 of 4 rows null (25 %); 1 NaN, which are not null")


def test_nan_alone_is_not_null() -> None:
    assert evaluate("not_null: a", {"a": [math.nan]}).status == "pass"


@pytest.mark.parametrize("text", ["not_null: a", "completeness: {column: a, min_share: 0.5}"])
def test_no_rows_are_not_computable(text: str) -> None:
    result = evaluate(text, {"a": []})
    assert (result.status, result.observed, result.reason) == ("not_computable", "not known", "the table has no rows")


def test_completeness_at_its_bound_passes_and_below_it_fails() -> None:
    table = profile({"a": [1] * 95 + [None] * 5})
    assert evaluate("completeness: {column: a, min_share: 0.95}", table).status == "pass"
    result = evaluate("completeness: {column: a, min_share: 0.951}", table)
    assert (result.status, result.expected) == ("fail", "at least 95.1 % of rows not null")
    assert result.observed == "95 of 100 rows (95 %)"


def test_completeness_counts_nan_as_missing_on_request() -> None:
    assert evaluate("completeness: {column: a, min_share: 0.75}", HALF).status == "pass"
    result = evaluate("completeness: {column: a, min_share: 0.75, nan_is_null: true}", HALF)
    assert (result.status, result.expected) == ("fail", "at least 75 % of rows neither null nor NaN")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("95", ".min_share: expected a share from 0 to 1 (for 95 % write 0.95), got 95"),
        ("true", ".min_share: expected a share from 0 to 1, got true"),
        ("-1", ".min_share: expected a share from 0 to 1, got -1"),
        ("high", ".min_share: expected a share from 0 to 1, got 'high'"),
    ],
)
def test_a_share_is_between_zero_and_one(value: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(f"completeness: {{column: a, min_share: {value}}}")
    assert str(caught.value) == f"checks[0].completeness{message}"
