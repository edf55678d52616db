"""What every registered check keeps to."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import textwrap
from typing import Any

import pytest
import yaml

import stageprint.checks
from stageprint.checks import Check, CheckContext, all_checks, parse_checks
from stageprint.model import TableKey, TableProfile

CHECKS = all_checks()


def examples(kind: type[Check[Any]]) -> list[Any]:
    _, _, text = (inspect.getdoc(kind) or "").partition("Example:\n")
    items: list[Any] = yaml.safe_load(textwrap.dedent(text))
    return items


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_is_one_file_of_its_name(name: str) -> None:
    assert CHECKS[name].__module__ == f"stageprint.checks.{name}"
    assert CHECKS[name].level in {"column", "table"}


@pytest.mark.parametrize("name", CHECKS)
def test_the_parameters_are_described_closed_and_frozen(name: str) -> None:
    model = CHECKS[name].model
    assert model.__module__ == f"stageprint.checks.{name}"
    described = inspect.getdoc(model) or ""
    for field in model.model_fields:
        assert f"    {field}: " in described, field
    assert not {"check", "severity"} & set(model.model_fields)
    assert CHECKS[name].level == "table" or "column" not in model.model_fields
    assert CHECKS[name].short in {None, *model.model_fields}
    assert model.model_config["extra"] == "forbid"
    assert model.model_config["frozen"]


@pytest.mark.parametrize("name", CHECKS)
def test_the_docstring_shows_yaml_that_declares_the_check(name: str) -> None:
    declared = parse_checks(examples(CHECKS[name]), name)
    assert len(declared) >= 2
    assert {type(entry.check) for entry in declared} == {CHECKS[name]}
    assert all(entry.check.expected for entry in declared)


@pytest.mark.parametrize("name", CHECKS)
def test_an_empty_profile_is_never_passed_in_silence(name: str) -> None:
    nothing = CheckContext(TableProfile(TableKey("raw", "nothing"), 0, (), {}), "run")
    for entry in parse_checks(examples(CHECKS[name]), name):
        result = entry.check.evaluate(nothing)
        assert result.status != "pass"
        assert (result.reason is not None) == (result.status == "not_computable")
        assert result.observed


MODULES = [f"{stageprint.checks.__name__}.{info.name}" for info in pkgutil.iter_modules(stageprint.checks.__path__)]


@pytest.mark.parametrize("module", MODULES)
def test_worked_examples_give_what_they_show(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0
