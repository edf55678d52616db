"""The graph of stages, and what is asked of it."""

from __future__ import annotations

import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import UsageError
from stageprint.model import TableKey
from tests.unit.config.shop import GOOD, assert_one_line, changed, error_of


def test_the_hash_changes_with_the_configuration_and_only_then(config: PipelineConfig) -> None:
    assert config.hash == parse_config(GOOD + "\n# a remark\n").hash
    assert config.hash != parse_config(changed("share: 0.98", "share: 0.97")).hash
    assert len(config.hash) == 16


def test_the_hash_covers_dates_in_checks() -> None:
    dated = [
        parse_config(
            changed("        event_time: ordered_at", f"        checks: [accepted_range: {{column: a, min: {date}}}]")
        ).hash
        for date in ("2013-01-01", "2013-01-02")
    ]
    assert dated[0] != dated[1]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("upstream: [raw]", "upstream: [rwa]", 14, "stages[1].upstream[0]: expected a stage, got 'rwa' – did you mean"),
        (
            "- name: raw\n",
            "- name: raw\n    upstream: [training]\n",
            5,
            "stages[0].upstream: expected stages without a cycle, got raw → training → joined → raw",
        ),
        (
            "upstream: [joined]",
            "upstream: [training]",
            23,
            "stages[2].upstream: expected stages without a cycle, got training → training",
        ),
        (
            "- name: training",
            "- name: joined",
            21,
            "stages[2].name: expected each stage name once, got 'joined' a second time",
        ),
        (
            "- name: customers",
            "- name: orders",
            10,
            "stages[0].tables[1].name: expected each table name once, got 'orders' a second time",
        ),
        (
            "of: raw.orders",
            "of: raw.order",
            19,
            "stages[1].tables[0].retention.of: expected a table of an upstream stage, got 'raw.order'"
            " – did you mean 'raw.orders'?",
        ),
        (
            "        event_time: ordered_at\n",
            "        event_time: ordered_at\n        retention: {of: customers}\n",
            10,
            "stages[0].tables[0].retention.of: expected a table of an upstream stage, got 'customers'"
            "; stage 'raw' has no upstream",
        ),
    ],
)
def test_a_mistake_is_one_line(old: str, new: str, line: int, said: str) -> None:
    assert_one_line(old, new, line, said)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (
            "raw.customer.customer_id",
            "expected a column of a table of this pipeline, got 'raw.customer.customer_id'"
            ": no table 'raw.customer' – did you mean 'raw.customers'?",
        ),
        ("raw.customers", "expected stage.table.column, got 'raw.customers'"),
    ],
)
def test_a_reference_leads_to_a_column(target: str, said: str) -> None:
    references = f"        references: {{customer_id: {target}}}"
    key = "stages[0].tables[0].references.customer_id"
    assert_one_line("        event_time: ordered_at", references, 9, f"{key}: {said}")


def test_several_unknown_upstreams_are_all_named() -> None:
    text = GOOD.replace("upstream: [raw]", "upstream: [a]").replace("upstream: [joined]", "upstream: [b]")
    assert [line.split(":")[2].strip() for line in error_of(text).splitlines()] == [
        "stages[1].upstream[0]",
        "stages[2].upstream[0]",
    ]


def test_a_stage_that_leads_into_a_cycle_is_not_blamed_for_it() -> None:
    text = "pipeline: p\nstore: s\nstages:\n" + "".join(
        f"  - {{name: {name}, upstream: [{up}], tables: [{{name: t, source: {{table: x}}}}]}}\n"
        for name, up in (("a", "b"), ("b", "c"), ("c", "b"))
    )
    assert error_of(text) == "shop.yml:5: stages[1].upstream: expected stages without a cycle, got b → c → b"


def test_everything_in_order(config: PipelineConfig) -> None:
    chosen = [f"{stage.name}.{table.name}" for stage, table in config.select()]
    assert chosen == ["raw.orders", "raw.customers", "joined.orders", "training.matrix"]


def test_stages_and_tables_narrow_it(config: PipelineConfig) -> None:
    assert [stage.name for stage, _ in config.select(tables=("orders",))] == ["raw", "joined"]
    assert [table.name for _, table in config.select(stages=("joined", "raw"))] == ["orders", "customers", "orders"]


@pytest.mark.parametrize(
    ("stages", "tables", "said"),
    [
        (("raww",), (), "no stage 'raww' in pipeline 'shop' – did you mean 'raw'?"),
        ((), ("order",), "no table 'order' in pipeline 'shop' – did you mean 'orders'?"),
        (("training",), ("orders",), "no table 'orders' in stage 'training' – available: 'matrix'"),
    ],
)
def test_a_wrong_name_gets_a_hint(
    config: PipelineConfig, stages: tuple[str, ...], tables: tuple[str, ...], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        config.select(stages, tables)
    assert str(caught.value) == said


def test_a_wrong_table_gets_a_hint(config: PipelineConfig) -> None:
    with pytest.raises(UsageError, match="no table 'orderz' in stage 'raw' – did you mean 'orders'"):
        config.table("raw", "orderz")


def test_rows_are_kept_of_the_declared_table_or_the_one_with_the_same_keys(config: PipelineConfig) -> None:
    joined, training = config.stage("joined"), config.stage("training")
    assert config.retention_source(joined, joined.tables[0]) == TableKey("raw", "orders")
    inferred = joined.tables[0].model_copy(update={"retention": None})
    assert config.retention_source(joined, inferred) == TableKey("raw", "orders")
    assert config.retention_source(training, training.tables[0]) is None
