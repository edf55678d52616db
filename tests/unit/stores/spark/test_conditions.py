"""Conditions as SQL text; tests/spark has Spark evaluate them."""

from __future__ import annotations

import doctest

import pytest

from stageprint.model.spark_sql import text_literal
from stageprint.model.where import EVERY_ROW, NO_ROW, AtMost, Where, where
from stageprint.stores.spark import conditions
from stageprint.stores.spark.conditions import to_sql


def test_worked_example() -> None:
    assert doctest.testmod(conditions) == (0, 1)


@pytest.mark.parametrize(
    ("rows", "sql"),
    [
        (EVERY_ROW, "true"),
        (NO_ROW, "false"),
        (where(run_id=[]), "false"),
        (where(slice_key=["city", None]), "(slice_key IN ('city') OR slice_key IS NULL)"),
        (where(merged=True, backtests=[3, 14]), "merged IN (true) AND backtests IN (14, 3)"),
        (where(p_value=AtMost(0.001)), "p_value <= 0.001D"),
        (where(run_id="a") | EVERY_ROW, "((run_id IN ('a')) OR (true))"),
    ],
)
def test_each_kind_of_condition(rows: Where, sql: str) -> None:
    assert to_sql(rows) == sql


def test_what_every_alternative_restricts_comes_first() -> None:
    rows = where(run_id="a", stage="x", table_name="t") | where(run_id="b", stage="x", p_value=AtMost(1.0))
    assert to_sql(rows) == (
        "run_id IN ('a', 'b') AND stage IN ('x') AND "
        "((run_id IN ('a') AND stage IN ('x') AND table_name IN ('t')) OR "
        "(run_id IN ('b') AND stage IN ('x') AND p_value <= 1.0D))"
    )


def test_a_limit_is_no_set_of_values_that_alternatives_share() -> None:
    rows = where(p_value=AtMost(0.5)) | where(p_value=[0])
    assert to_sql(rows) == "((p_value <= 0.5D) OR (p_value IN (0)))"


def test_quotes_and_backslashes_are_escaped() -> None:
    assert text_literal("it's a \\") == "'it\\'s a \\\\'"


def test_spark_does_not_put_settings_into_values() -> None:
    assert text_literal("${env:HOME} $x {y}") == "'\\u0024{env:HOME} $x {y}'"
