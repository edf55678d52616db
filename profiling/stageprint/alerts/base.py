"""What a sink for alerts is, and how the configuration's rules become sinks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError

from stageprint.alerts.base_text import MessageText, TextTemplate
from stageprint.config.base import ConfigModel
from stageprint.config.notify import NotifyRule
from stageprint.config.problems import Problem, explain
from stageprint.errors import RegistryError, did_you_mean
from stageprint.model.alert import Alert
from stageprint.ports import AlertRoute
from stageprint.registry import discover


class Settings(ConfigModel):
    """The keys of a sink's own, beside those of every rule in ``notify:``; this one has none.

    The docstring of a sink's settings describes each key under ``Attributes:``; ``docs/alerts.md`` shows it.
    """


S = TypeVar("S", bound=Settings)


class Sink(ABC, Generic[S]):
    """A kind of sink; an instance is one that a rule of ``notify:`` sends to.

    The docstring says where alerts go, and shows a rule in YAML under ``Example:``.

    Attributes:
        name: Name in YAML.
        settings_model: The keys of its own.
        wants_figures: Whether alerts are given the figures of their tables.
        settings: What the rule says of its keys.
    """

    name: ClassVar[str]
    settings_model: ClassVar[type[Settings]] = Settings
    wants_figures: ClassVar[bool] = False

    def __init__(self, settings: S, template: str | None = None) -> None:
        """Keep the settings. Nothing is opened before an alert is sent: what fails must fail in `send`.

        Args:
            settings: What the rule says of the sink's own keys.
            template: The rule's file with a template; None: the built-in one.
        """
        self.settings = settings
        self._template = TextTemplate(template)

    @abstractmethod
    def send(self, alert: Alert) -> str | None:
        """Deliver one alert.

        It runs in a thread of its own, which is given up after `stageprint.pipeline.sending.MAX_SECONDS_TO_SEND`.

        Returns:
            How the message is found again: `reference` of later alerts with the same key; None: it need not be found.

        Raises:
            AlertError: It could not be delivered.
        """

    def text(self, alert: Alert) -> MessageText:
        """Return the text of a message, by the rule's template.

        Raises:
            AlertError: The template cannot be read, or fails.
        """
        return self._template.render(alert)


def all_sinks() -> Mapping[str, type[Sink[Any]]]:
    """Return every sink by name.

    Raises:
        RegistryError: A sink has a key that every rule has.
    """
    found: Mapping[str, type[Sink[Any]]] = discover("stageprint.alerts", Sink)
    for sink in found.values():
        taken = sorted(NotifyRule.model_fields.keys() & sink.settings_model.model_fields.keys())
        if taken:
            message = f"{sink.__module__}.{sink.__name__}: every rule has the key {taken[0]!r}; rename the setting"
            raise RegistryError(message)
    return found


def rule_problems(rule: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with the name of a rule's sink, or with the sink's own keys.

    Args:
        rule: The rule as a mapping, as YAML gives it.
    """
    name = rule.get("sink")
    if not isinstance(name, str):
        return []  # the model reports it
    sink = all_sinks().get(name)
    if sink is None:
        return [Problem(("sink",), f"no sink {name!r}{did_you_mean(name, all_sinks())}")]
    try:
        sink.settings_model.model_validate(_own_keys(rule))
    except ValidationError as error:
        return explain(error, sink.settings_model, list(NotifyRule.model_fields))
    template = rule.get("template")
    wrong = TextTemplate(template).problem() if isinstance(template, str) and template else None
    return [] if wrong is None else [Problem(("template",), wrong)]


def open_routes(rules: Iterable[NotifyRule]) -> list[AlertRoute]:
    """Return each rule with its sink; nothing is opened yet.

    The rules' sinks exist and their keys are right: the configuration was checked when it was loaded.
    """
    routes = []
    for rule in rules:
        sink = all_sinks()[rule.sink]
        routes.append(AlertRoute(rule, sink(sink.settings_model.model_validate(rule.settings), rule.template)))
    return routes


def _own_keys(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in rule.items() if key not in NotifyRule.model_fields}
