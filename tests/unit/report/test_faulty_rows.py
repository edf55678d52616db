"""The text of the queries for the rows that a finding is about."""

from __future__ import annotations

from typing import Any

import pytest

from stageprint.config.loader import parse_config
from stageprint.diagnosis.base import all_causes
from stageprint.report.faulty_rows import _QUERIES, FaultyRows, RowQuery

CONFIG = parse_config("""\
pipeline: shop
store: ./store
stages:
  - name: raw
    tables:
      - {name: orders, source: {table: shop.raw.orders}, keys: [id]}
      - {name: people, source: {format: delta, path: people}, keys: [id], columns: {sensitive: {name: hashed}}}
      - {name: lines, source: {format: csv, path: lines}, keys: [id]}
  - name: joined
    upstream: [raw]
    tables:
      - name: sold
        source: {format: parquet, path: sold}
        keys: [id]
        model_version: model
""")
SOURCES = {
    "raw.orders": ("table", "shop.raw.orders", None),
    "raw.people": ("delta", "s3a://lake/people", "7"),
    "raw.lines": ("csv", "lines", None),
    "joined.sold": ("parquet", "data/sold", None),
}
TYPES = {
    "id": "bigint",
    "price": "double",
    "country": "string",
    "day": "date",
    "at": "timestamp",
    "local": "timestamp_ntz",
    "a.b": "int",
    "items": "int",
}


def about() -> FaultyRows:
    tables, columns = [], []
    for place, (kind, location, version) in SOURCES.items():
        stage, table = place.split(".")
        row: dict[str, Any] = {"stage": stage, "table": table, "row_count": 1_000 if stage == "raw" else 900}
        tables.append(row | {"source_format": kind, "source_location": location, "source_version": version})
        columns += [
            {"stage": stage, "table": table, "column": name, "data_type": data_type, "null_share": 0.1}
            for name, data_type in TYPES.items()
        ]
    return FaultyRows(CONFIG, tables, columns)


def query(cause: str, place: str, column: str | None, **evidence: Any) -> RowQuery | None:
    stage, table = place.split(".")
    finding = {"cause": cause, "stage": stage, "table": table, "column": column, "evidence": evidence}
    return about().of(finding)


def needed(found: RowQuery | None) -> RowQuery:
    assert found is not None
    return found


def test_causes_with_a_query_are_causes() -> None:
    assert set(_QUERIES) <= set(all_causes())


def test_a_table_is_named_in_the_version_that_was_profiled() -> None:
    found = needed(query("null_spike", "raw.people", "country", rows_without_value=12))
    assert found.sql == "SELECT `id`\nFROM delta.`s3a://lake/people` VERSION AS OF 7\nWHERE `country` IS NULL"
    assert (found.says, found.expected) == ("rows without a value in country", 12)
    assert "FROM `shop`.`raw`.`orders`" in needed(query("null_spike", "raw.orders", "country")).sql


def test_several_columns_that_lost_their_values_are_null_together() -> None:
    found = needed(
        query(
            "join_lost_rows", "joined.sold", None, source_table="raw.orders", columns=["price", "a.b"], null_share=0.1
        )
    )
    assert found.sql.endswith("WHERE (`price` IS NULL OR isnan(`price`)) AND `b` IS NULL")
    assert found.expected == 90


def test_rows_that_a_join_lost_are_those_of_the_source_that_the_table_lacks() -> None:
    found = needed(query("join_lost_rows", "joined.sold", None, source_table="raw.orders", rows_per_key=1.0))
    assert found.sql == (
        "SELECT s.`id`\nFROM `shop`.`raw`.`orders` s\nLEFT ANTI JOIN parquet.`data/sold` t\nON s.`id` <=> t.`id`"
    )
    assert found.expected == 100
    several = needed(query("join_lost_rows", "joined.sold", None, source_table="raw.orders", rows_per_key=3.0))
    assert several.expected is None


