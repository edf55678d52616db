"""`row_count`, `schema`, `freshness` and `custom_sql`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from stageprint.errors import ConfigError, SourceError
from stageprint.model import SchemaField, TableKey, TableProfile
from stageprint.model.durations import duration
from tests.unit.checks.build import Table, check, evaluate, moment, profile

THREE = {"year": [2013] * 3, "carrier": ["UA", "AA", None]}


@pytest.mark.parametrize(
    ("bounds", "status", "expected"),
    [
        ("min: 3", "pass", "at least 3 rows"),
        ("min: 4", "fail", "at least 4 rows"),
        ("max: 3", "pass", "at most 3 rows"),
        ("max: 2", "fail", "at most 2 rows"),
        ("min: 1, max: 40000", "pass", "from 1 to 40,000 rows"),
    ],
)
def test_rows(bounds: str, status: str, expected: str) -> None:
    result = evaluate(f"row_count: {{{bounds}}}", THREE)
    assert (result.status, result.expected, result.observed) == (status, expected, "3 rows")


def test_an_empty_table_has_a_number_of_rows() -> None:
    assert evaluate("row_count: {min: 1}", {"a": []}).status == "fail"


def test_row_count_needs_a_bound() -> None:
    with pytest.raises(ConfigError, match="got neither"):
        check("row_count: {}")


def table_of(*fields: tuple[str, str]) -> TableProfile:
    return TableProfile(TableKey("raw", "t"), 0, tuple(SchemaField(*field) for field in fields), {})


INT, TEXT, REAL = ("year", "int"), ("carrier", "string"), ("distance", "decimal(10,2)")


@pytest.mark.parametrize(
    ("mode", "fields", "observed"),
    [
        ("exact", (INT, TEXT, REAL), None),
        ("exact", (TEXT, INT, REAL), "re-ordered: carrier, year, distance"),
        ("any_order", (TEXT, INT, REAL), None),
        ("additive", (TEXT, ("new", "int"), INT, REAL), None),
        ("any_order", (INT, TEXT, REAL, ("new", "int")), "added new"),
        ("exact", (INT, ("new", "int"), TEXT, REAL), "added new"),
        ("additive", (INT, TEXT), "removed distance"),
        ("exact", (("Year", "int"), TEXT, REAL), "removed year; added Year"),
        ("additive", (("year", "bigint"), TEXT, REAL), "re-typed year from INTEGER to bigint"),
        ("exact", (INT, TEXT, ("distance", "decimal(10,3)")), "re-typed distance from Decimal(10, 2) to decimal(10,3)"),
        ("exact", (INT, INT, TEXT, REAL), "1 name given twice"),
    ],
)
def test_a_schema(mode: str, fields: tuple[tuple[str, str], ...], observed: str | None) -> None:
    text = f"schema: {{columns: {{year: INTEGER, carrier: string, distance: 'Decimal(10, 2)'}}, mode: {mode}}}"
    result = evaluate(text, table_of(*fields))
    assert result.status == ("pass" if observed is None else "fail")
    assert result.observed == (observed or f"{len(fields)} columns, as declared")


def test_a_schema_without_types() -> None:
    result = evaluate("schema: {columns: [year, carrier]}", THREE)
    assert (result.status, result.expected) == ("pass", "2 columns in this order: year, carrier")
    typed = check("schema: {columns: {year: int, carrier: null}, mode: additive}")
    assert typed.expected == "2 columns, others too: year int, carrier"


@pytest.mark.parametrize("columns", ["[a, a]", "[]", "{}", "a", "[1]", "{a: 1}", "{1: int}"])
def test_a_schema_must_make_sense(columns: str) -> None:
    with pytest.raises(ConfigError, match=r"\.columns: expected a mapping of columns to types, or a list of columns"):
        check(f"schema: {{columns: {columns}}}")


DAY = dt.date(2013, 5, 7)


def with_newest(newest: Any) -> TableProfile:
    return profile({"a": [1]}, facts={"event_time_max": newest})


@pytest.mark.parametrize(
    ("newest", "max_age", "status", "observed"),
    [
        (moment("2013-05-07T23:00"), "1d", "pass", "newest 2013-05-07 23:00, 1 h before the end of 2013-05-07"),
        (moment("2013-05-07"), "1d", "pass", "newest 2013-05-07, 1 d before the end of 2013-05-07"),
        (moment("2013-05-06T23:00"), "24h", "fail", "newest 2013-05-06 23:00, 1 d 1 h before the end of 2013-05-07"),
        (moment("2013-05-06T23:00"), "1d 1h", "pass", "newest 2013-05-06 23:00, 1 d 1 h before the end of 2013-05-07"),
        (moment("2013-05-31"), "0h", "pass", "newest 2013-05-31, 23 d after the end of 2013-05-07"),
        (
            dt.datetime(2013, 5, 7, 23, tzinfo=dt.timezone(dt.timedelta(hours=-4))),
            "0h",
            "pass",
            "newest 2013-05-08 03:00, 3 h after the end of 2013-05-07",
        ),
    ],
)
def test_freshness_of_the_event_time(newest: dt.datetime, max_age: str, status: str, observed: str) -> None:
    result = evaluate(f"freshness: {max_age}", with_newest(newest), run_date=DAY)
    assert (result.status, result.observed) == (status, observed)


def test_freshness_in_words() -> None:
    assert check("freshness: 36h").expected == "newest event time at most 1 d 12 h old"
    text = "freshness: {column: a, max_age: 1w, max_ahead: 30min}"
    assert check(text).expected == "newest a at most 7 d old and 30 min ahead"


@pytest.mark.parametrize(
    ("values", "ahead", "status"),
    [
        ([dt.date(2013, 5, 7), None], "0d", "pass"),
        ([dt.date(2013, 5, 5)], "0d", "fail"),
        ([dt.date(2013, 5, 9)], "1d", "pass"),
        ([dt.date(2013, 5, 10)], "1d", "fail"),
        ([dt.date(9999, 12, 31)], "1d", "fail"),
        (pa.array([2**62], pa.timestamp("us")), "1d", "fail"),
        (pa.array([2**31 - 1], pa.date32()), "1d", "fail"),
    ],
)
def test_freshness_of_a_column(values: Any, ahead: str, status: str) -> None:
    text = f"freshness: {{column: A, max_age: 1d, max_ahead: {ahead}}}"
    assert evaluate(text, {"a": values}, run_date=DAY).status == status


def test_a_column_that_is_not_there_is_not_fresh() -> None:
    result = evaluate("freshness: {column: time_hou, max_age: 1d}", {"time_hour": [1]}, run_date=DAY)
    assert (result.status, result.observed) == ("fail", "no such column: time_hou – did you mean 'time_hour'?")


@pytest.mark.parametrize(
    ("text", "table", "date", "reason"),
    [
        ("freshness: 1d", lambda: with_newest(moment("2013-05-07")), None, "the run has no logical date"),
        ("freshness: 1d", lambda: with_newest(None), DAY, "the table has no event time"),
        ("freshness: {max_age: 1d, column: a}", lambda: profile({"a": [1]}), DAY, "the column is bigint, not a date"),
        (
            "freshness: {max_age: 1d, column: a}",
            lambda: profile({"a": [dt.date(2013, 5, 7)]}, without=["a"]),
            DAY,
            "the column is in the table but was not profiled",
        ),
        (
            "freshness: {max_age: 1d, column: a}",
            lambda: profile({"a": pa.array([None], pa.date32())}),
            DAY,
            "the column has no values",
        ),
    ],
)
def test_freshness_that_is_not_computable(text: str, table: Table, date: dt.date | None, reason: str) -> None:
    result = evaluate(text, table, run_date=date)
    assert result.status == "not_computable"
    assert result.reason is not None
    assert result.reason.startswith(reason)


@pytest.mark.parametrize("value", ["2", "two days", "1m", "''", "1d x", "9999999d", "999999w 1d"])
def test_a_span_of_time_has_a_unit(value: str) -> None:
    with pytest.raises(ConfigError, match=r"checks\[0\]\.freshness: expected a duration such as 2d, 36h"):
        check(f"freshness: {value}")


def test_a_span_of_nothing() -> None:
    assert duration(dt.timedelta(0)) == "0 min"


SQL = "custom_sql: {sql: 'SELECT  1', %s}"


def test_a_query_needs_a_session() -> None:
    result = evaluate("custom_sql: SELECT 1", THREE)
    assert (result.status, result.reason, result.expected) == (
        "not_computable",
        "needs a session",
        "no row from SELECT 1",
    )


def test_a_query_is_shown_without_its_credentials() -> None:
    result = evaluate("custom_sql: \"SELECT * FROM jdbc OPTIONS (url 'jdbc:x://h?password=abc')\"", THREE)
    assert result.expected == "no row from SELECT * FROM jdbc OPTIONS (url 'jdbc:x://h?password=***')"


def test_a_query_that_cannot_be_run_is_not_computable() -> None:
    def run(_: str) -> list[dict[str, Any]]:
        message = "no such table"
        raise SourceError(message)

    result = evaluate("custom_sql: SELECT 1", THREE, evaluate_sql=run)
    assert (result.status, result.reason) == ("not_computable", "the query cannot be run: no such table")


@pytest.mark.parametrize(
    ("rows", "status", "observed"),
    [
        ([], "pass", "no rows"),
        ([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], "fail", "2 rows, first: a=1, b=x"),
        ([{"ok": True}], "pass", "true"),
        ([{"ok": False}], "fail", "false"),
        ([{"n": 3}], "fail", "1 row, first: n=3"),
        ([{"ok": None}], "not_computable", "null"),
    ],
)
def test_a_query_returns_what_breaks_the_expectation(rows: Any, status: str, observed: str) -> None:
    result = evaluate("custom_sql: {sql: SELECT 1, description: nothing wrong}", THREE, evaluate_sql=lambda _: rows)
    assert (result.status, result.observed, result.expected) == (status, observed, "nothing wrong")


@pytest.mark.parametrize(
    ("rows", "status", "observed"),
    [
        ([{"n": 3}], "pass", "3"),
        ([{"n": 4}], "fail", "4"),
        ([{"n": None}], "not_computable", "null"),
        ([{"n": "x"}], "not_computable", "'x'"),
        ([{"n": float("nan")}], "not_computable", "nan"),
        ([], "not_computable", "0 rows"),
        ([{"n": 1, "m": 2}], "not_computable", "1 row"),
    ],
)
def test_a_query_returns_one_number(rows: Any, status: str, observed: str) -> None:
    result = evaluate(SQL % "min: 1, max: 3.5", THREE, evaluate_sql=lambda _: rows)
    assert (result.status, result.observed, result.expected) == (status, observed, "from 1 to 3.5 from SELECT 1")


def test_the_query_is_handed_over_as_written() -> None:
    seen: list[str] = []

    def run(sql: str) -> list[dict[str, Any]]:
        seen.append(sql)
        return [{"n": 0}]

    assert evaluate(SQL % "max: 1", THREE, evaluate_sql=run).status == "pass"
    assert seen == ["SELECT  1"]


def test_rows_that_were_not_all_fetched_are_not_counted() -> None:
    result = evaluate("custom_sql: SELECT 1", THREE, evaluate_sql=lambda _: [{"a": 1}] * 1001)
    assert result.observed == "more than 1,000 rows, first: a=1"
