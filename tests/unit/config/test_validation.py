"""Names of checks and statistics, for which the registries are asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import stageprint
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.validation import name_problems, require_known_names
from stageprint.errors import ConfigError
from tests.unit.config.shop import GOOD, changed, error_of

CHECKS = """\
        exact_keys: false
        references: {customer_id: raw.customers.customer_id, note: joined.orders.a.b}
        checks:
          - not_null: order_id
          - key_coverage: {key: customer_id, references: raw.customers, min_share: 0.9}
          - {check: retention, of: orders, min_share: 0.5}
"""


def test_checks_are_kept_as_written() -> None:
    orders = parse_config(changed("        event_time: ordered_at\n", CHECKS)).table("raw", "orders")
    assert orders.checks[0] == {"not_null": "order_id"}
    assert not orders.exact_keys


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("        checks:\n", "        chekcs:\n", 11, "chekcs: unknown key – did you mean 'checks'?"),
        ("exact_keys: false", "exact_keys: few", 9, "exact_keys: expected true or false, got 'few'"),
        ("not_null:", "not_nul:", 12, "checks[0]: no check 'not_nul' – did you mean 'not_null'?"),
        (
            "min_share: 0.9",
            "min_shar: 0.9",
            13,
            "checks[1].key_coverage.min_shar: unknown key – did you mean 'min_share'?",
        ),
        (
            "min_share: 0.5",
            "min_share: 50",
            14,
            "checks[2].min_share: expected a share from 0 to 1 (for 50 % write 0.5), got 50",
        ),
        (
            "not_null: order_id",
            "{check: not_null, column: a, severity: info}",
            12,
            "checks[0].severity: expected critical, warning or review, got 'info'",
        ),
        ("not_null: order_id", "{check: 3}", 12, "checks[0].check: expected the name of a check, got 3"),
        (
            "references: raw.customers,",
            "references: raw.custmers,",
            13,
            "checks[1]: expected a table of this pipeline, got 'raw.custmers' – did you mean 'raw.customers'?",
        ),
        ("of: orders", "of: order", 14, "checks[2]: expected a table of this pipeline, got 'order'"),
        (
            "raw.customers.customer_id",
            "raw.customer.customer_id",
            10,
            "references.customer_id: expected a column of a table of this pipeline, got 'raw.customer.customer_id'"
            ": no table 'raw.customer' – did you mean 'raw.customers'?",
        ),
        (
            "raw.customers.customer_id",
            "raw.customers",
            10,
            "references.customer_id: expected stage.table.column, got 'raw.customers'",
        ),
    ],
)
def test_each_mistake_is_one_line(old: str, new: str, line: int, said: str) -> None:
    text = changed("        event_time: ordered_at\n", CHECKS)
    assert text.count(old) == 1
    (found,) = error_of(text.replace(old, new)).splitlines()
    assert found.startswith(f"shop.yml:{line}: stages[0].tables[0].{said}")


def test_mistakes_in_checks_are_told_with_all_others() -> None:
    text = changed("        event_time: ordered_at", "        checks: [not_nul: a, row_count, key_unique, key_unique]")
    assert error_of(text.replace("store: ./observability", "store: 3")).splitlines() == [
        "shop.yml:2: store: expected text, got 3; put it in quotes",
        "shop.yml:9: stages[0].tables[0].checks[0]: no check 'not_nul' – did you mean 'not_null'?",
        "shop.yml:9: stages[0].tables[0].checks[1]: row_count: expected a lower or an upper bound or both, got neither",
        "shop.yml:9: stages[0].tables[0].checks[3]: key_unique is declared a second time with the same parameters",
    ]


def built(table: dict[str, Any], **settings: Any) -> PipelineConfig:
    stage = {"name": "raw", "tables": [{"name": "orders", "source": {"table": "orders"}, **table}]}
    return PipelineConfig.model_validate({"pipeline": "p", "store": "s", "stages": [stage], **settings})


def test_a_configuration_that_python_built_is_asked_about_before_it_is_used() -> None:
    require_known_names(
        built({"checks": ["key_unique"]}, decision={"overrides": [{"statistic": "ks", "ignore": True}]})
    )
    overrides = [{"statistic": "ks", "ignore": True}, {"statistic": "kz", "ignore": True}]
    wrong = built(
        {"checks": [{"key_uniqe": {}}, {"retention": {"of": "raw.order", "min_share": 0}}]},
        decision={"overrides": overrides},
    )
    with pytest.raises(ConfigError) as caught:
        require_known_names(wrong)
    first, second, third = str(caught.value).splitlines()
    assert first.startswith("decision.overrides[1].statistic: expected a shift statistic, got 'kz'")
    assert second == "stages[0].tables[0].checks[0]: no check 'key_uniqe' – did you mean 'key_unique'?"
    assert third == (
        "stages[0].tables[0].checks[1]: expected a table of this pipeline, got 'raw.order' – did you mean 'raw.orders'?"
    )


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"stages": 3, "decision": []},
        {
            "stages": [None, {"tables": [None, {"checks": "not_null"}]}],
            "decision": {"overrides": [1, {"statistic": 5}]},
        },
    ],
)
def test_what_the_models_report_is_passed_over(content: dict[str, Any]) -> None:
    assert name_problems(content) == []


def test_a_table_without_a_readable_name_may_be_the_one_that_a_check_names() -> None:
    text = changed("- name: customers", "- nam: customers").replace(
        "        event_time: ordered_at", "        checks: [{retention: {of: customers, min_share: 1}}]"
    )
    assert [line.split(": ")[1] for line in error_of(text).splitlines()] == ["stages[0].tables[1].nam"]


def test_mistakes_in_the_graph_and_in_checks_are_told_together() -> None:
    text = changed("        event_time: ordered_at", "        checks: [not_nul]").replace(
        "of: raw.orders", "of: raw.order"
    )
    assert [line.split(": ")[1] for line in error_of(text).splitlines()] == [
        "stages[0].tables[0].checks[0]",
        "stages[1].tables[0].retention.of",
    ]


def test_neither_checks_nor_statistics_are_loaded_without_need() -> None:
    code = (
        "import sys; from stageprint.config.loader import parse_config; "
        f"parse_config({GOOD!r}); "
        "print([name for name in ('stageprint.checks', 'stageprint.shifts', 'numpy', 'scipy') if name in sys.modules])"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=env)  # noqa: S603 -- this interpreter
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "use",
    [
        lambda config: stageprint.profile_runs(config, ["r1"]),
        lambda config: stageprint.compare_runs(config, ["r1"]),
        lambda config: stageprint.ServingProfiler(config, stage="raw"),
    ],
    ids=["profile", "compare", "serve"],
)
def test_every_use_of_a_configuration_asks_before_any_work(use: Callable[[PipelineConfig], object]) -> None:
    with pytest.raises(ConfigError, match=r"^stages\[0\]\.tables\[0\]\.checks\[0\]: no check 'key_uniqe'"):
        use(built({"checks": ["key_uniqe"]}))
