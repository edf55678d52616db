"""The rooms of the package import each other without a cycle, and import nothing private from each other.

A room is a first-level package or module. import-linter holds the order of the layers; this test sees what it does not:
imports by name (``import_module("stageprint.…")``), and names that begin with an underscore. Imports under
``TYPE_CHECKING`` do not count: they are not run.

The modules of ``config`` are rooms of their own, because two of them stand high and the others low: ``config.loader``
and ``config.validation`` ask the registries of checks and statistics, which import the models.
``config/__init__.py`` imports nothing, so no cycle hides in it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import stageprint

PACKAGE: Final = Path(stageprint.__file__).parent
SPLIT: Final = "config"
"""The room whose modules are rooms of their own."""

MAY_IMPORT_BY_NAME: Final = {"", "registry"}
"""The package itself, whose public names are imported when first used, and what finds the plug-ins."""


class Import(NamedTuple):
    """One import of the package's own: which module imports, what, and whether by its name at run time."""

    module: str
    target: str
    by_name: bool

    @property
    def edge(self) -> tuple[str, str]:
        return room(self.module), room(self.target)

    @property
    def private(self) -> bool:
        return any(part.startswith("_") and not part.startswith("__") for part in self.target.split("."))


def room(module: str) -> str:
    """Return the room of a module or name, given without the leading ``stageprint.``; "" is the package itself."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == SPLIT else parts[0]


def imports(package: Path) -> Iterator[Import]:
    """Yield the imports of its own modules that run in a package."""
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        for target, by_name in targets(ast.parse(file.read_text("utf-8")), package.name):
            yield Import(module, target, by_name)


def targets(node: ast.AST, package: str) -> Iterator[tuple[str, bool]]:
    """Yield (what is imported from `package`, whether by name) below a node."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        below: list[ast.AST] = list(node.orelse)
    else:
        below = list(ast.iter_child_nodes(node))
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not followed"
            found = [f"{node.module}.{name.name}" for name in node.names]
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func) and node.args:
            found = [text for text in [leading_text(node.args[0])] if text is not None]
        prefix = f"{package}."
        yield from (
            (name.removeprefix(prefix), isinstance(node, ast.Call)) for name in found if name.startswith(prefix)
        )
    for child in below:
        yield from targets(child, package)


def leading_text(node: ast.expr) -> str | None:
    """Return a text as far as it is literal: all of ``"a.b"``, and ``a.`` of ``f"a.{name}"``."""
    if isinstance(node, ast.JoinedStr) and node.values:
        return leading_text(node.values[0])
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def graph(edges: set[tuple[str, str]]) -> Mapping[str, set[str]]:
    return {start: {end for begin, end in edges if begin == start} for start, _ in edges}


def cycle(edges: set[tuple[str, str]]) -> list[str]:
    """Return the rooms of a cycle, the first and the last the same; empty where there is none."""
    try:
        TopologicalSorter(graph(edges)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


IMPORTS: Final = [found for found in imports(PACKAGE) if found.edge[0] != found.edge[1]]
EDGES: Final = {found.edge for found in IMPORTS if found.module}


def test_rooms_import_each_other_without_a_cycle() -> None:
    found = cycle(EDGES)
    where = [
        f"{one.module} imports {one.target}"
        for one in IMPORTS
        if any(one.edge == (start, end) for end, start in pairwise(found))
    ]
    assert not found, where


def test_nothing_private_crosses_a_room() -> None:
    assert [f"{one.module} imports {one.target}" for one in IMPORTS if one.private] == []


def test_own_modules_are_imported_by_name_in_two_places_only() -> None:
    assert {one.module for one in imports(PACKAGE) if one.by_name} <= MAY_IMPORT_BY_NAME


def test_the_configuration_has_no_imports_in_its_package() -> None:
    assert [one for one in imports(PACKAGE) if one.module == SPLIT] == []


def test_the_walk_sees_every_kind_of_import(tmp_path: Path) -> None:
    files = {
        "a/__init__.py": "from shop.b import x\nif TYPE_CHECKING:\n  import shop.hidden\nelse:\n  import shop.b.c",
        "b.py": "def f():\n  import_module('shop.a')\n  importlib.import_module(f'shop.{x}._y')\n  open('shop.no')",
        "config/low.py": "from shop.a._own import name\nimport json",
    }
    for name, text in files.items():
        (tmp_path / "shop" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "shop" / name).write_text(text, "utf-8")
    found = list(imports(tmp_path / "shop"))
    assert found == [
        ("a", "b.x", False),
        ("a", "b.c", False),
        ("b", "a", True),
        ("b", "", True),
        ("config.low", "a._own.name", False),
    ]
    assert [one.private for one in found] == [False, False, False, False, True]
    assert [one.edge for one in found][:4:2] == [("a", "b"), ("b", "a")]
    assert set(cycle({one.edge for one in found})) == {"a", "b"}
    assert found[-1].edge == ("config.low", "a")
