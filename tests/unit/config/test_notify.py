"""`notify:` in YAML: every mistake is one line with file, line and key."""

from __future__ import annotations

import pytest

from stageprint.config.loader import build_config, parse_config
from stageprint.config.notify import NotifyRule
from stageprint.config.validation import name_problems, require_known_names
from stageprint.errors import ConfigError
from stageprint.model import Severity, TableKey
from stageprint.model.keys import Slice
from tests.unit.config.shop import GOOD, error_of

NOTIFY = """\
notify:
  - {sink: log}
  - sink: log
    file: alerts.jsonl
    severity: critical
    stages: [raw, joined]
    tables: [raw.orders, customers]
"""
FIRST = len(GOOD.splitlines()) + 1
ORDERS = TableKey("raw", "orders")


def test_rules_are_read_with_the_sinks_own_keys() -> None:
    every, some = parse_config(GOOD + NOTIFY).notify
    assert (every.severity, every.stages, every.tables, dict(every.settings)) == ("warning", (), (), {})
    assert (some.severity, some.stages, some.tables) == ("critical", ("raw", "joined"), ("raw.orders", "customers"))
    assert dict(some.settings) == {"file": "alerts.jsonl"}


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("{sink: log}", "{sink: lgo}", 1, "notify[0].sink: no sink 'lgo' – did you mean 'log'?"),
        ("{sink: log}", "{sink: 3}", 1, "notify[0].sink: expected text, got 3; put it in quotes"),
        ("{sink: log}", "{file: a}", 1, "notify[0].sink: required key is missing; expected the name of a sink"),
        (
            "{sink: log}",
            "log",
            1,
            "notify[0]: expected a mapping, got 'log'",
        ),
        ("file:", "fiel:", 3, "notify[1].fiel: unknown key – did you mean 'file'?"),
        ("severity:", "severty:", 4, "notify[1].severty: unknown key – did you mean 'severity'?"),
        ("alerts.jsonl", "[a]", 3, "notify[1].file: expected text, got a list (['a'])"),
        (
            "critical",
            "critcal",
            4,
            "notify[1].severity: expected 'critical', 'warning' or 'review', got 'critcal' – did",
        ),
        ("joined]", "joind]", 5, "notify[1].stages[1]: expected a stage of this pipeline, got 'joind' – did you mean"),
        ("raw.orders", "raw.order", 6, "notify[1].tables[0]: expected a table of this pipeline, got 'raw.order' – did"),
        ("[raw.orders, customers]", "orders", 6, "notify[1].tables: expected a list, got 'orders'; write [orders]"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(old: str, new: str, line: int, said: str) -> None:
    assert NOTIFY.count(old) == 1
    message = error_of(GOOD + NOTIFY.replace(old, new))
    assert "\n" not in message
    assert message.startswith(f"shop.yml:{FIRST + line}: {said}")


def test_a_configuration_built_in_python_is_held_to_the_registry_too() -> None:
    config = parse_config(GOOD)
    config = config.model_copy(update={"notify": (NotifyRule(sink="pigeon"),)})
    with pytest.raises(ConfigError, match=r"notify\[0\]\.sink: no sink 'pigeon'"):
        require_known_names(config)
    assert name_problems(parse_config(GOOD + NOTIFY).model_dump()) == []


def test_who_is_told_is_no_part_of_the_hash() -> None:
    assert parse_config(GOOD + NOTIFY).hash == parse_config(GOOD).hash


@pytest.mark.parametrize(
    ("rule", "matched"),
    [
        ({}, True),
        ({"severity": "critical"}, False),
        ({"severity": "review"}, True),
        ({"stages": ["raw", "joined"]}, True),
        ({"stages": ["joined"]}, False),
        ({"tables": ["orders"]}, True),
        ({"tables": ["raw.orders"]}, True),
        ({"tables": ["joined.orders"]}, False),
        ({"stages": ["raw"], "tables": ["customers"]}, False),
        ({"owners": ["sales"]}, True),
        ({"owners": ["finance"]}, False),
        ({"classes": ["data", "check"]}, True),
        ({"classes": ["population"]}, False),
    ],
)
def test_a_rule_matches_by_severity_stage_table_owner_and_class(rule: dict[str, object], matched: bool) -> None:
    found = NotifyRule.model_validate({"sink": "log", **rule})
    assert found.matches(Severity.WARNING, ORDERS, "data", "sales") is matched
    assert found.matches(Severity.WARNING, ORDERS.of_slice(Slice("city", "Rome")), "data", "sales") is matched
    assert not found.matches(Severity.NONE, ORDERS, "data", "sales")


def test_rules_may_come_from_python() -> None:
    content = {
        "pipeline": "p",
        "store": "s",
        "stages": [{"name": "a", "tables": [{"name": "t", "source": {"table": "t"}}]}],
    }
    assert build_config({**content, "notify": [{"sink": "log"}]}).notify[0].sink == "log"
