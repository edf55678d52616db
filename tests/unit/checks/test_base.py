"""What every check shares: the column, the row of `check_results`."""

from __future__ import annotations

import pytest

from stageprint.checks import CheckContext, not_run, parse_checks, run_checks
from stageprint.checks.base import state_of
from stageprint.model import (
    CheckOutcome,
    ColumnKey,
    ColumnKind,
    ColumnProfile,
    Lack,
    SchemaField,
    Severity,
    TableKey,
    TableProfile,
)
from stageprint.states.hll import HllState
from tests.unit.checks.build import evaluate, profile


def flights() -> TableProfile:
    return profile({"dep_delay": [1, None], "Origin": ["EWR", "JFK"], "x": [1, 2], "X": [1, None]})


def test_a_column_that_is_not_there_fails_and_names_the_nearest() -> None:
    result = evaluate("not_null: dep_dely", flights())
    assert (result.status, result.reason) == ("fail", None)
    assert result.observed == "no such column: dep_dely – did you mean 'dep_delay'?"


def test_a_column_may_differ_in_case_where_that_is_clear() -> None:
    assert evaluate("not_null: origin", flights()).status == "pass"
    assert evaluate("not_null: X", flights()).status == "fail"
    assert evaluate("not_null: x", flights()).status == "pass"
    ambiguous = profile({"Ab": [1], "aB": [1]})
    result = evaluate("not_null: AB", ambiguous)
    assert (result.status, result.reason) == ("not_computable", "the column is in the table but was not profiled")


@pytest.mark.parametrize("path", ["skipped", "Point.x", "point[]", "point{}"])
def test_a_column_that_was_not_profiled_is_not_computable(path: str) -> None:
    schema = (SchemaField("skipped", "int"), SchemaField("point", "struct<x:int>"))
    result = evaluate(f"not_null: '{path}'", TableProfile(TableKey("raw", "t"), 1, schema, {}))
    assert (result.status, result.reason) == ("not_computable", "the column is in the table but was not profiled")


def test_a_table_without_columns_has_none_to_propose() -> None:
    result = evaluate("not_null: a", TableProfile(TableKey("raw", "t"), 1, (SchemaField("ab", "int"),), {}))
    assert (result.status, result.observed) == ("fail", "no such column: a")


def test_a_state_that_is_not_kept_is_the_reason() -> None:
    bare = ColumnProfile("a", 0, "int", ColumnKind.INTEGER, {})
    table = TableProfile(TableKey("raw", "t"), 1, (SchemaField("a", "int"),), {"a": bare})
    result = evaluate("not_null: a", table)
    assert (result.status, result.reason) == ("not_computable", "no counts state is kept of the column, which is int")
    assert state_of(flights().columns["x"], HllState).lg_k == 12


def test_checks_of_a_table_without_a_profile_leave_a_trace() -> None:
    declared = parse_checks([{"not_null": "x"}], "checks")
    assert not_run(declared, "run", TableKey("raw", "t"), "the source does not exist") == [
        CheckOutcome(
            "run",
            ColumnKey("raw", "t", "x"),
            "not_null",
            "not_computable",
            Severity.CRITICAL,
            "no nulls",
            "not known",
            "the source does not exist",
            Lack.PROFILE,
        )
    ]


def test_rows_of_check_results() -> None:
    declared = parse_checks(
        [
            {"row_count": {"min": 3}, "severity": "warning"},
            {"not_null": ["x", "gone"]},
            {"check": "unique", "column": "Origin", "severity": "review"},
            "key_unique",
        ],
        "checks",
    )
    assert run_checks(declared, CheckContext(flights(), "run")) == [
        CheckOutcome(
            "run",
            ColumnKey("raw", "flights", ":table"),
            "row_count",
            "fail",
            Severity.WARNING,
            "at least 3 rows",
            "2 rows",
            None,
        ),
        CheckOutcome(
            "run",
            ColumnKey("raw", "flights", "x"),
            "not_null",
            "pass",
            Severity.CRITICAL,
            "no nulls",
            "0 of 2 rows null (0 %)",
            None,
        ),
        CheckOutcome(
            "run",
            ColumnKey("raw", "flights", "gone"),
            "not_null",
            "fail",
            Severity.CRITICAL,
            "no nulls",
            "no such column: gone – available: 'Origin', 'X', 'dep_delay', 'x'",
            None,
        ),
        CheckOutcome(
            "run",
            ColumnKey("raw", "flights", "Origin"),
            "unique",
            "pass",
            Severity.REVIEW,
            "no value twice",
            "all 2 values distinct",
            None,
        ),
        CheckOutcome(
            "run",
            ColumnKey("raw", "flights", ":table"),
            "key_unique",
            "not_computable",
            Severity.CRITICAL,
            "no key twice",
            "not known",
            "raw.flights declares no key",
        ),
    ]
