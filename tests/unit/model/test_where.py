"""Conditions on rows: what they select once combined; the stores' contract tests what they select in a store."""

from __future__ import annotations

import doctest

import pytest

from stageprint.model import TableKey
from stageprint.model import where as module
from stageprint.model.where import EVERY_ROW, NO_ROW, AtMost, where, where_tables


def test_worked_example() -> None:
    assert doctest.testmod(module) == (0, 1)


def test_a_condition_is_a_set_of_values_or_a_limit() -> None:
    (alternative,) = where(run_id="a", stage=["x", None], merged=True, p_value=AtMost(0.1)).alternatives
    assert alternative == {
        "run_id": frozenset({"a"}),
        "stage": frozenset({"x", None}),
        "merged": frozenset({True}),
        "p_value": AtMost(0.1),
    }


def test_or_adds_alternatives_and_nothing_adds_none() -> None:
    either = where(run_id="a") | where(run_id="b")
    assert either.alternatives == ({"run_id": frozenset("a")}, {"run_id": frozenset("b")})
    assert NO_ROW | either == either


def test_and_combines_every_alternative_with_every_other() -> None:
    both = (where(run_id="a") | where(run_id="b")) & (where(stage="x") | where(stage="y"))
    pairs = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]
    assert both.alternatives == tuple({"run_id": frozenset(run), "stage": frozenset(stage)} for run, stage in pairs)
    assert EVERY_ROW & both == both
    assert NO_ROW & both == NO_ROW


def test_a_column_on_both_sides_must_have_a_value_that_both_allow() -> None:
    both = where(run_id=["a", "b"], stage=["x", None]) & where(stage=None, run_id=["b", "c"], table_name="t")
    assert both == where(run_id="b", stage=None, table_name="t")
    assert where(run_id="a") & where(run_id="b") == NO_ROW


def test_a_number_limited_on_both_sides_is_refused() -> None:
    with pytest.raises(ValueError, match="both sides limit p_value"):
        where(p_value=AtMost(0.1)) & where(p_value=AtMost(0.2))


def test_tables_are_one_alternative_per_stage_and_none_select_nothing() -> None:
    chosen = where_tables([TableKey("raw", "a"), TableKey("joined", "a"), TableKey("raw", "b")])
    assert chosen == where(stage="raw", table_name=["a", "b"]) | where(stage="joined", table_name="a")
    assert where_tables([]) == NO_ROW
