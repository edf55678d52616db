"""The deterministic rules of a column: what breaks them, and what must not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.sketches import SketchSettings
from stageprint.model import ColumnKind, ColumnProfile
from tests.support.columns import profile_of
from tests.unit.shifts.columns import BOOLEAN, FLOAT, INTEGER, STRING, column, row_of, rows_of

Values = Sequence[Any]


def judged(rule: str, now: Values, *past: Values, kind: ColumnKind = INTEGER) -> dict[str, Any]:
    return row_of(rule, column(now, kind), *(column(run, kind) for run in past), name="long")


def test_rules_look_at_the_longest_running_reference() -> None:
    run = column([1, 2], INTEGER)
    references = {"prev": [run], "long": [run] * 4, "run:a": [run] * 9, "stage:b": [run] * 9}
    rows = rows_of(run, references)
    assert {name for statistic, name in rows if statistic == "never_null"} == {"long"}
    assert rows["never_null", "long"]["n_reference"] == 8


@pytest.mark.parametrize("rule", ["all_null", "constant", "never_null", "fixed_labels", "unique", "frozen"])
def test_rules_need_a_past(rule: str) -> None:
    text = rule == "fixed_labels"
    now, past = (["a"] * 40, ["a", "b"] * 30) if text else ([1] * 40, [1, 2])
    row = judged(rule, now, past, past, kind=STRING if text else INTEGER)
    assert "earlier runs" in row["reason"]
    assert row["deterministic"]
    nothing = rows_of(column([1], INTEGER), {})
    assert nothing["never_null", "prev"]["reason"] == "no earlier run"


def test_a_run_without_rows_breaks_no_rule() -> None:
    assert judged("all_null", [], *[[1, 2]] * 3)["reason"] == "no rows in this run"


def test_all_null() -> None:
    assert judged("all_null", [None] * 9, *[[1, 2]] * 3)["value"] == 1
    assert judged("all_null", [None] * 8 + [1], *[[1, 2]] * 3)["value"] == 0
    assert judged("all_null", [None] * 9, *[[1, None]] * 3)["value"] == 0  # ½⁹ is no rare luck
    assert judged("all_null", [None] * 99, *[[1, None]] * 3)["value"] == 1
    assert judged("all_null", [None] * 99, [None], [1], [1])["reason"] == "was without values in an earlier run"


def test_constant() -> None:
    varied = [1, 2, 3, 4] * 5
    assert judged("constant", [3] * 20, *[varied] * 3)["value"] > 2
    assert judged("constant", [3] * 19 + [2], *[varied] * 3)["value"] == 0
    assert judged("constant", [3] * 5, *[varied] * 3)["value"] == 0  # ¼⁵ is no rare luck
    assert judged("constant", [3] * 20, varied, varied, [1] * 20)["reason"] == "did not vary in every earlier run"
    assert judged("constant", [None] * 20, *[varied] * 3)["reason"] == "no values in this run"
    assert "with values, has 2" in judged("constant", [3] * 20, varied, varied, [None])["reason"]


def test_a_flag_that_is_rarely_raised_may_be_down() -> None:
    flag = [True] * 2 + [False] * 98
    assert judged("constant", [False] * 10_000, *[flag] * 3, kind=BOOLEAN)["value"] == 0


def test_dry_days_are_no_constants() -> None:
    wet = [[0] * (24 - hours) + [1.2, 0.4, 2.5, 0.1][: hours % 4 + 1] * (hours // 4 + 1) for hours in (2, 15, 4, 9, 1)]
    assert judged("constant", [0.0] * 72, *wet, kind=FLOAT)["value"] == 0
    steady = [[0.0] * 12 + [1.2, 0.4, 2.5, 0.1] * 3] * 5
    assert judged("constant", [0.0] * 72, *steady, kind=FLOAT)["value"] > 1


def test_constant_text() -> None:
    assert judged("constant", ["x"] * 40, *[["a", "b"] * 20] * 3, kind=STRING)["value"] > 1


def test_never_null() -> None:
    full = list(range(100))
    assert judged("never_null", [None] * 25 + full[25:], *[full] * 3)["value"] == pytest.approx(np.pi / 3)
    assert judged("never_null", full, *[full] * 3)["value"] == 0
    # Three nulls may always be an accident; so may nulls as rare as the earlier rows leave room for.
    assert judged("never_null", [None] * 3 + full[3:6], *[full] * 3)["value"] == 0
    assert judged("never_null", [None] * 5 + full[5:], *[full] * 3)["value"] == 0
    assert (
        judged("never_null", [None] * 25 + full[25:], full, full, [None, *full])["reason"]
        == "had nulls in an earlier run"
    )


@pytest.mark.parametrize(
    ("rule", "value"), [("never_nan", np.nan), ("never_infinite", np.inf), ("never_infinite", -np.inf)]
)
def test_never_nan_and_never_infinite(rule: str, value: float) -> None:
    full = [float(x) for x in range(1000)]
    few, missing = [value] * 10 + full[10:], [None] * 10 + full[10:]
    assert judged(rule, few, *[full] * 5, kind=FLOAT)["value"] == pytest.approx(2 * np.arcsin(np.sqrt(0.01)))
    assert judged(rule, full, *[full] * 5, kind=FLOAT)["value"] == 0
    assert judged(rule, missing, *[full] * 5, kind=FLOAT)["value"] == 0
    assert judged(rule, [value] * 3 + full[3:], *[full] * 5, kind=FLOAT)["value"] == 0
    assert "in an earlier run" in judged(rule, few, full, full, few, kind=FLOAT)["reason"]
    assert "needs 3 earlier runs" in judged(rule, few, full, full, kind=FLOAT)["reason"]


def test_never_empty() -> None:
    full = [f"t{x}" for x in range(1000)]
    lists = [[x, x] for x in range(1000)]
    for values, empty, kind in ((full, "", STRING), (lists, [], ColumnKind.ARRAY)):
        few: list[Any] = [empty, *values[10:], *[empty] * 9]
        assert judged("never_empty", few, *[values] * 5, kind=kind)["value"] == pytest.approx(
            2 * np.arcsin(np.sqrt(0.01))
        )
        assert judged("never_empty", values, *[values] * 5, kind=kind)["value"] == 0
        assert (
            judged("never_empty", few, values, values, few, kind=kind)["reason"] == "had empty values in an earlier run"
        )


def test_fixed_length() -> None:
    codes = [f"{x:05}" for x in range(500, 1500)]
    shorter = [code.lstrip("0") if number < 90 else code for number, code in enumerate(codes)]
    found = judged("fixed_length", shorter, *[codes] * 5, kind=STRING)
    assert 0 < found["value"] <= 2 * np.arcsin(np.sqrt(0.09)) + 1e-9
    assert found["detail"] == "3 to 5, before 5"
    one = ["1067" if number < 90 else code for number, code in enumerate(codes)]
    assert judged("fixed_length", one, *[codes] * 5, kind=STRING)["value"] == pytest.approx(2 * np.arcsin(0.3))
    assert judged("fixed_length", codes, *[codes] * 5, kind=STRING)["value"] == 0
    # A number that grows a digit, three codes, and columns whose lengths vary break no rule.
    assert judged("fixed_length", [f"1{code}" for code in codes], *[codes] * 5, kind=STRING)["value"] == 0
    assert judged("fixed_length", [*codes[3:], "1", "2", "3"], *[codes] * 5, kind=STRING)["value"] == 0
    assert "several lengths" in judged("fixed_length", shorter, codes, codes, one, kind=STRING)["reason"]
    assert "needs 3 earlier runs" in judged("fixed_length", shorter, codes, codes, kind=STRING)["reason"]
    vectors = [[5] * 8] * 400
    mixed = [[5] * 16] * 40 + vectors[40:]
    assert judged("fixed_length", mixed, *[vectors] * 4, kind=ColumnKind.ARRAY)["value"] == pytest.approx(
        2 * np.arcsin(np.sqrt(0.1))
    )


def test_how_many_nulls_break_a_rule_follows_from_the_earlier_runs() -> None:
    small = list(range(40))
    assert judged("never_null", [None] * 5 + small[5:], *[small] * 3)["value"] == 0
    assert judged("never_null", [None] * 5 + small[5:], *[small] * 27)["value"] > 0
    assert judged("never_null", [None] * 12 + small[12:], *[small] * 3)["value"] > 0


def test_nulls_gone() -> None:
    some, full = [None] * 60 + list(range(540)), list(range(600))
    assert judged("nulls_gone", full, *[some] * 3)["value"] == pytest.approx(2 * np.arcsin(np.sqrt(0.1)))
    assert judged("nulls_gone", [None, *full], *[some] * 3)["value"] == 0
    assert judged("nulls_gone", full, some, some, full)["reason"] == "an earlier run had no nulls"
    assert judged("nulls_gone", full[:400], *[some] * 3)["reason"] == "too few nulls were to be expected"
    assert judged("nulls_gone", full, *[some] * 2)["reason"] == "needs 3 earlier runs, has 2"


def test_fixed_labels() -> None:
    def fixed(now: Values, *past: Values) -> dict[str, Any]:
        return judged("fixed_labels", now, *past, kind=STRING)

    known = ["a", "b"] * 10
    row = fixed(["a"] * 10 + ["x"] * 6 + ["y"] * 4, *[known] * 3)
    assert row["value"] == pytest.approx(np.pi / 2)
    assert row["detail"] == "'x', 'y'"
    assert fixed(["a"] * 10, *[known] * 3)["value"] == 0
    assert fixed(["a"] * 17 + ["x"] * 3, *[known] * 3)["value"] == 0
    assert fixed([None], *[known] * 3)["reason"] == "no values in this run"
    moving = fixed(["x"] * 20, known, known, ["a", "c"] * 10)
    assert moving["reason"] == "the labels were no fixed set in the earlier runs"
    rare = ["a"] * 20 + ["b"] * 3
    assert fixed(["a"] * 16 + ["x"] * 4, *[rare] * 3)["value"] == 0
    assert fixed(["a"] * 16 + ["x"] * 4, *[rare] * 9)["value"] > 0


def test_a_set_of_labels_is_fixed_by_counts() -> None:
    def fixed(now: Values, *past: Values) -> dict[str, Any]:
        return judged("fixed_labels", now, *past, kind=STRING)

    # Not every label is in every batch: they are small.
    batches = [["no"] * (20 + 2 * week) + ["yes"] * (week % 4) for week in range(27)]
    for rows, new in ((17, 4), (78, 9)):
        row = fixed(["no"] * (rows - new) + ["some"] * new, *batches)
        assert row["value"] == pytest.approx(2 * np.arcsin(np.sqrt(new / rows)))
        assert row["detail"] == "'some'"
    assert fixed(["no"] * 14 + ["some"] * 3, *batches)["value"] == 0
    # A label of one earlier run alone, or new ones until lately, say that the set is open.
    for week in (0, 13, 26):
        once = [*batches[:week], [*batches[week], "odd", "odd"], *batches[week + 1 :]]
        assert "no fixed set" in fixed(["no"] * 13 + ["some"] * 4, *once)["reason"]
    growing = [[*batches[week], f"of week {week}"] for week in range(27)]
    assert "no fixed set" in fixed(["no"] * 13 + ["some"] * 4, *growing)["reason"]


def test_a_set_too_large_to_hold_is_not_fixed() -> None:
    many = profile_of(pa.array([str(number) for number in range(200)] * 4), STRING, SketchSettings(max_items=12))
    few = column(["a", "b"] * 10, STRING)
    for current, past in ((few, many), (many, few)):
        row = row_of("fixed_labels", current, past, past, past, name="long")
        assert row["reason"] == "too many labels to hold them all exactly"


def test_unique() -> None:
    keys = list(range(40))
    assert judged("unique", keys[:30] + [0] * 10, *[keys] * 3)["value"] == pytest.approx(np.pi / 3)
    assert judged("unique", keys, *[keys] * 3)["value"] == 0
    assert judged("unique", [*keys, 0, 1, 2], *[keys] * 3)["value"] == 0
    assert judged("unique", keys, keys, keys, [*keys, 0])["reason"] == "was not unique in every earlier run"
    assert judged("unique", keys, keys, keys, keys[:5])["reason"] == "was not unique in every earlier run"
    assert judged("unique", [None], *[keys] * 3)["reason"] == "no values in this run"
    large = profile_of(pa.array(np.arange(5000)), INTEGER)
    assert row_of("unique", large, *[large] * 3, name="long")["reason"] == "too many values to hold them all exactly"


def _typed(profile: ColumnProfile, data_type: str) -> ColumnProfile:
    return ColumnProfile(profile.column, profile.position, data_type, profile.kind, profile.states)


@pytest.mark.parametrize(
    ("now", "then", "value"),
    [
        (("int", INTEGER), ("int", INTEGER), 0),
        (("bigint", INTEGER), ("int", INTEGER), 0.25),
        (("double", FLOAT), ("int", INTEGER), 0.5),
        (("int", INTEGER), ("string", STRING), 1),
        (("array<int>", ColumnKind.OTHER), ("map<int,int>", ColumnKind.OTHER), 1),
    ],
)
def test_type_changed(now: tuple[str, ColumnKind], then: tuple[str, ColumnKind], value: float) -> None:
    values: dict[ColumnKind, list[Any]] = {STRING: ["1"], ColumnKind.OTHER: [{}]}
    current, before = (_typed(column(values.get(kind, [1]), kind), name) for name, kind in (now, then))
    row = row_of("type_changed", current, before, name="long")
    assert row["value"] == value
    assert row["detail"] == (f"{then[0]} → {now[0]}" if value else None)


@pytest.mark.parametrize(("now", "then"), [([None], ["1"]), ([1], [None])])
def test_a_column_without_values_has_no_type(now: list[Any], then: list[Any]) -> None:
    current, before = _typed(column(now, INTEGER), "int"), _typed(column(then, STRING), "string")
    row = row_of("type_changed", current, before, name="long")
    assert (row["value"], "and so no type" in row["reason"]) == (None, True)


def test_the_type_is_that_of_the_latest_run_with_values() -> None:
    empty = _typed(column([None], STRING), "string")
    full = _typed(column(["1"], STRING), "string")
    assert row_of("type_changed", column([1], INTEGER), full, empty, name="long")["value"] == 1
    assert row_of("type_changed", column([1], INTEGER), empty, name="long")["value"] is None


def test_other_statistics_wait_until_the_types_agree() -> None:
    rows = rows_of(column([1], INTEGER), {"prev": [_typed(column(["1"], STRING), "string")]})
    assert rows["ks", "prev"]["reason"].startswith("type changed from string to int")
    mixed = rows_of(column([1], INTEGER), {"long": [column(["1"], STRING), column([1], INTEGER)]})
    assert mixed["ks", "long"]["value"] == 0


def test_frozen() -> None:
    moving = [[number * 5 % 7, number * 5 % 7 + 1, 70] for number in range(7)]
    assert judged("frozen", moving[-1], *moving)["value"] == 1
    assert judged("frozen", [99, 100, 7], *moving)["value"] == 0
    paused = [*moving[:5], moving[4], moving[4]]
    assert judged("frozen", moving[4], *paused)["reason"] == "does not change from run to run"
    with_nothing: list[Values] = [*moving[:6], [None]]
    assert judged("frozen", moving[6], *with_nothing)["reason"] == "no exact metrics were kept in every run"


def test_a_standardised_column_is_frozen_to_rounding() -> None:
    past = [column([-1.0, 0.0, 1.0 + 1e-15 * run], FLOAT) for run in (1, 2)]
    moved = [column([-1.0 - run, 0.0, 1.0 + run], FLOAT) for run in range(6)]
    row = row_of("frozen", past[1], *moved, past[0], name="long")
    assert row["value"] == 1
