"""What is known of one table."""

from __future__ import annotations

import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from tests.unit.config.shop import assert_one_line, changed, error_of


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            "shop_id: string",
            "shop_id: strng",
            20,
            "stages[1].tables[0].columns.kinds.shop_id: expected 'boolean', 'integer', 'float', 'decimal', 'date', "
            "'timestamp', 'timestamp_ntz', 'string', 'binary', 'array', 'map' or 'other', got 'strng' "
            "– did you mean 'string'?",
        ),
    ],
)
def test_a_mistake_is_one_line(old: str, new: str, line: int, said: str) -> None:
    assert_one_line(old, new, line, said)


def test_named_columns_carry_their_key(config: PipelineConfig) -> None:
    assert list(config.table("joined", "orders").named_columns()) == [
        ("keys[0]", "order_id"),
        ("columns.exclude", "note"),
        ("columns.theta", "customer_id"),
        ("columns.kinds", "shop_id"),
    ]
    assert list(config.table("training", "matrix").named_columns()) == [("label", "returned")]


def test_references_keep_theta_sketches_on_both_sides() -> None:
    references = "        references: {customer_id: raw.customers.customer_id, note: joined.orders.a.b}\n"
    config = parse_config(changed("        event_time: ordered_at\n", references))
    orders = config.table("raw", "orders")
    assert orders.theta_columns == ("customer_id", "note")
    assert ("references.note", "note") in list(orders.named_columns())
    assert config.referenced_columns("raw", "customers") == ("customer_id",)
    assert config.referenced_columns("joined", "orders") == ("a.b",)
    assert config.referenced_columns("raw", "orders") == ()
    assert config.table("joined", "orders").theta_columns == ("customer_id",)


def test_values_of_slices_are_text_as_spark_writes_it() -> None:
    slices = "        slices: [note, {by: paid, values: [true, 2, 1.5, 2013-01-31, x, x]}]\n"
    found = parse_config(changed("        event_time: ordered_at\n", slices)).table("raw", "orders").slices
    assert [one.by for one in found] == ["note", "paid"]
    assert found[1].values == ("true", "2", "1.5", "2013-01-31", "x")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["slices: [a, a]"], "slices[1]: expected each slice once, got 'a' a second time"),
        (["incremental: day", "slices: [a]"], "incremental: not allowed together with `slices`"),
        (["exact_keys: few"], "exact_keys: expected true or false, got 'few'"),
        (["expected_model_version: v1"], "expected_model_version: needs `model_version`"),
        (
            ["model_version: v", "expected_model_version: 'v{runid}'"],
            "expected_model_version: unknown placeholder {runid} – did you mean 'run_id'?",
        ),
    ],
)
def test_settings_that_exclude_each_other(lines: list[str], said: str) -> None:
    keys = "".join(f"        {line}\n" for line in lines)
    assert f"stages[0].tables[0].{said}" in error_of(changed("        event_time: ordered_at\n", keys))


def test_a_version_comes_from_text_or_from_who_is_asked() -> None:
    keys = "        label: returned\n        model_version: v\n        expected_model_version: "
    table = (
        parse_config(changed("        label: returned\n", f"{keys}{{mlflow: models:/late@prod}}\n")).stages[2].tables[0]
    )
    assert table.expected_model_version == ("mlflow: models:/late@prod",)
    message = error_of(changed("        label: returned\n", f"{keys}{{mlfow: models:/late@prod}}\n"))
    assert "expected text, a list of texts, {python: …} or {mlflow: …}, got a mapping" in message


def test_a_query_has_no_partitions() -> None:
    assert "stages[2].tables[0].incremental: needs files or a table as source" in error_of(
        changed("        label: returned", "        incremental: day")
    )
