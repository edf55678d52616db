from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import stageprint.alerts
from stageprint.alerts.base import all_sinks, open_routes, rule_problems
from stageprint.alerts.log import Log, LogSettings
from stageprint.config.notify import NotifyRule
from stageprint.errors import RegistryError
from stageprint.registry import discover
from tests.support.plugins import one_more_file

TAKES_A_RULES_KEY = """
from typing import ClassVar

from stageprint.alerts.base import Settings, Sink
from stageprint.model.alert import Alert


class PagerSettings(Settings):
    severity: str = "high"


class Pager(Sink[PagerSettings]):
    name: ClassVar[str] = "pager"
    settings_model: ClassVar[type[Settings]] = PagerSettings

    def send(self, alert: Alert) -> None:
        raise NotImplementedError
"""


def test_the_sinks_are_found_by_name() -> None:
    assert all_sinks()["log"] is Log


def test_a_rule_becomes_its_sink_with_the_sinks_own_keys() -> None:
    rule = NotifyRule.model_validate({"sink": "log", "file": "alerts.jsonl", "severity": "critical"})
    (route,) = open_routes([rule])
    assert route.rule is rule
    assert isinstance(route.sink, Log)
    assert route.sink.settings == LogSettings(file="alerts.jsonl")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"sink": "log"}, []),
        ({"sink": "log", "file": "a", "severity": "review", "stages": ["raw"], "tables": ["orders"]}, []),
        ({"sink": "lgo"}, ["sink: no sink 'lgo' – did you mean 'log'?"]),
        ({"sink": "log", "fiel": "a"}, ["fiel: unknown key – did you mean 'file'?"]),
        ({"sink": "log", "severty": "review"}, ["severty: unknown key – did you mean 'severity'?"]),
        ({"sink": "log", "file": 3}, ["file: expected text, got 3; put it in quotes"]),
        ({"sink": "log", "file": ""}, ["file: expected text that is not empty, got ''"]),
        ({"file": "a"}, []),
    ],
)
def test_what_is_wrong_with_a_rule(rule: Mapping[str, Any], said: list[str]) -> None:
    assert [str(problem) for problem in rule_problems(rule)] == said


def test_a_sink_whose_key_every_rule_has_is_refused(tmp_path: Path) -> None:
    with (
        one_more_file(stageprint.alerts, "pager", TAKES_A_RULES_KEY, tmp_path, (discover,)),
        pytest.raises(RegistryError, match=r"pager\.Pager: every rule has the key 'severity'; rename the setting"),
    ):
        all_sinks()