@pytest.mark.parametrize(
    ("column", "value", "literal"),
    [
        ("price", "-1.0", "-1.0"),
        ("price", "1e5", "1e5"),
        ("price", "0; DROP", "'0; DROP'"),
        ("country", "o'x\\", "'o\\'x\\\\'"),
        ("day", "2026-01-01", "DATE '2026-01-01'"),
        ("at", "2026-01-01 00:00:00", "TIMESTAMP '2026-01-01 00:00:00'"),
        ("price", 12345.678, "12345.678"),
        ("price", 1e-7, "1e-07"),
        ("items", -999, "-999"),
        ("day", 0, "DATE '1970-01-01'"),
        ("at", 0, "timestamp_micros(0)"),
        ("local", 1_500_000, "TIMESTAMP_NTZ '1970-01-01 00:00:01.500000'"),
    ],
)
def test_values_are_literals_of_their_type(column: str, value: str | float, literal: str) -> None:
    found = needed(query("default_value", "raw.orders", column, value="as shown", exact_value=value, share=0.2))
    assert found.says == f"rows in which {column} is as shown"
    assert found.sql.endswith(f"WHERE `{column}` = {literal}")
    assert found.expected == 200


def test_bounds_of_times_are_moments() -> None:
    at = needed(query("clipping", "raw.orders", "at", bound=1.5e15, side="lower", clipped_share=0.5))
    assert at.sql.endswith("WHERE `at` <= timestamp_micros(1500000000000000)")
    assert at.expected == 450
    assert needed(query("clipping", "raw.orders", "day", bound=19000, side="upper")).sql.endswith(
        ">= DATE '2022-01-08'"
    )


def test_what_is_no_number_is_at_no_bound() -> None:
    found = needed(query("clipping", "raw.orders", "price", bound=9.5, side="upper"))
    assert found.sql.endswith("WHERE `price` >= 9.5 AND NOT isnan(`price`)")


def test_labels_have_a_number_only_where_all_are_named() -> None:
    evidence = {"labels": ["x", "y"], "share": 0.5}
    assert needed(query("unseen_category", "raw.orders", "country", new_label_count=2, **evidence)).expected == 450
    assert needed(query("unseen_category", "raw.orders", "country", new_label_count=9, **evidence)).expected is None


def test_other_rows_that_a_condition_tells() -> None:
    late = needed(query("late_data", "raw.orders", "at", previous_load_end_value=1_772_341_259_500_000, late_share=0.1))
    assert late.sql.endswith("WHERE `at` <= timestamp_micros(1772341259500000)")
    wrong = needed(query("wrong_model_version", "joined.sold", None, recorded=["v1"], share=1.0))
    assert wrong.sql.endswith("WHERE CAST(`model` AS STRING) IN ('v1')")
    both = needed(query("train_evaluation_overlap", "joined.sold", None, training_table="raw.orders", key="id"))
    assert "LEFT SEMI JOIN `shop`.`raw`.`orders` t\nON e.`id` <=> t.`id`" in both.sql
    assert "HAVING count(*) > 1" in needed(query("duplicated_keys", "joined.sold", None)).sql


def test_what_was_so_before_is_said_where_the_query_returns_it_too() -> None:
    def says(cause: str, **evidence: Any) -> str:
        return needed(query(cause, "joined.sold", "price", **evidence)).says

    assert (
        says("null_spike", null_share_before=0.109)
        == "rows without a value in price (before 10.9 % of the rows were so)"
    )
    assert says("null_spike", null_share_before=0.0) == "rows without a value in price"
    zeros = says("default_value", value="0", exact_value=0, share_before=0.02)
    assert zeros == "rows in which price is 0 (before 2.0 % of the rows were so)"
    twice = "keys that joined.sold has more than once"
    assert says("duplicated_keys", rows_per_key_before=1.009) == f"{twice} (before there were 1.009 rows for each key)"
    assert says("duplicated_keys", rows_per_key_before=1.0) == twice
    lost = says("join_lost_rows", source_table="raw.orders", retention_before=0.95)
    assert lost == "rows of raw.orders that joined.sold lacks (it kept 95.0 % of them before)"


