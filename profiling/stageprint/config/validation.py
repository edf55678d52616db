"""Asks the registries whether the checks, statistics and alert sinks exist that a configuration names.

The only module of ``config`` that knows them. The models cannot ask: checks and statistics import the models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.problems import Problem
from stageprint.errors import ConfigError, did_you_mean
from stageprint.model import TableKey


def require_known_names(config: PipelineConfig) -> None:
    """Refuse a configuration that names a check, a statistic, a sink or (in a check) a table that does not exist.

    The loader has done this for a configuration from a file. One that Python code built needs it before it is used.

    Raises:
        ConfigError: It does; the message has one line for each problem.
    """
    problems = name_problems(config.model_dump())
    if problems:
        raise ConfigError("\n".join(str(problem) for problem in problems))


def name_problems(content: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with the names of checks, statistics and sinks, and with checks' parameters and sinks' keys.

    Args:
        content: The configuration as a mapping, as YAML gives it. What is not of the expected form is passed over: the
            models report it.
    """
    return [*_statistic_problems(content), *_check_problems(content), *_sink_problems(content)]


def _statistic_problems(content: Mapping[str, Any]) -> Iterator[Problem]:
    named = [
        (index, override["statistic"])
        for index, override in enumerate(_items(_mapping(content.get("decision")).get("overrides")))
        if isinstance(override, Mapping) and isinstance(override.get("statistic"), str)
    ]
    if not named:
        return
    from stageprint.shifts import all_shifts  # noqa: PLC0415 -- takes a second; most configurations name no statistic

    known = all_shifts()
    for index, name in named:
        if name not in known:
            text = f"expected a shift statistic, got {name!r}{did_you_mean(name, known)}"
            yield Problem(("decision", "overrides", index, "statistic"), text)


def _check_problems(content: Mapping[str, Any]) -> Iterator[Problem]:
    tables = list(_tables(content))
    if not any(_items(table.get("checks")) for _, _, table in tables):
        return
    from stageprint.checks import read_checks  # noqa: PLC0415 -- takes a second; a serving process may declare no check

    # With a stage or table whose name cannot be read, a check may well name that one.
    keys = [(stage, table.get("name")) for _, stage, table in tables]
    complete = all(isinstance(stage, str) and isinstance(name, str) for stage, name in keys)
    # A pattern may bring it.
    complete = complete and not any(_mapping(stage).get("match") for stage in _items(content.get("stages")))
    full = {str(TableKey(str(stage), str(name))) for stage, name in keys}
    known = full | {str(name) for _, name in keys}
    for where, _, table in tables:
        declared, problems = read_checks(_items(table.get("checks")))
        yield from (problem.below((*where, "checks")) for problem in problems)
        named = dict.fromkeys((index, name) for index, entry in declared for name in entry.check.tables)
        for index, name in named if complete else ():
            if name not in known:
                text = f"expected a table of this pipeline, got {name!r}{did_you_mean(name, full)}"
                yield Problem((*where, "checks", index), text)


def _sink_problems(content: Mapping[str, Any]) -> Iterator[Problem]:
    rules = [(index, rule) for index, rule in enumerate(_items(content.get("notify"))) if isinstance(rule, Mapping)]
    if not rules:
        return
    from stageprint.alerts.base import rule_problems  # noqa: PLC0415 -- an adapter: only who sends alerts needs it

    for index, rule in rules:
        yield from (problem.below(("notify", index)) for problem in rule_problems(rule))


def _tables(content: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any, Mapping[str, Any]]]:
    """Yield (path, stage's name, table) of everything that looks like a table."""
    for position, stage in enumerate(_items(content.get("stages"))):
        for index, table in enumerate(_items(_mapping(stage).get("tables"))):
            if isinstance(table, Mapping):
                yield ("stages", position, "tables", index), _mapping(stage).get("name"), table


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
