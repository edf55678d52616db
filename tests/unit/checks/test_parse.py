"""Checks as YAML declares them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from stageprint.checks import parse_checks
from stageprint.errors import ConfigError
from stageprint.model import Severity


def declared(text: str) -> list[tuple[str, str | None, dict[str, Any], str]]:
    return [
        (
            entry.check.name,
            entry.check.column,
            entry.check.parameters.model_dump(exclude_unset=True),
            entry.severity.value,
        )
        for entry in parse_checks(yaml.safe_load(text), "checks")
    ]


def test_every_way_of_writing_a_check() -> None:
    found = declared("""
        - {check: not_null, column: dep_delay, severity: warning}
        - {check: completeness, column: [a, b], min_share: 0.9}
        - not_null: [a, b]
        - not_null: c
        - {not_null: d, severity: review}
        - accepted_values: {column: origin, values: [EWR], severity: warning}
        - key_unique
        - key_unique: [a, b]
        - key_unique: {key: a}
        - freshness: {max_age: 2d, column: t}
        - row_count: {min: 1}
    """)
    assert [(name, column, severity) for name, column, _, severity in found] == [
        ("not_null", "dep_delay", "warning"),
        ("completeness", "a", "critical"),
        ("completeness", "b", "critical"),
        ("not_null", "a", "critical"),
        ("not_null", "b", "critical"),
        ("not_null", "c", "critical"),
        ("not_null", "d", "review"),
        ("accepted_values", "origin", "warning"),
        ("key_unique", None, "critical"),
        ("key_unique", None, "critical"),
        ("key_unique", None, "critical"),
        ("freshness", None, "critical"),
        ("row_count", None, "critical"),
    ]
    assert found[1][2] == {"min_share": 0.9}
    assert found[9][2] == {"key": ("a", "b")}
    assert found[11][2]["column"] == "t"


def test_a_severity_is_a_severity() -> None:
    (entry,) = parse_checks(["key_unique"], "checks")
    assert entry.severity is Severity.CRITICAL


def test_no_checks_are_none() -> None:
    assert parse_checks([], "checks") == []


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("not_nul: [a]", "[0]: no check 'not_nul' – did you mean 'not_null'?"),
        ("{check: not_nul, column: a}", "[0].check: no check 'not_nul' – did you mean 'not_null'?"),
        ("{check: [a]}", "[0].check: expected the name of a check, got a list (['a'])"),
        ("5", "[0]: expected a check such as `not_null: [a, b]` or `{check: not_null, column: a}`, got 5"),
        (
            "{}",
            "[0]: expected a check such as `not_null: [a, b]` or `{check: not_null, column: a}`, got",
        ),
        ("{not_null: a, column: b}", "[0].column: unknown key beside `not_null`; write it below `not_null`, or beside"),
        ("{chek: not_null, column: b}", "[0]: expected one check, got a mapping ({'chek': 'not_null', 'column': 'b'})"),
        ("not_null", "[0].column: required key is missing; expected a column, or a list of columns"),
        ("not_null: []", "[0].not_null: expected a column, or a list of columns, got a list ([])"),
        ("not_null:", "[0].not_null.column: required key is missing; expected a column, or a list of columns"),
        ("not_null: [a, 1]", "[0].not_null[1]: expected a column's name as text, got 1"),
        ("not_null: {column: ''}", "[0].not_null.column: expected a column's name as text, got ''"),
        ("not_null: {colum: a}", "[0].not_null.colum: unknown key – did you mean 'column'?"),
        (
            "not_null: {regex: a}",
            "[0].not_null.column: required key is missing; expected a column, or a list of columns\n"
            "checks[0].not_null.regex: unknown key",
        ),
        ("not_null: {1: a}", "[0].not_null: expected keys that are text, got 1"),
        ("{1: a}", "[0]: expected a check such as"),
        ("row_count", "[0]: row_count: expected a lower or an upper bound or both, got neither"),
        (
            "accepted_values: {column: a, values: [b], severity: loud}",
            "[0].accepted_values.severity: expected critical, warning or review, got 'loud'",
        ),
        ("row_count: 5", "[0].row_count: expected a mapping of `min`, `max`, got 5"),
        ("row_count: {min: 1, column: a}", "[0].row_count.column: unknown key: the check is about the whole table"),
        (
            "completeness: {column: a, min_shar: 1}",
            "[0].completeness.min_shar: unknown key – did you mean 'min_share'?",
        ),
        ("completeness: [a]", "[0].completeness.min_share: required key is missing"),
        (
            "completeness: {column: a, min_share: 1, nan_is_null: 3}",
            "[0].completeness.nan_is_null: expected true or false, got 3",
        ),
        (
            "{check: not_null, column: a, severity: critcal}",
            "[0].severity: expected critical, warning or review, got 'critcal' – did you mean 'critical'?",
        ),
        ("{not_null: a, severity: 1}", "[0].severity: expected critical, warning or review, got 1"),
        ("{severity: warning}", "[0]: expected one check, got a mapping ({'severity': 'warning'})"),
        ("not_null: [a, a]", "[0]: not_null is declared a second time for column 'a' with the same parameters"),
        ("custom_sql: {sql: 5}", "[0].custom_sql.sql: expected text, got 5; put it in quotes"),
        ("custom_sql: ''", "[0].custom_sql: expected text that is not empty, got ''"),
        ("custom_sql: {sql: x, max: y}", "[0].custom_sql.max: expected a number, got 'y'"),
        ("accepted_values: {column: a, values: [[x]]}", "[0].accepted_values.values[0]: expected a text, number"),
    ],
)
def test_mistakes_name_the_check_the_key_and_the_nearest_name(item: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_checks([yaml.safe_load(item)], "checks")
    assert str(caught.value).startswith(f"checks{message}")


def test_every_mistake_is_told_at_once() -> None:
    items = [{"not_nul": "a"}, "key_unique", {"row_count": {"mim": 1}}, "key_unique"]
    with pytest.raises(ConfigError) as caught:
        parse_checks(items, "p.yml:3: stages[0].tables[0].checks")
    assert str(caught.value).splitlines() == [
        "p.yml:3: stages[0].tables[0].checks[0]: no check 'not_nul' – did you mean 'not_null'?",
        "p.yml:3: stages[0].tables[0].checks[2].row_count.mim: unknown key – did you mean 'min'?",
        "p.yml:3: stages[0].tables[0].checks[3]: key_unique is declared a second time with the same parameters",
    ]


def test_checks_are_a_list() -> None:
    items: Any = {"not_null": "a"}
    with pytest.raises(ConfigError, match="checks: expected a list of checks, got a mapping"):
        parse_checks(items, "checks")
