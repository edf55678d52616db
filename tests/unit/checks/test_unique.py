"""`unique` and `key_unique`."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from stageprint.checks._distinct import distinct
from stageprint.checks.base import UndecidedError
from stageprint.model import TableKey, TableProfile
from tests.unit.checks.build import SMALL, Table, evaluate, profile

MANY = range(0, 40_000, 2)


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, None, 3],
        ["a", "b", ""],
        [True, False],
        [dt.date(2013, 1, 1), dt.date(2013, 1, 2)],
        [Decimal("1.50"), Decimal("2.25")],
    ],
)
def test_distinct_values_pass(values: list[Any]) -> None:
    result = evaluate("unique: a", {"a": values})
    assert result.status == "pass"
    assert result.observed == f"all {sum(value is not None for value in values)} values distinct"


@pytest.mark.parametrize("values", [[1, 1, None], ["a", "a"], [True, False, False], [Decimal("0.5")] * 2])
def test_a_value_twice_fails(values: list[Any]) -> None:
    assert evaluate("unique: a", {"a": values}).status == "fail"


def test_observed_counts() -> None:
    result = evaluate("unique: a", {"a": [1, 1, 2]})
    assert (result.expected, result.observed) == ("no value twice", "2 distinct of 3 values")


def test_only_nulls_are_not_computable() -> None:
    result = evaluate("unique: a", {"a": pa.array([None, None], pa.int64())})
    assert (result.status, result.reason) == ("not_computable", "no values: all 2 rows are null")


def test_an_estimate_decides_neither_way() -> None:
    result = evaluate("unique: a", {"a": [value * 7 for value in MANY]})
    assert result.status == "not_computable"
    assert result.reason == "the number of distinct values is an estimate, which cannot tell no repeats from a few"
    assert result.observed.startswith("at least 1")


def test_an_estimate_far_below_the_rows_fails() -> None:
    result = evaluate("unique: a", {"a": [value % 5_000 * 7.5 for value in MANY]})
    assert result.status == "fail"
    assert result.observed.startswith("at most 2,")


def test_an_exact_theta_sketch_proves_it() -> None:
    values = {"a": [value * 7 for value in range(2_000)]}
    assert evaluate("unique: a", values).status == "not_computable"
    assert evaluate("unique: a", profile(values, theta=["a"])).status == "pass"
    assert evaluate("unique: a", profile(values, keys=[["a"]])).status == "pass"


@pytest.mark.parametrize(
    "values",
    [
        [*range(1_999), 7],
        [Decimal(value % 1_999) / 100 for value in range(2_000)],
    ],
)
def test_more_rows_than_values_between_the_extremes_fail(values: list[Any]) -> None:
    result = evaluate("unique: a", profile({"a": values}, settings=SMALL))
    assert (result.status, result.observed) == ("fail", "at most 1,999 distinct of 2,000 values")


def test_a_frequent_label_twice_fails_whatever_the_sketch_says() -> None:
    # 13 labels and more do not fit: of `x` 200 rows less the error remain, so that 801 + 200 rows cannot be distinct.
    values = [f"label {value}" for value in range(800)] + ["x"] * 200
    table = profile({"a": values}, settings=SMALL)
    result = evaluate("unique: a", table)
    assert result.status == "fail"
    found = distinct(table.columns["a"])
    assert found.lower >= 13
    assert found.upper <= 810


def test_the_empty_string_is_a_value() -> None:
    values = ["", *(f"{value}" for value in range(100))]
    assert distinct(profile({"a": values}, settings=SMALL).columns["a"]).upper >= 101


def test_the_least_share_of_distinct_values() -> None:
    table = profile({"a": [1, 2, 3, 3]})
    assert evaluate("unique: {column: a, min_share: 0.75}", table).status == "pass"
    result = evaluate("unique: {column: a, min_share: 0.8}", table)
    assert (result.status, result.expected) == ("fail", "distinct values at least 80 % of the values")
    assert result.observed == "75 %"


def test_a_share_within_sketch_error_of_the_bound_passes_and_says_so() -> None:
    table = profile({"a": [value * 7.5 for value in range(4_000)] * 2})
    found = distinct(table.columns["a"])
    assert found.lower < found.value < found.upper
    inside, beyond = ((found.value + found.upper) / 2 / 8_000, (found.upper + 1) / 8_000)
    result = evaluate(f"unique: {{column: a, min_share: {inside}}}", table)
    assert result.status == "pass"
    assert result.observed.endswith("within sketch error of the bound")
    assert evaluate(f"unique: {{column: a, min_share: {beyond}}}", table).status == "fail"


def test_a_column_that_is_only_counted_is_not_computable() -> None:
    result = evaluate("unique: a", {"a": pa.array([b"1", b"2"], pa.binary())})
    assert result.status == "not_computable"


def test_distinct_needs_values() -> None:
    with pytest.raises(UndecidedError, match="all 1 rows are null or NaN"):
        distinct(profile({"a": [float("nan")]}).columns["a"])


def test_the_only_key_is_the_one_meant() -> None:
    table = profile({"a": [1, 1, 2], "b": [1, 2, 1]}, keys=[["a", "b"]])
    result = evaluate("key_unique", table)
    assert (result.status, result.expected, result.observed) == ("pass", "no key twice", "all 3 keys distinct")


def test_a_key_twice_fails() -> None:
    table = profile({"a": [1, 1, 2], "b": [1, 1, 1]}, keys=[["a", "b"]])
    result = evaluate("key_unique: [b, a]", table)
    assert (result.status, result.expected, result.observed) == ("fail", "no b+a twice", "2 distinct of 3 keys")


def test_rows_with_a_null_in_the_key_are_left_out_and_named() -> None:
    table = profile({"a": [1, None, 2, None], "b": [1, 1, 1, 1]}, keys=[["a", "b"]])
    result = evaluate("key_unique", table)
    assert (result.status, result.observed) == ("pass", "all 2 keys distinct; 2 rows with a null in the key left out")


def test_counted_duplicates_outrank_the_sketch() -> None:
    table = profile({"a": [1, 2]}, keys=[["a"]], facts={"key_duplicate_rows": {"a": 1}})
    result = evaluate("key_unique", table)
    assert (result.status, result.observed) == ("fail", "1 of 2 rows repeat a key")


def test_a_sketch_that_estimates_decides_only_what_is_far_off() -> None:
    values = {"a": [f"a{value}" for value in range(500)], "b": ["x"] * 500}
    assert evaluate("key_unique", profile(values, keys=[["a", "b"]], settings=SMALL)).status == "not_computable"
    values["a"] = [f"a{value % 50}" for value in range(500)]
    assert evaluate("key_unique", profile(values, keys=[["a", "b"]], settings=SMALL)).status == "fail"


def test_a_key_of_one_column_uses_all_that_is_known_of_the_column() -> None:
    table = profile({"a": range(500)}, keys=[["a"]], settings=SMALL)
    assert evaluate("key_unique", table).status == "pass"


def test_a_column_with_a_theta_sketch_is_a_key() -> None:
    assert evaluate("key_unique: a", profile({"a": [1, 2, None]}, theta=["a"])).status == "pass"


@pytest.mark.parametrize(
    ("text", "table", "reason"),
    [
        ("key_unique", lambda: profile({"a": [1]}), "raw.flights declares no key"),
        (
            "key_unique",
            lambda: profile({"a": [1], "b": [1]}, keys=[["a"], ["b"]]),
            "raw.flights declares 2 keys: name one",
        ),
        (
            "key_unique: b",
            lambda: profile({"a": [1], "b": [1]}, keys=[["a"]]),
            "raw.flights keeps no theta sketch of b; declare it in `keys` or `columns.theta` – available: 'a'",
        ),
        ("key_unique", lambda: profile({"a": pa.array([], pa.int64())}, keys=[["a"]]), "the table has no rows"),
        (
            "key_unique",
            lambda: profile({"a": pa.array([None], pa.int64())}, keys=[["a"]]),
            "no row has a key without null",
        ),
    ],
)
def test_keys_that_are_not_computable(text: str, table: Table, reason: str) -> None:
    result = evaluate(text, table)
    assert (result.status, result.reason) == ("not_computable", reason)


def test_a_key_of_a_column_that_is_not_there_fails() -> None:
    result = evaluate("key_unique: [a, gone]", profile({"a": [1]}, keys=[["a"]]))
    assert (result.status, result.observed) == ("fail", "no such column: gone – available: 'a'")


def test_null_rows_of_a_key_that_nobody_counted() -> None:
    def uncounted(data: dict[str, Any], without: tuple[str, ...] = ()) -> TableProfile:
        made = profile(data, keys=[list(data)], without=without)
        return TableProfile(TableKey("raw", "t"), made.rows, made.schema, made.columns, made.keys)

    assert evaluate("key_unique", uncounted({"a": [1, 2], "b": [1, 1]})).status == "pass"
    assert evaluate("key_unique", uncounted({"a": [1, None]})).observed.endswith(
        "1 row with a null in the key left out"
    )
    reason = "the rows with a null in the key were not counted"
    assert evaluate("key_unique", uncounted({"a": [1, None], "b": [1, 1]})).reason == reason
    assert evaluate("key_unique", uncounted({"a": [1, 2], "b": [1, 1]}, without=("b",))).reason == reason
