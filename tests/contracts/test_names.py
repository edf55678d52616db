"""Every class of the package has a name of its own."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[2] / "profiling" / "stageprint"


def classes_by_name(modules: Iterable[Path], root: Path) -> dict[str, set[str]]:
    """Return the modules that define each class, private and nested classes included."""
    found: dict[str, set[str]] = defaultdict(set)
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].add(module.relative_to(root).as_posix())
    return found


def test_no_two_modules_define_a_class_of_one_name() -> None:
    found = classes_by_name(PACKAGE.rglob("*.py"), PACKAGE)
    assert len(found) > 100
    assert {name: sorted(modules) for name, modules in found.items() if len(modules) > 1} == {}


def test_private_and_nested_classes_are_seen(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "one.py").write_text("class _Part:\n    pass\n", "utf-8")
    (tmp_path / "room" / "two.py").write_text("class Whole:\n    class _Part:\n        pass\n", "utf-8")
    found = classes_by_name(tmp_path.rglob("*.py"), tmp_path)
    assert found == {"_Part": {"one.py", "room/two.py"}, "Whole": {"room/two.py"}}
