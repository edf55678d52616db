"""`accepted_values`, `pattern` and `string_length`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from stageprint.errors import ConfigError
from stageprint.model import ColumnKind
from tests.unit.checks.build import SMALL, check, evaluate, moment, profile

ORIGINS = {"origin": ["EWR"] * 3 + ["JFK"] * 2 + ["LGA", None, "X", "X", "Y"]}


def test_labels_outside_fail_and_are_named_by_falling_count() -> None:
    result = evaluate("accepted_values: {column: origin, values: [EWR, JFK, LGA]}", ORIGINS)
    assert (result.status, result.expected) == ("fail", "only 'EWR', 'JFK', 'LGA'")
    assert result.observed == "3 of 9 values not accepted (33.33 %): 'X' (2), 'Y' (1)"


def test_all_labels_inside_pass() -> None:
    result = evaluate("accepted_values: {column: origin, values: [EWR, JFK, LGA, X, Y, Z]}", ORIGINS)
    assert (result.status, result.observed) == ("pass", "all 9 values accepted")


def test_a_least_share() -> None:
    text = "accepted_values: {{column: origin, values: [EWR, JFK, LGA, X], min_share: {}}}"
    result = evaluate(text.format(0.8), ORIGINS)
    assert (result.status, result.observed) == ("pass", "1 of 9 values not accepted (11.11 %): 'Y' (1)")
    assert result.expected == "at least 80 % of values among 'EWR', 'JFK', 'LGA', 'X'"
    assert evaluate(text.format(0.89), ORIGINS).status == "fail"


@pytest.mark.parametrize(
    ("values", "accepted", "rejected"),
    [
        ([1, 2], "[1, 2]", "[1]"),
        ([0.5, 2.0], "[0.5, 2]", "[2]"),
        ([Decimal("0.10")], "[0.1]", "[0.11]"),
        ([True, False], "[true, false]", "[true]"),
        ([dt.date(2013, 1, 31)], "[2013-01-31]", "[2013-01-30]"),
        ([dt.date(2013, 1, 31)], "['2013-01-31']", "[1, 2]"),
        ([moment("2013-01-31T05:00")], "['2013-01-31T05:00']", "[2013-01-31]"),
        (["1", "2"], "[1, 2]", "[1, 3]"),
        (["2013-01-31"], "[2013-01-31]", "[x]"),
        ([1, 2], "[1, 2, 3, x]", "[a, b]"),
        ([1, 0], "[0, 1]", "[true, false]"),
        ([True], "[true]", "[1]"),
    ],
)
def test_values_are_compared_as_the_column_holds_them(values: list[Any], accepted: str, rejected: str) -> None:
    table = profile({"a": values})
    assert evaluate(f"accepted_values: {{column: a, values: {accepted}}}", table).status == "pass"
    assert evaluate(f"accepted_values: {{column: a, values: {rejected}}}", table).status == "fail"


def test_a_32_bit_float_equals_the_number_as_written() -> None:
    table = profile({"a": pa.array([0.1], pa.float32())})
    assert evaluate("accepted_values: {column: a, values: [0.1]}", table).status == "pass"


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([False], "false (1)"),
        ([dt.date(2013, 1, 31)], "2013-01-31 (1)"),
        ([moment("2013-01-31T05:00")], "2013-01-31 05:00 (1)"),
        ([7], "7 (1)"),
        (["x" * 50], f"'{'x' * 39}…' (1)"),
    ],
)
def test_values_outside_are_shown_as_they_are(values: list[Any], shown: str) -> None:
    result = evaluate("accepted_values: {column: a, values: [true]}", {"a": values})
    if isinstance(values[0], str):
        assert result.status == "not_computable"
        result = evaluate("accepted_values: {column: a, values: [y]}", {"a": values})
    assert result.observed == f"1 of 1 value not accepted (100 %): {shown}"


def test_more_distinct_values_than_accepted_fail_however_rare_each_is() -> None:
    # Each of the 300 others occurs once, so that the frequent items keep none of them.
    values = ["a"] * 5_000 + ["b"] * 5_000 + [f"other {value}" for value in range(300)]
    table = profile({"a": values}, settings=SMALL)
    result = evaluate("accepted_values: {column: a, values: [a, b]}", table)
    assert result.status == "fail"
    assert result.observed.startswith("at least ")


def test_labels_that_the_sketch_dropped_leave_a_share_open() -> None:
    values = ["a"] * 600 + [f"other {value}" for value in range(400)]
    table = profile({"a": values}, settings=SMALL)
    accepted = "[a, " + ", ".join(f"other {value}" for value in range(400)) + "]"
    result = evaluate(f"accepted_values: {{column: a, values: {accepted}}}", table)
    assert result.status == "not_computable"
    assert result.reason is not None
    assert result.reason.endswith(
        "rows hold values that the profile does not know one by one, and they would decide; `sketches.max_items` sets "
        "how many it knows"
    )
    assert result.observed.startswith("at least ")
    assert " of 1,000 values accepted" in result.observed
    assert evaluate(f"accepted_values: {{column: a, values: {accepted}, min_share: 0.5}}", table).status == "pass"


def test_numbers_that_are_not_counted_one_by_one() -> None:
    table = profile({"a": range(1_500)})
    result = evaluate("accepted_values: {column: a, values: [1, 2, 3]}", table)
    assert (result.status, result.observed) == ("fail", "at least 998 of 1,500 values not accepted (66.53 %)")
    assert evaluate("accepted_values: {column: a, values: [1, 2, 3], min_share: 0}", table).status == "pass"
    result = evaluate("accepted_values: {column: a, values: [1, 2, 3], min_share: 0.1}", table)
    assert result.status == "not_computable"


def test_labels_longer_than_the_profile_keeps() -> None:
    long, other = "x" * 300, "x" * 299 + "y"
    table = profile({"a": [long, "z"]})
    assert evaluate(f"accepted_values: {{column: a, values: [{long}, z]}}", table).status == "pass"
    assert evaluate(f"accepted_values: {{column: a, values: [{other}, z]}}", table).status == "fail"


def test_only_nulls_are_not_computable() -> None:
    table = profile({"a": pa.array([None], pa.string())})
    for text in (
        "accepted_values: {column: a, values: [x]}",
        "pattern: {column: a, regex: x}",
        "string_length: {column: a, max: 3}",
    ):
        result = evaluate(text, table)
        assert (result.status, result.reason) == ("not_computable", "no values: all 1 rows are null")


def test_a_type_that_is_only_counted_is_not_computable() -> None:
    result = evaluate("accepted_values: {column: a, values: [x]}", {"a": pa.array([b"x"], pa.binary())})
    assert (result.status, result.reason) == (
        "not_computable",
        "no frequent_items state is kept of the column, which is binary",
    )


def test_yaml_that_reads_a_country_as_false() -> None:
    with pytest.raises(ConfigError, match="YAML reads NO, no and on so; quote them"):
        check("accepted_values: {column: country, values: [DE, NO]}")
    result = evaluate("accepted_values: {column: a, values: [yes, no]}", {"a": ["yes", "no"]})
    assert result.status == "not_computable"
    assert result.reason is not None
    assert "quote them" in result.reason


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("[]", ".values: expected a list with at least one entry, got a list ([])"),
        ("x", ".values: expected a list, got 'x'; write [x]"),
        ("[[a]]", ".values[0]: expected a text, number, date, true or false, got a list (['a'])"),
    ],
)
def test_values_must_be_a_list_of_plain_values(values: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(f"accepted_values: {{column: a, values: {values}}}")
    assert str(caught.value) == f"checks[0].accepted_values{message}"


TAILNUMS = {"tailnum": ["N1", "N12", "N12", None, "D-ABC"]}


def test_texts_must_match_as_a_whole() -> None:
    result = evaluate("pattern: {column: tailnum, regex: 'N[0-9]+'}", TAILNUMS)
    assert (result.status, result.expected) == ("fail", "at least 100 % of values matching N[0-9]+")
    assert result.observed == "1 of 4 values not matching (25 %): 'D-ABC' (1)"
    assert evaluate("pattern: {column: tailnum, regex: 'N[0-9]+', min_share: 0.75}", TAILNUMS).status == "pass"
    assert evaluate("pattern: {column: tailnum, regex: 'N'}", {"tailnum": ["N1"]}).status == "fail"


def test_texts_that_the_profile_does_not_know_may_decide() -> None:
    values = ["N1"] * 100 + [f"N{value}" for value in range(1_000)]
    result = evaluate("pattern: {column: a, regex: 'N[0-9]+'}", profile({"a": values}, settings=SMALL))
    assert result.status == "not_computable"


def test_a_shortened_text_may_match_or_not() -> None:
    values = {"a": ["x" * 300, "y"]}
    assert evaluate("pattern: {column: a, regex: '.*'}", values).status == "not_computable"
    assert evaluate("pattern: {column: a, regex: 'y'}", {"a": ["x" * 256]}).status == "fail"


def test_only_texts_have_a_pattern() -> None:
    result = evaluate("pattern: {column: a, regex: x}", {"a": [1]})
    assert (result.status, result.reason) == ("not_computable", "the column is bigint, not text")


def test_a_number_taken_for_a_label_is_text() -> None:
    table = profile({"a": [1, 22]}, kinds={"a": ColumnKind.STRING})
    assert evaluate("pattern: {column: a, regex: '[0-9]+'}", table).status == "pass"


def test_a_wrong_expression_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match=r"\.regex: expected a regular expression, got '\(': missing \)"):
        check("pattern: {column: a, regex: '('}")


@pytest.mark.parametrize(
    ("bounds", "status"),
    [
        ({"min": 2, "max": 5}, "pass"),
        ({"min": 3}, "fail"),
        ({"max": 4}, "fail"),
        ({"min": 2}, "pass"),
        ({"max": 5}, "pass"),
    ],
)
def test_lengths(bounds: Mapping[str, int], status: str) -> None:
    result = evaluate(f"string_length: { {'column': 'tailnum', **bounds} }", TAILNUMS)
    assert (result.status, result.observed) == (status, "2 to 5 characters")


def test_a_length_in_words() -> None:
    assert check("string_length: {column: a, min: 3, max: 3}").expected == "exactly 3 characters"


def test_only_texts_have_a_length() -> None:
    result = evaluate("string_length: {column: a, max: 3}", {"a": [1]})
    assert (result.status, result.reason) == (
        "not_computable",
        "no lengths state is kept of the column, which is bigint",
    )


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ("", ": expected a lower or an upper bound or both, got neither"),
        (", min: 3, max: 2", ": expected the lower bound to be at most the upper, got 3 and 2"),
        (", min: -1", ".min: expected a number of at least 0, got -1"),
        (", min: 1.5", ".min: expected a whole number, got 1.5"),
    ],
)
def test_lengths_must_make_sense(bounds: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(f"string_length: {{column: a{bounds}}}")
    assert str(caught.value) == f"checks[0].string_length{message}"
