"""Conditions as SQL text; the contract of the store has delta-rs evaluate them."""

from __future__ import annotations

import doctest

import pytest

from stageprint.model.where import AtMost, where
from stageprint.stores.delta import conditions
from stageprint.stores.delta.conditions import identifier, literal, to_sql


def test_worked_example() -> None:
    assert doctest.testmod(conditions) == (0, 1)


@pytest.mark.parametrize(
    ("text", "sql"),
    [("it's a \\", "'it''s a \\'"), ("", "''"), ('quo"te', "'quo\"te'")],
    ids=["quotes", "empty", "double"],
)
def test_only_single_quotes_are_escaped(text: str, sql: str) -> None:
    assert literal(text) == sql


def test_names_are_quoted() -> None:
    assert identifier('a"b') == '"a""b"'
    assert to_sql(where(p_value=AtMost(1e-6))) == '"p_value" <= 1e-06'
