"""Patterns in the configuration: which tables they match, what these are called, and what is wrong with a pattern."""

from __future__ import annotations

import pytest

from stageprint.config.loader import parse_config
from stageprint.config.patterns import JoinedTable, TablePattern
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import ConfigError, UsageError

HEAD = "pipeline: shop\nstore: ./observability\nstages:\n  - name: raw\n"


def config(stage: str, rest: str = "") -> PipelineConfig:
    return parse_config(f"{HEAD}{stage}{rest}", "shop.yml")


@pytest.mark.parametrize(
    ("pattern", "star", "name"),
    [
        ("data/{run_id}/raw/*.parquet", "orders", "orders"),
        ("data/{run_id}/raw/stg_*.parquet", "orders", "stg_orders"),
        ("data/*_{run_id}.parquet", "orders", "orders"),
        ("data/{run_id}_*.csv", "order items", "order_items"),
        ("main.sales.*", "orders", "orders"),
        ("main.sales.dim_*", "customer", "dim_customer"),
        ("main.sales.*_{run_date}", "orders", "orders"),
    ],
)
def test_a_table_is_called_as_its_file_or_table_is(pattern: str, star: str, name: str) -> None:
    found = TablePattern.model_validate(pattern)
    assert found.name(star) == name
    assert found.allows(name)


def test_of_a_folder_or_a_file_of_any_name_the_ending_is_no_part_of_the_name() -> None:
    found = TablePattern.model_validate({"path": "data/{run_id}/*", "format": "csv"})
    assert (found.name("orders.csv"), found.name("orders")) == ("orders", "orders")


def test_a_pattern_allows_what_it_can_match_and_does_not_exclude() -> None:
    found = TablePattern.model_validate({"table": "main.sales.dim_*", "exclude": ["*_backup", "dim_test"]})
    names = ("dim_customer", "customer", "dim_", "dim_customer_backup", "dim_test")
    assert [name for name in names if found.allows(name)] == ["dim_customer"]


def test_a_joined_table_has_the_settings_of_its_pattern() -> None:
    found = TablePattern.model_validate(
        {"path": "data/{run_id}/*.csv", "options": {"header": True}, "keys": ["id"], "optional": True}
    ).joined("orders")
    assert isinstance(found, JoinedTable)
    assert (found.source.format, found.source.path, found.source.options) == (
        "csv",
        "data/{run_id}/orders.csv",
        {"header": "true"},
    )
    assert (found.keys, found.optional) == (("id",), True)


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        ("    match: data/{run_id}/raw\n", "shop.yml:5: stages[0].match[0].format: required key is missing"),
        ("    match: data/*/*.parquet\n", "shop.yml:5: stages[0].match[0].path: expected one *"),
        ("    match: data/{run_id}/?_*.parquet\n", "shop.yml:5: stages[0].match[0].path: expected one *"),
        ("    match: main.*.orders\n", "shop.yml:5: stages[0].match[0].table: expected the * in the last part"),
        (
            "    match:\n      - path: d/*.parquet\n        exclud: [a]\n",
            "shop.yml:7: stages[0].match[0].exclud: unknown key – did you mean 'exclude'?",
        ),
        (
            "    match:\n      - path: d/{run}/*.parquet\n",
            "shop.yml:6: stages[0].match[0].path: unknown placeholder",
        ),
        ("    match:\n      - {path: d/*.parquet, table: a.*}\n", "shop.yml:6: stages[0].match[0]: expected one of"),
        ("    match: []\n", "shop.yml:4: stages[0].tables: required key is missing; expected a list of tables"),
        ("    tables: []\n", "shop.yml:5: stages[0].tables: expected a list with at least one entry, got a list ([])"),
    ],
)
def test_what_is_wrong_with_a_pattern_has_its_line(stage: str, error: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(stage)
    assert str(caught.value).startswith(error)


LATER = """\
  - name: features
    upstream: [raw]
    tables:
      - name: f
        source: {table: main.features.f}
        references: {order_id: raw.orders.order_id}
        derived_from: {day: raw.orders.ordered_at}
        retention: {of: orders}
        checks: [{check: key_coverage, key: order_id, references: raw.orders.order_id}]
decision:
  overrides: [{table: raw.orders, ignore: true}]
retention:
  tables: [{stage: raw, table: orders, keep_runs: 3}]
"""


def test_what_a_pattern_may_bring_can_be_named_elsewhere() -> None:
    found = config("    match: {table: main.sales.*, exclude: [tmp_*]}\n", LATER)
    assert found.select(tables=("orders",)) == []
    with pytest.raises(ConfigError, match=r"no table 'raw\.tmp_x'"):
        config(
            "    match: {table: main.sales.*, exclude: [tmp_*]}\n",
            LATER.replace("raw.orders.order_id}\n        derived", "raw.tmp_x.order_id}\n        derived"),
        )


def test_once_the_tables_are_known_others_are_errors() -> None:
    found = config("    match: main.sales.*\n")
    joined = found.with_joined({"raw": [found.stages[0].match[0].joined("orders")]})
    assert [table.name for _, table in joined.select(tables=("orders",))] == ["orders"]
    with pytest.raises(UsageError, match="no table 'ordrs' in pipeline 'shop' – did you mean 'orders'"):
        joined.select(tables=("ordrs",))


def test_an_entry_of_its_own_stands_for_a_table_by_its_name_or_its_place() -> None:
    tables = (
        "    tables:\n"
        "      - {name: orders, source: {table: other.orders}, keys: [id]}\n"
        "      - {name: clients, source: {table: main.sales.customers}}\n"
    )
    found = config(f"    match: main.sales.*\n{tables}")
    names = ("orders", "customers", "items")
    joined = found.with_joined({"raw": [found.stages[0].match[0].joined(name) for name in names]})
    assert [(table.name, table.source.text) for _, table in joined.select()] == [
        ("orders", "other.orders"),
        ("clients", "main.sales.customers"),
        ("items", "main.sales.items"),
    ]


def test_the_hash_is_that_of_what_is_written() -> None:
    found = config("    match: main.sales.*\n")
    joined = found.with_joined({"raw": [found.stages[0].match[0].joined("orders")]})
    assert joined.hash == found.hash != config("    match: main.sale.*\n").hash
    plain = config("    tables: [{name: orders, source: {table: main.sales.orders}}]\n")
    assert plain.hash == "4cce563b342938c2"
