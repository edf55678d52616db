from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from stageprint.errors import RegistryError
from stageprint.metrics.base import Metric
from stageprint.registry import discover, find
from stageprint.states.base import State

_NUMBERS = itertools.count()


class Plugin:
    """What the made-up folders below hold."""

    name: ClassVar[str]


def folder(path: Path, monkeypatch: pytest.MonkeyPatch, **modules: str) -> str:
    """Write a package of plug-ins and return its name."""
    name = f"plugins_{next(_NUMBERS)}"
    package = path / name
    package.mkdir()
    (package / "__init__.py").touch()
    for module, body in modules.items():
        (package / f"{module}.py").write_text(f"from {__name__} import Plugin\n{body}\n")
    monkeypatch.syspath_prepend(path)
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    return name


def plugin(name: str, cls: str = "Found") -> str:
    return f"class {cls}(Plugin):\n    name = {name!r}"


def test_finds_plugins_in_the_order_of_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = folder(tmp_path, monkeypatch, one=plugin("zebra"), two=plugin("ant"))
    found = discover(name, Plugin)
    assert list(found) == ["ant", "zebra"]
    assert found["ant"].__module__ == f"{name}.two"


def test_one_plugin_is_found_without_importing_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = folder(tmp_path, monkeypatch, ant=plugin("ant"), bee=plugin("bee"))
    found = find(name, Plugin, "bee")
    assert found is not None
    assert found.__module__ == f"{name}.bee"
    assert f"{name}.ant" not in sys.modules


def test_one_plugin_is_found_in_a_module_of_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = folder(tmp_path, monkeypatch, ant=plugin("bee"), bee=plugin("wasp"))
    found = find(name, Plugin, "bee")
    assert found is not None
    assert found.__module__ == f"{name}.ant"
    assert find(name, Plugin, "hornet") is None


def test_helpers_are_no_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helpers = {"base": plugin("base"), "_helper": plugin("helper")}
    private = f"{plugin('hidden', '_Hidden')}\n{plugin('seen')}"
    assert list(discover(folder(tmp_path, monkeypatch, one=private, **helpers), Plugin)) == ["seen"]


def test_imported_and_abstract_classes_are_no_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = (
        "import abc\n"
        "class Half(Plugin, abc.ABC):\n"
        "    @abc.abstractmethod\n"
        "    def missing(self): ...\n"
        "class Whole(Half):\n"
        "    name = 'whole'\n"
        "    def missing(self): ..."
    )
    assert list(discover(folder(tmp_path, monkeypatch, one=body), Plugin)) == ["whole"]


@pytest.mark.parametrize(
    ("body", "shown"),
    [("x = 1", "none"), (f"{plugin('a', 'First')}\n{plugin('b', 'Second')}", "First, Second")],
)
def test_a_module_holds_exactly_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, shown: str) -> None:
    name = folder(tmp_path, monkeypatch, one=body)
    with pytest.raises(RegistryError, match=f"{name}.one must define exactly one Plugin, found: {shown}"):
        discover(name, Plugin)


def test_two_of_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = folder(tmp_path, monkeypatch, one=plugin("same"), two=plugin("same"))
    with pytest.raises(RegistryError, match=f"{name}.one and {name}.two are both named 'same'"):
        discover(name, Plugin)


def test_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = folder(tmp_path, monkeypatch)
    with pytest.raises(RegistryError, match=f"{name} holds no Plugin"):
        discover(name, Plugin)


def test_the_result_cannot_be_changed() -> None:
    found = discover("stageprint.states", State)
    with pytest.raises(TypeError):
        found["new"] = State  # type: ignore[index]


@pytest.mark.parametrize(("package", "base"), [("stageprint.states", State), ("stageprint.metrics", Metric)])
def test_every_module_is_named_as_its_plugin(package: str, base: type[State] | type[Metric]) -> None:
    for name, cls in discover(package, base).items():
        assert cls.__module__ == f"{package}.{name}"
