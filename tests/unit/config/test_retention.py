"""The settings of ``maintain``."""

from __future__ import annotations

import pytest

from stageprint.config.loader import parse_config
from stageprint.errors import ConfigError
from stageprint.model import TableKey

GOOD = """\
pipeline: shop
store: s
stages:
  - {name: raw, tables: [{name: orders, source: {table: a}}, {name: customers, source: {table: b}}]}
"""


def test_without_the_block_nothing_goes() -> None:
    retention = parse_config(GOOD).retention
    assert not retention.is_set
    assert retention.of_table(TableKey("raw", "orders")) is None
    assert retention.old_versions_hours == 168


def test_the_last_rule_that_names_a_table_counts() -> None:
    block = "retention: {tables: [{stage: raw, keep_runs: 9}, {table: raw.orders, keep_days: 3}]}\n"
    retention = parse_config(GOOD + block).retention
    orders, customers = (retention.of_table(TableKey("raw", name)) for name in ("orders", "customers"))
    assert orders is not None
    assert customers is not None
    assert (orders.keep_runs, orders.keep_days) == (None, 3)
    assert (customers.keep_runs, customers.keep_days) == (9, None)


def test_how_long_results_are_kept_changes_no_result() -> None:
    assert parse_config(GOOD + "retention: {keep_runs: 9}\n").hash == parse_config(GOOD).hash


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("{keep_runs: 0}", "retention.keep_runs: expected a number of at least 1, got 0"),
        ("{old_versions_hours: 1}", "retention.old_versions_hours: expected a number of at least 168, got 1"),
        ("{tables: [{keep_runs: 9}]}", r"retention.tables\[0\]: expected `stage`, `table` or both"),
        ("{tables: [{table: orders}]}", r"retention.tables\[0\]: expected `keep_runs`, `keep_days` or both"),
        (
            "{tables: [{stage: rwa, keep_runs: 9}]}",
            r"retention.tables\[0\].stage: .*did you mean 'raw'",
        ),
        ("{tables: [{table: order, keep_runs: 9}]}", r"retention.tables\[0\].table: .*did you mean 'orders'"),
    ],
)
def test_mistakes_are_named(block: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        parse_config(f"{GOOD}retention: {block}\n")
