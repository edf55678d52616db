"""Checks proposed from history."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stageprint.checks import CheckContext, Suggestion, parse_checks, propose, run_checks, to_yaml
from stageprint.checks._margins import lowest_expected_share, prediction, ratio_prediction, round_outward
from stageprint.checks._suggest_column import column_proposals
from stageprint.config.run_dates import run_date
from stageprint.model import ColumnKind, ColumnProfile, TableKey, TableProfile
from tests.support.shop import days, orders
from tests.unit.checks.build import SMALL, moment, profile

History = Mapping[str, TableProfile]


def history(*tables: Mapping[str, Any], **options: Any) -> History:
    return {day: profile(table, **options) for day, table in zip(days(len(tables)), tables, strict=True)}


def grown(table: Mapping[str, list[Any]], runs: int = 3) -> list[dict[str, list[Any]]]:
    """Return a table again and again, each time with its last row once more: no two runs are the same."""
    return [{name: values + values[-1:] * run for name, values in table.items()} for run in range(runs)]


def passes_everywhere(runs: History) -> list[Suggestion]:
    """Return the suggestions of a history, each of which passes on every run of it, through YAML and back."""
    suggestions = propose(runs)
    declared = parse_checks(yaml.safe_load(to_yaml(suggestions))["checks"], "checks")
    assert len(declared) == len(suggestions)
    for run, table in runs.items():
        rows = run_checks(declared, CheckContext(table, run, run_date(run)))
        assert [(row.check, row.key, row.observed) for row in rows if row.status != "pass"] == []
    return suggestions


def of(runs: History, check: str, column: str | None = None) -> Suggestion | None:
    found = [entry for entry in passes_everywhere(runs) if (entry.check, entry.column) == (check, column)]
    return found[0] if found else None


def shop(count: int) -> History:
    runs = {}
    for day in days(count):
        table = orders(day, rows=400)
        newest = dt.datetime.fromisoformat(day) + dt.timedelta(hours=23, minutes=30)
        columns = {name: table[name].combine_chunks() for name in table.column_names}
        runs[day] = profile(columns, name="raw.orders", keys=[["order_id"]], facts={"event_time_max": newest})
    return runs


def test_a_healthy_shop() -> None:
    runs = shop(10)
    found = {(entry.check, entry.column): entry for entry in passes_everywhere(runs)}
    assert {key for key in found if key[0] != "not_null"} == {
        ("schema", None),
        ("row_count", None),
        ("key_unique", None),
        ("freshness", None),
        ("unique", "order_id"),
        ("accepted_values", "country"),
        ("completeness", "price"),
        ("accepted_range", "price"),
        ("accepted_range", "items"),
    }
    assert {key[1] for key in found if key[0] == "not_null"} == {
        "order_id",
        "country",
        "items",
        "express",
        "ordered_at",
    }
    assert found["freshness", None].parameters == {"max_age": "13h"}
    assert found["row_count", None].parameters == {"min": 361, "max": 443}
    assert found["accepted_values", "country"].parameters == {"values": ["DE", "FR", "GB", "IT", "PL"]}
    assert found["schema", None].severity.value == "critical"
    assert found["accepted_range", "items"].severity.value == "warning"


def test_the_next_days_pass_too() -> None:
    runs = shop(14)
    past = {run: runs[run] for run in list(runs)[:7]}
    declared = parse_checks([entry.item for entry in propose(past)], "checks")
    for run in list(runs)[7:]:
        rows = run_checks(declared, CheckContext(runs[run], run, run_date(run)))
        assert [(row.check, row.key, row.observed) for row in rows if row.status != "pass"] == []


def test_yaml_to_paste_says_where_each_check_comes_from() -> None:
    tables = grown({"a": [1, 2] * 60, "b": ["NO", "yes"] * 60})
    assert to_yaml(propose(history(*tables, tables[0]))) == (
        "checks:\n"
        "  # the same columns, types and order in 4 runs\n"
        "  - check: schema\n"
        "    columns: {a: bigint, b: string}\n"
        "  # 120 to 122 rows in 4 runs; bounds: prediction interval for one more run at 99.9 %, 10 % at least\n"
        "  - {check: row_count, min: 107, max: 136, severity: warning}\n"
        "  # never null in 4 runs, 3 of them different, 363 rows: true share under 0.826 % at 95 % (rule of three)\n"
        "  - {check: not_null, column: a}\n"
        "  # 1 to 2 in 4 runs, 3 of them different; min and max reached in every run\n"
        "  - {check: accepted_range, column: a, min: 1, max: 2, severity: warning}\n"
        "  # never null in 4 runs, 3 of them different, 363 rows: true share under 0.826 % at 95 % (rule of three)\n"
        "  - {check: not_null, column: b}\n"
        "  # 2 labels in 4 runs, 3 of them different, all counted, each in at least 3 runs: "
        "none is left to be expected\n"
        "  # (Good–Turing)\n"
        "  - check: accepted_values\n"
        "    column: b\n"
        "    values: ['NO', 'yes']\n"
        "    severity: warning\n"
    )


def test_a_table_that_never_changes_is_evidence_of_one_run_only() -> None:
    table = {"a": [1, 2, 2] * 60, "b": ["x", "y", "y"] * 60, "c": [1, 1, None] * 60}
    found = {(entry.check, entry.column) for entry in passes_everywhere(history(*[table] * 9))}
    assert found == {("schema", None), ("row_count", None)}


def test_two_runs_are_too_few() -> None:
    table = {"a": [1] * 200}
    assert propose(history(table, table)) == []
    assert to_yaml([]) == "checks: []\n"


def test_few_rows_do_not_prove_that_there_are_no_nulls() -> None:
    assert of(history(*[{"a": [1, 2]}] * 3), "not_null", "a") is None


def test_completeness_has_a_floor_below_what_was_seen() -> None:
    def nulls(count: int) -> dict[str, Any]:
        return {"a": [None] * count + [1.5] * (1_000 - count)}

    found = of(history(*(nulls(count) for count in (40, 50, 60, 45, 55, 50))), "completeness", "a")
    assert found is not None
    assert 0.8 < found.parameters["min_share"] < 0.94
    assert of(history(*(nulls(count) for count in (0, 500, 900))), "completeness", "a") is None
    assert of(history(*(nulls(count) for count in (900, 900, 900))), "completeness", "a") is None


def test_labels_that_may_have_siblings_are_no_list() -> None:
    def labels(*texts: str) -> list[dict[str, list[Any]]]:
        return grown({"a": list(texts) * 20})

    def listed(tables: list[dict[str, list[Any]]], **options: Any) -> bool:
        return of(history(*tables, **options), "accepted_values", "a") is not None

    assert listed(labels("x", "y"))
    assert not listed([*labels("x", "y")[:2], *labels("x", "z")[2:]])
    assert not listed(labels("x"))
    assert not listed(grown({"a": ["x", "y"]}))
    assert not listed(labels(*map(str, range(51))))
    assert not listed(labels("x" * 300, "y"))
    assert not listed(labels(*map(str, range(30))), settings=SMALL)


def test_labels_that_follow_one_another_are_no_list() -> None:
    def proposed(runs: list[list[str]]) -> list[Suggestion]:
        # A run more each time: no two are the same.
        tables = [{"v": [label for label in labels for _ in range(20 + run)]} for run, labels in enumerate(runs)]
        return [entry for entry in propose(history(*tables)) if entry.check == "accepted_values"]

    weeks = [["W1"]] * 7 + [["W2"]] * 7 + [["W3"]] * 7
    assert not proposed(weeks)
    assert not proposed([*weeks[:6], ["W1", "W2"], *weeks[7:14] * 2])
    assert proposed([["web", "app"]] * 4 + [["web", "app", "shop"]] * 16)
    assert not proposed([["web", "app"]] * 10 + [["web", "app", "shop"]] * 6)  # another one may come as well
    assert not proposed([[f"b{run // 2}", f"b{run // 2 + 1}", f"b{run // 2 + 2}"] for run in range(12)])


def test_versions_of_a_model_are_no_list() -> None:
    tables = [{"v": ["v1"] * (20 + run) + ["v2"] * 20, "s": ["a", "b"] * (20 + run)} for run in range(9)]
    runs = history(*[{name: values[: 40 + run] for name, values in table.items()} for run, table in enumerate(tables)])
    listed = {entry.column for entry in propose(runs) if entry.check == "accepted_values"}
    beside = {entry.column for entry in propose(runs, model_version="v") if entry.check == "accepted_values"}
    assert (listed, beside) == ({"v", "s"}, {"s"})


def test_what_the_rows_of_a_snapshot_reach_is_no_end_of_the_domain() -> None:
    def limits(tables: list[list[int]]) -> dict[str, Any] | None:
        found = of(history(*({"a": values} for values in tables)), "accepted_range", "a")
        return None if found is None else dict(found.parameters)

    rows = [*range(1, 400), 4990]
    assert limits([rows + [7] * run for run in range(20)]) == {"min": 1}
    passed = [rows, [*rows, 8], [*rows, 9], [*rows, 5760], [*rows, 5760, 5]]
    assert limits([[value + 1 for value in values] for values in passed]) == {"min": 0}
    years = [*range(1941, 2024)]
    assert limits([years + [1980] * run for run in range(20)]) is None  # zero is nowhere near
    # A cap that many rows hold is an end, whoever they are.
    assert limits([rows + [4990] * 9 + [7] * run for run in range(20)]) == {"min": 1, "max": 4990}


def test_whole_numbers_have_whole_bounds() -> None:
    furthest = (5, 6, 5, 5, 6, 5, 6, 5, 6, 5, 5, 5)
    tables = [{"a": [*range(-most, most + 1)] * 9 + [0] * run} for run, most in enumerate(furthest)]
    found = of(history(*tables), "accepted_range", "a")
    assert found is not None
    assert dict(found.parameters) == {"min": -9, "max": 9}
    assert all(isinstance(bound, int) for bound in found.parameters.values())


def ranges(*bounds: tuple[Any, Any]) -> History:
    return history(
        *({"a": [*[low] * 10, (low + high) / 2, *[high] * (10 + run)]} for run, (low, high) in enumerate(bounds))
    )


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ([(0, 23), (0, 23), (0, 23)], {"min": 0, "max": 23}),
        ([(1, 23), (1, 23), (1, 23)], {"min": 1, "max": 23}),
        ([(5, 23), (5, 23), (5, 23)], {"min": 0, "max": 23}),
        ([(0, 20), (1, 22), (0, 21)], {"min": 0, "max": 120}),
        ([(2, 100), (5, 101), (3, 99), (4, 100)], {"min": 0, "max": 120}),
        ([(-20, 0), (-22, 0), (-21, 0)], {"min": -120, "max": 0}),
        ([(-20, -1), (-22, -2), (-21, -1)], {"min": -120, "max": 0}),
        ([(-1, 5), (1, 6), (0, 5.5), (-1, 5), (1, 6)], {"min": -10, "max": 13}),
        ([(-1, 5), (1, 6), (0, 5.5)], None),
        ([(0, 2), (0, 1), (0, 9)], {"min": 0}),
        ([(-9, 2), (-1, 2), (-2, 2)], {"max": 2}),
        ([(-9, 2), (-1, 1), (-2, 9)], None),
        ([(0, 5), (1, 6), (2, 5)], None),
        ([(0, 7), (1, 6), (0, 5)], None),
        ([(7, 7), (7, 7), (7, 7)], None),
        ([(0, math.inf), (0, 5), (0, 5)], None),
    ],
)
def test_ranges_have_margins(bounds: list[tuple[Any, Any]], expected: dict[str, Any] | None) -> None:
    found = of(ranges(*((float(low), float(high)) for low, high in bounds)), "accepted_range", "a")
    assert (None if found is None else dict(found.parameters)) == expected


def test_a_range_of_decimals_is_written_in_numbers() -> None:
    found = of(history(*grown({"a": [Decimal("0.50"), Decimal("7.25")] * 10})), "accepted_range", "a")
    assert found is not None
    assert dict(found.parameters) == {"min": 0.5, "max": 7.25}


def test_rows_that_vary_too_much_have_no_bounds_but_one() -> None:
    found = of(history(*({"a": [1] * rows} for rows in (10, 1_000, 40))), "row_count")
    assert found is not None
    assert (dict(found.parameters), found.severity.value) == ({"min": 1}, "critical")
    assert of(history({"a": []}, {"a": [1]}, {"a": [1]}), "row_count") is None


def test_an_empty_run_leaves_only_what_is_said_of_the_table() -> None:
    runs = history({"a": pa.array([], pa.int64())}, *grown({"a": [1] * 200}))
    assert {entry.check for entry in passes_everywhere(runs)} == {"schema"}


def test_a_column_that_repeats_nothing_by_chance_is_not_called_unique() -> None:
    def unique(values: list[Any]) -> bool:
        return of(history(*({"a": values[run:]} for run in range(3))), "unique", "a") is not None

    assert unique(list(range(200)))
    assert not unique([value * 1_000_003 for value in range(200)])
    assert not unique([value + 0.5 for value in range(200)])
    assert unique([f"{value:04}" for value in range(200)])
    assert not unique([str(value) for value in range(200)])
    assert not unique([f"{value:04}" for value in range(50)])


def test_a_unique_column_without_extremes_proves_nothing() -> None:
    runs = list(history(*[{"a": list(range(400))}] * 3).values())
    bare = {name: state for name, state in runs[0].columns["a"].states.items() if name != "extremes"}
    column = ColumnProfile("a", 0, "bigint", ColumnKind.INTEGER, bare)
    tables = [TableProfile(run.key, run.rows, run.schema, {"a": column}) for run in runs]
    assert [name for name, *_ in column_proposals("a", tables)] == ["not_null"]


def test_a_column_without_states_is_passed_over() -> None:
    def bare(*names: str) -> list[TableProfile]:
        tables = []
        for run in history(*grown({"a": [1.5, 2.5] * 75})).values():
            states = {name: run.columns["a"].states[name] for name in names}
            column = ColumnProfile("a", 0, "double", ColumnKind.FLOAT, states)
            tables.append(TableProfile(run.key, run.rows, run.schema, {"a": column}))
        return tables

    assert list(column_proposals("a", bare())) == []
    assert [name for name, *_ in column_proposals("a", bare("counts"))] == ["not_null"]


def test_a_text_column_without_labels_is_passed_over() -> None:
    tables = []
    for run in history(*grown({"a": ["x", "y"] * 60})).values():
        states = {"counts": run.columns["a"].states["counts"]}
        column = ColumnProfile("a", 0, "string", ColumnKind.STRING, states)
        tables.append(TableProfile(run.key, run.rows, run.schema, {"a": column}))
    assert [name for name, *_ in column_proposals("a", tables)] == ["not_null"]


def test_a_column_that_changed_its_type_or_has_no_values_has_no_range() -> None:
    runs = history({"a": [1, 2, 2] * 50}, {"a": ["x", "y", "y"] * 50}, {"a": [1, 2, 2] * 50})
    assert {entry.check for entry in passes_everywhere(runs)} == {"row_count", "not_null"}
    empty = history(*[{"a": pa.array([None] * 200, pa.int64())}] * 3)
    assert {entry.check for entry in passes_everywhere(empty)} == {"schema", "row_count"}


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        (["ab", "ab", "ab"], {"columns": {"a": "bigint", "b": "bigint"}}),
        (["ab", "ba", "ab"], {"columns": {"a": "bigint", "b": "bigint"}, "mode": "any_order"}),
        (["ab", "abc", "ab"], {"columns": {"a": "bigint", "b": "bigint"}, "mode": "additive"}),
        (["ab", "ab", "abc"], {"columns": {"a": "bigint", "b": "bigint"}, "mode": "additive"}),
        (["a", "b", "a"], None),
    ],
)
def test_the_schema_that_all_runs_share(orders: list[str], expected: dict[str, Any] | None) -> None:
    found = of(history(*({column: [1] for column in order} for order in orders)), "schema")
    assert (None if found is None else dict(found.parameters)) == expected


def test_a_schema_with_a_name_given_twice_is_none() -> None:
    runs = history(*[{"a": [1]}] * 3)
    twice = {run: TableProfile(table.key, table.rows, table.schema * 2, table.columns) for run, table in runs.items()}
    assert of(twice, "schema") is None


def test_only_columns_that_every_run_has_are_looked_at() -> None:
    first, second, third = grown({"a": [1] * 200, "b": [1] * 200})
    runs = history({"a": first["a"]}, second, third)
    assert {entry.column for entry in passes_everywhere(runs)} == {None, "a"}


def test_keys_that_repeat_are_not_called_unique() -> None:
    table = {"a": [1, 1, 2], "b": [1, 2, 1]}
    assert of(history(table, table, table, keys=[["a", "b"]]), "key_unique") is not None
    assert of(history(table, table, table, keys=[["a"]]), "key_unique") is None


def fresh(*newest: Any, names: list[str] | None = None) -> History:
    runs = names or days(len(newest))
    return {run: profile({"a": [1]}, facts={"event_time_max": event}) for run, event in zip(runs, newest, strict=True)}


def test_freshness_has_half_the_time_between_runs_to_spare() -> None:
    late = [moment(f"{day}T20:00") for day in days(3)]
    found = of(fresh(*late), "freshness")
    assert found is not None
    assert dict(found.parameters) == {"max_age": "16h"}
    aware = [event.replace(tzinfo=dt.timezone.utc) for event in late]
    assert of(fresh(*aware), "freshness") is not None
    uneven = [late[0] - dt.timedelta(days=3), late[1], late[2]]
    found = of(fresh(*uneven), "freshness")
    assert found is not None
    assert dict(found.parameters) == {"max_age": "148h"}


def test_a_date_that_stands_still_is_not_fresh_in_any_run() -> None:
    launched = moment("2012-06-01")
    assert of(fresh(*[launched] * 9), "freshness") is None
    assert of(fresh(*[launched] * 5, *[launched + dt.timedelta(days=9)] * 4), "freshness") is None
    weekly = [launched + dt.timedelta(days=7 * (run // 7)) for run in range(21)]
    found = of(fresh(*weekly), "freshness")
    assert found is not None


def test_months_named_by_their_first_day_end_after_it() -> None:
    ends = [moment("2013-01-31"), moment("2013-02-28"), moment("2013-03-31")]
    found = of(fresh(*ends, names=["2013-01", "2013-02", "2013-03"]), "freshness")
    assert found is not None
    assert dict(found.parameters) == {"max_age": "0h"}


def test_freshness_needs_dates_and_events() -> None:
    late = [moment(f"{day}T20:00") for day in days(3)]
    assert of(fresh(late[0], None, late[2]), "freshness") is None
    assert of(fresh(*late, names=["a", "b", "c"]), "freshness") is None


def test_margins() -> None:
    low, high = prediction([10.0, 11.0, 12.0])
    assert (round(low, 2), round(high, 2)) == (-25.49, 47.49)
    assert prediction([5.0, 5.0]) == (5.0, 5.0)
    few, many = [10.0, 11.0, 12.0], [10.0, 11.0, 12.0] * 5
    assert prediction(few, extremes=True) == prediction(few)
    # A largest value goes further beyond its mean than its mean goes beyond it.
    assert prediction(many, extremes=True)[1] - 11 == pytest.approx(
        5.476 / 4.140 * (prediction(many)[1] - 11), rel=1e-3
    )
    low, high = ratio_prediction([1.0, 1e6])
    assert low < 1e-1
    assert 1e7 < high < math.inf
    assert lowest_expected_share([0.5, 0.5, 0.5]) == pytest.approx(0.5)
    assert lowest_expected_share([0.0, 1.0, 0.5]) == 0.0
    assert lowest_expected_share([1.0, 1.0]) == 1.0


FLOATS = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False, allow_subnormal=False)


@given(FLOATS, FLOATS, st.booleans())
def test_rounding_goes_outward_and_not_far(seen: float, value: float, whole: bool) -> None:
    up = value >= seen
    found = round_outward(value, seen, up=up, whole=whole)
    slack = abs(value) * 1e-12
    assert (found >= value - slack) if up else (found <= value + slack)
    assert abs(found - value) <= max(abs(value - seen), 1.0 if whole or value == seen else 0.0) + slack
    assert isinstance(found, int) or not whole


LABELS = ["a", "b", "NO", "1", " x ", "a\nb", "\u2028", "# a", "'", "", "é", "null", "2013-01-01", "y" * 200]


@settings(max_examples=15)
@given(st.integers(3, 6), st.integers(0, 2**32 - 1))
def test_whatever_the_history_what_is_proposed_held_in_it(runs: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    tables = []
    for _ in range(runs):
        rows = int(random.integers(1, 120))
        numbers = np.round(random.standard_t(2, rows) * random.choice([0.01, 1, 1000]), 3)
        tables.append(
            {
                "n": pa.array(numbers, mask=random.random(rows) < random.choice([0.0, 0.3])),
                "i": pa.array(random.integers(-5, 50, rows)),
                "s": pa.array(random.choice(random.choice(LABELS, 4), rows)),
            }
        )
    found = passes_everywhere(history(*tables, keys=[["i"]]))
    assert all(entry.evidence for entry in found)
    assert all(table.key == TableKey("raw", "flights") for table in history(*tables).values())
