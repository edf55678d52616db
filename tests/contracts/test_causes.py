"""What holds for every cause."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import sys
from typing import get_args

import pytest

import stageprint.diagnosis.causes
from scripts.docs.causes import worked_fit
from stageprint.diagnosis.base import Cause, Family, Fit, Level, all_causes
from stageprint.diagnosis.cause_text import COMMON_EVIDENCE, CauseText
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
def test_the_docstring_has_what_its_page_needs(name: str) -> None:
    text = CauseText.of(CAUSES[name])
    assert len(text.summary) <= 100
    assert text.summary.endswith(".")
    assert 120 <= len(text.meaning) <= 500
    assert len(text.signature) <= 900
    assert 2 <= len(text.check) <= 4
    assert all(30 <= len(item) <= 220 for item in text.check)
    assert 80 <= len(text.fix) <= 350
    assert all(8 <= len(meaning) <= 120 for meaning in text.evidence.values())
    assert ">>> " in text.example
    for part in (text.meaning, text.signature, text.told_apart, text.fix, *text.check):
        assert part.endswith((".", "?", ":")), part


@pytest.mark.parametrize("name", CAUSES)
def test_it_is_told_apart_from_causes_that_exist(name: str) -> None:
    others = set(re.findall(r"`(\w+)`", CauseText.of(CAUSES[name]).told_apart))
    assert others <= CAUSES.keys() - {name}
    assert all(": " in part for part in CauseText.of(CAUSES[name]).told_apart.split("; "))


@pytest.mark.parametrize("name", CAUSES)
def test_the_figures_of_the_evidence_are_explained(name: str) -> None:
    explained = set(CauseText.of(CAUSES[name]).evidence)
    source = inspect.getsource(sys.modules[type(CAUSES[name]).__module__])
    written = written_figures(source)
    assert written <= explained
    # Some keys are put together in the code: of these at least the stem stands there.
    assert {figure.removesuffix("_before") for figure in explained - written} <= set(re.findall(r'"(\w+)"', source))
    assert worked_fit(CAUSES[name]).evidence.keys() <= explained
    assert not explained & (COMMON_EVIDENCE.keys() - {"columns"})


def written_figures(source: str) -> set[str]:
    """Return the keys of the dictionaries that a module's source passes to `Fit` or assigns to `figures`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Assign(targets=[ast.Name(id="figures")]) | ast.AnnAssign(target=ast.Name(id="figures")):
                values = [node.value]
            case ast.AugAssign(target=ast.Name(id="figures")):
                values = [node.value]
            case ast.Call(func=ast.Name(id="Fit")):
                values = [*node.args[2:3], *(word.value for word in node.keywords if word.arg == "evidence")]
            case _:
                values = []
        dictionaries = [value for value in values if isinstance(value, ast.Dict)]
        found |= {
            key.value
            for value in dictionaries
            for key in value.keys
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }
    return found


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
