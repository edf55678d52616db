"""Whether what is wrong with one node can be the cause of what is wrong with another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.diagnosis.links import suspects
from stageprint.diagnosis.propagation import (
    can_reach,
    is_stale,
    is_strong_enough,
    is_too_faint_to_explain,
    only_repeats,
    passes_nulls,
    passes_rows,
    table_can_show_in,
)
from stageprint.model import TABLE_LEVEL, ColumnKey, Severity, ShiftRecord, TableKey
from tests.unit.diagnosis.chains import chain

RAW, JOINED = ColumnKey("raw", "t", TABLE_LEVEL), ColumnKey("joined", "t", TABLE_LEVEL)
RAW_X, JOINED_X = ColumnKey("raw", "t", "x"), ColumnKey("joined", "t", "x")
N = 2000


def two_tables(
    then: tuple[Any, Any], now: tuple[Any, Any], shifts: list[ShiftRecord], keys: tuple[str, ...] = ()
) -> Evidence:
    """Return the evidence of a source and the table behind it, given by their columns in two runs."""
    runs = {
        run: {
            key.table_key: table_profile(key.table_key, table, keys=keys)
            for key, table in zip((RAW, JOINED), pair, strict=True)
        }
        for run, pair in (("1", then), ("2", now))
    }
    return evidence_of(runs, {"raw": (), "joined": ("raw",)}, shifts)


def normal(seed: int, size: int = N) -> Any:
    return np.random.default_rng(seed).normal(50, 9, size)


@pytest.mark.parametrize(
    ("above", "below", "reaches"),
    [
        ("rows", "rows", True),
        # Columns that came or went do not change how many rows there are, ...
        ("schema_removed", "rows", False),
        ("files", "rows", False),
        # ... but they change the schema behind them.
        ("schema_removed", "schema_removed", True),
    ],
)
def test_which_trouble_of_a_table_reaches_the_next_table(above: str, below: str, reaches: bool) -> None:
    evidence = chain({"raw": {TABLE_LEVEL: above}, "joined": {TABLE_LEVEL: below}})
    assert can_reach(evidence, RAW, JOINED) is reaches


@pytest.mark.parametrize(
    ("above", "reaches"),
    [("rows", True), ("stale", True), ("schema_added", False), ("files", False), ("auc", False)],
)
def test_which_trouble_of_a_table_reaches_a_column(above: str, reaches: bool) -> None:
    evidence = chain({"raw": {TABLE_LEVEL: above}, "joined": {"x": "ks"}})
    assert can_reach(evidence, RAW, JOINED_X) is reaches


def test_what_is_wrong_with_a_column_reaches_any_node() -> None:
    evidence = chain({"raw": {"x": "files"}, "joined": {"x": "ks"}})
    assert can_reach(evidence, RAW_X, JOINED_X)


@pytest.mark.parametrize(
    ("column", "severity", "effect", "enough"),
    [
        ("x", Severity.REVIEW, 0.1, True),
        ("x", Severity.NONE, 2.6, True),
        ("x", Severity.NONE, 2.4, False),
        (TABLE_LEVEL, Severity.NONE, 0.6, True),
        (TABLE_LEVEL, Severity.NONE, 0.4, False),
    ],
)
def test_below_the_alert_level_the_effect_decides(column: str, severity: Severity, effect: float, enough: bool) -> None:
    evidence = chain(
        {"raw": {column: "rows" if column == TABLE_LEVEL else "ks"}, "joined": {"x": "ks"}},
        severities={f"raw.{column}": severity},
        effects={f"raw.{column}": effect, "joined.x": 10.0},
    )
    parent = ColumnKey("raw", "t", column)
    assert is_strong_enough(evidence, parent, JOINED_X, suspects(evidence)) is enough


@pytest.mark.parametrize(("behind", "passes"), [(1000, True), (1400, True), (1600, False), (3000, False)], ids=str)
def test_a_quiet_table_passes_rows_on_if_it_lost_at_least_half_as_many(behind: int, passes: bool) -> None:
    then, now = ({"x": normal(1)}, {"x": normal(1)}), ({"x": normal(2, 1000)}, {"x": normal(3, behind)})
    assert passes_rows(two_tables(then, now, [flag(RAW, "rows")]), RAW, JOINED) is passes


def test_a_quiet_table_passes_repeated_keys_on_however_few() -> None:
    ids = np.arange(N)
    then, now = ({"id": ids}, {"id": ids}), ({"id": np.tile(ids, 2)}, {"id": np.append(ids, ids[:200])})
    for keys, passes in (("id",), True), ((), False):
        assert passes_rows(two_tables(then, now, [flag(RAW, "rows")], keys), RAW, JOINED) is passes


def test_tables_that_are_not_flagged_pass_anything_on_and_other_trouble_is_no_lack_of_rows() -> None:
    same = ({"x": normal(1)}, {"x": normal(1)})
    assert passes_rows(two_tables(same, same, []), RAW, JOINED)
    assert not passes_rows(two_tables(same, same, [flag(RAW, "stale")]), RAW, JOINED)


@pytest.mark.parametrize(
    ("above", "below", "severity", "passes"),
    [
        ("ks", "ks", Severity.WARNING, True),
        ("null_share", "null_share", Severity.NONE, True),
        # Values of another type may no longer be readable.
        ("type_changed", "null_share", Severity.NONE, True),
        ("ks", "null_share", Severity.NONE, False),
        # Without profiles there is no signature of nulls.
        ("ks", "null_share", Severity.WARNING, True),
    ],
)
def test_new_nulls_come_from_a_column_that_leaves_nulls(
    above: str, below: str, severity: Severity, passes: bool
) -> None:
    evidence = chain({"raw": {"x": above}, "joined": {"x": below}}, severities={"raw.x": severity})
    assert passes_nulls(evidence, RAW_X, JOINED_X) is passes


def test_a_column_with_a_clear_signature_of_nulls_does_not_owe_it_to_a_shift() -> None:
    usual, lost = normal(1), np.where(np.arange(N) % 4 == 0, np.nan, normal(2))
    shifts = [flag(RAW_X), flag(JOINED_X, "null_share")]
    evidence = two_tables(({"x": usual}, {"x": usual}), ({"x": normal(2) + 5}, {"x": lost}), shifts)
    assert not passes_nulls(evidence, RAW_X, JOINED_X)


@pytest.mark.parametrize(("severity", "too_faint"), [(Severity.NONE, True), (Severity.WARNING, False)])
def test_a_quiet_column_does_not_explain_a_certain_signature_of_a_computed_one(
    severity: Severity, too_faint: bool
) -> None:
    bent = np.where(normal(2) > 50, normal(2) + 4, normal(2))
    computed = ColumnKey("joined", "t", "z")
    shifts = [flag(RAW_X, severity=severity), flag(computed)]
    then, now = ({"x": normal(1)}, {"z": normal(3)}), ({"x": bent}, {"z": 1000 * normal(4)})
    assert is_too_faint_to_explain(two_tables(then, now, shifts), RAW_X, computed) is too_faint


def test_a_column_taken_over_is_never_too_much_for_its_namesake() -> None:
    shifts = [flag(RAW_X, severity=Severity.NONE), flag(JOINED_X)]
    then, now = ({"x": normal(1)}, {"x": normal(1)}), ({"x": normal(2)}, {"x": 1000 * normal(2)})
    assert not is_too_faint_to_explain(two_tables(then, now, shifts), RAW_X, JOINED_X)


@pytest.mark.parametrize(
    ("values", "shows"), [(normal(3) * 1000, False), (np.where(normal(3) > 50, normal(3) + 9, normal(3)), True)]
)
def test_lost_rows_show_in_a_column_without_a_signature_of_its_own(values: Any, shows: bool) -> None:
    then, now = ({"x": normal(1)}, {"x": normal(1)}), ({"x": normal(2)}, {"x": values})
    evidence = two_tables(then, now, [flag(RAW, "stale"), flag(JOINED_X)])
    assert table_can_show_in(evidence, RAW, JOINED_X) is shows


@pytest.mark.parametrize(
    ("statistic", "name", "shows"), [("rows", "total", True), ("stale", "total", False), ("rows", "x", False)]
)
def test_a_sum_over_repeated_rows_may_be_scaled(statistic: str, name: str, shows: bool) -> None:
    total = ColumnKey("joined", "t", name)
    then, now = ({"x": normal(1)}, {name: normal(3)}), ({"x": normal(2, 2 * N)}, {name: 2 * normal(4)})
    evidence = two_tables(then, now, [flag(RAW, statistic), flag(total)])
    assert table_can_show_in(evidence, RAW, total) is shows


@pytest.mark.parametrize(("table", "shows"), [("prices", True), ("orders", False)])
def test_rows_missing_from_the_looked_up_side_leave_nulls(table: str, shows: bool) -> None:
    orders, prices, wide = TableKey("raw", "orders"), TableKey("raw", "prices"), TableKey("wide", "orders")
    price = wide.column("price")
    runs = {
        run: {
            orders: table_profile(orders, {"amount": normal(1)}),
            prices: table_profile(prices, {"price": normal(2, N // 10)}),
            wide: table_profile(wide, {"amount": normal(1), "price": found}),
        }
        for run, found in (("1", normal(3)), ("2", np.where(np.arange(N) % 4 == 0, np.nan, normal(4))))
    }
    missing = TableKey("raw", table).level
    evidence = evidence_of(runs, {"raw": (), "wide": ("raw",)}, [flag(missing, "rows"), flag(price, "null_share")])
    assert table_can_show_in(evidence, missing, price) is shows


@pytest.mark.parametrize(
    ("table", "column", "repeats"),
    [("fan_out", "upstream_surplus", True), ("rows", "upstream_surplus", False), ("fan_out", "ks", False)],
)
def test_repeated_rows_explain_values_that_merely_come_more_often(table: str, column: str, repeats: bool) -> None:
    evidence = chain({"joined": {TABLE_LEVEL: table, "x": column}})
    assert only_repeats(evidence, JOINED, JOINED_X) is repeats


@pytest.mark.parametrize(("statistic", "stale"), [("stale", True), ("rows", False)])
def test_a_table_is_stale_by_the_rule_for_it(statistic: str, stale: bool) -> None:
    evidence = chain({"raw": {TABLE_LEVEL: statistic}})
    assert is_stale(evidence, RAW) is stale
    assert not is_stale(evidence, TableKey("joined", "t").level)