@pytest.mark.parametrize(
    ("cause", "evidence", "number"),
    [
        ("default_value", {"exact_value": 0, "share": 0.2, "share_error": 0.0}, "180 rows"),
        ("default_value", {"exact_value": 0, "share": 0.2, "share_error": 0.01}, "about 180 rows, give or take 9"),
        # Earlier releases did not keep how exact it is.
        ("default_value", {"exact_value": 0, "share": 0.2}, "about 180 rows"),
        (
            "default_value",
            {"exact_value": 0, "share": 0.2, "share_before": 0.1, "share_error": 0.0},
            "180 rows, some 90 of them as before",
        ),
        ("constant_column", {"exact_value": 0, "share_before": 0.0}, "810 rows"),
        ("null_spike", {"null_share": 0.1, "null_share_before": 0.02}, "90 rows, some 18 of them as before"),
        (
            "clipping",
            {"bound": 9.0, "bound_share": 0.2, "bound_share_before": 0.1, "clipped_share": 0.1, "share_error": 0.0},
            "162 rows, some 81 of them as before",
        ),
        ("late_data", {"previous_load_end_value": 9, "late_share": 0.1, "share_error": 0.0}, "81 rows"),
        ("train_evaluation_overlap", {"share": 0.1, "share_error": 0.0, "duplicate_rows": 0}, "90 rows"),
        ("train_evaluation_overlap", {"share": 0.1, "share_error": 0.0, "duplicate_rows": None}, "about 90 rows"),
        ("train_evaluation_overlap", {"share": 0.1, "share_error": 0.0, "duplicate_rows": 5}, ""),
        ("join_lost_rows", {"duplicate_rows": 0, "source_duplicate_rows": 0, "rows_per_key": 1.004}, "100 rows"),
        ("join_lost_rows", {"duplicate_rows": 5, "source_duplicate_rows": 0, "rows_per_key": 1.01}, "105 rows"),
        ("join_lost_rows", {"duplicate_rows": 0, "source_duplicate_rows": 3, "rows_per_key": 1.0}, ""),
        ("join_lost_rows", {"duplicate_rows": None, "rows_per_key": 1.004}, ""),
    ],
)
def test_the_number_of_rows_is_said_as_exactly_as_it_is_known(
    cause: str, evidence: dict[str, Any], number: str
) -> None:
    tables = {"source_table": "raw.orders", "training_table": "raw.orders", "key": "id"}
    assert needed(query(cause, "joined.sold", "price", **tables, **evidence)).number == number


def test_repeated_keys_are_counted_where_they_repeat_each_other() -> None:
    again = needed(query("duplicated_load", "joined.sold", None, duplicate_rows=1_200))
    assert again.says == "keys that joined.sold has more than once, 1,200 rows beyond the first of each"
    # The keys of an earlier load came again, each of them once.
    assert query("duplicated_load", "joined.sold", None, repeated_key_share=0.9) is None


def test_nothing_is_written_where_it_would_not_be_right() -> None:
    assert query("wrong_timezone", "raw.orders", "at") is None
    assert query("null_spike", "raw.lines", "price") is None  # a CSV file is read with options
    assert query("null_spike", "raw.people", "name") is None  # sensitive
    assert query("join_lost_rows", "joined.sold", None, source_table="raw.people", columns=["name"]) is None
    assert query("unseen_category", "raw.orders", "country", labels=[]) is None
    # As earlier releases kept values: rounded, with separators, labels in quotes, times without seconds.
    assert query("default_value", "raw.orders", "price", value="12,346", share=0.2) is None
    assert query("late_data", "raw.orders", "at", previous_load_end="2026-03-01 05:00", late_share=0.1) is None
    assert query("wrong_model_version", "raw.orders", None, recorded=["v1"]) is None
    sliced = {"cause": "null_spike", "stage": "raw", "table": "orders", "column": "price", "slice_key": "country"}
    assert about().of(sliced | {"evidence": {}}) is None


def test_a_value_never_selects_by_what_a_setting_holds() -> None:
    found = needed(query("default_value", "raw.orders", "country", exact_value="${env:HOME}", share=0.2))
    assert found.sql.endswith("WHERE `country` = '\\u0024{env:HOME}'")
