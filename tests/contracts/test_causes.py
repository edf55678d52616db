"""What holds for every cause."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from typing import get_args

import pytest

import stageprint.diagnosis.causes
from stageprint.diagnosis.base import Cause, Family, Fit, Level, all_causes
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.graph import StageGraph
from stageprint.model import TABLE_LEVEL, ColumnKey

CAUSES = all_causes()
NODES = (ColumnKey("raw", "t", "x"), ColumnKey("raw", "t", TABLE_LEVEL), ColumnKey("late", "t", TABLE_LEVEL))


def blind() -> Evidence:
    """Return an evidence without a single profile."""
    graph = StageGraph("p", {"raw": (), "late": ("raw",)}, {"raw": ["t"], "late": ["t"]}, lambda _: ("x",))
    return Evidence(run_id="2", graph=graph, history=["1"], shifts=(), columns=lambda *_: None, tables=lambda *_: None)


def test_one_file_each_named_after_the_cause() -> None:
    files = {info.name for info in pkgutil.iter_modules(stageprint.diagnosis.causes.__path__)}
    assert files == set(CAUSES)
    assert all(type(cause).__module__.endswith(f".{name}") for name, cause in CAUSES.items())


@pytest.mark.parametrize("name", CAUSES)
def test_attributes(name: str) -> None:
    cause = CAUSES[name]
    assert cause.name == name
    assert cause.family in get_args(Family)
    assert cause.level in get_args(Level)
    assert type(cause).explain is not Cause.explain


@pytest.mark.parametrize("name", CAUSES)
def test_docstring_says_signature_source_confusions_and_an_example(name: str) -> None:
    text = inspect.getdoc(type(CAUSES[name])) or ""
    assert all(part in text for part in ("Signature:", "Source:", "Told apart from:", "Example:", ">>> "))


@pytest.mark.parametrize("name", CAUSES)
def test_worked_example(name: str) -> None:
    module = importlib.import_module(type(CAUSES[name]).__module__)
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize("node", NODES, ids=str)
@pytest.mark.parametrize("name", [name for name, cause in CAUSES.items() if cause.signature])
def test_without_profiles_no_signature_is_claimed(name: str, node: ColumnKey) -> None:
    cause = CAUSES[name]
    if cause.applies(node):
        assert cause.explain(blind(), node) is None


def test_the_fallback_speaks_of_every_node_and_of_nothing_else() -> None:
    fallbacks = [cause for cause in CAUSES.values() if not cause.signature]
    assert [cause.name for cause in fallbacks] == ["distribution_shift"]
    for node in NODES:
        fit = fallbacks[0].explain(blind(), node)
        assert isinstance(fit, Fit)
        assert str(node) in fit.sentence
