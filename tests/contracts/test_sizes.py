"""No module over 400 lines and no class over 20 methods, unless its docstring says why it is long.

The reason stands in the docstring of the module, or of the class, on a line that begins with "Long because".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

PACKAGE: Final = Path(__file__).parents[2] / "profiling" / "stageprint"
MAX_LINES: Final = 400
MAX_METHODS: Final = 20
REASON: Final = "Long because "


def too_long(text: str) -> Iterator[str]:
    """Yield what is too long in a module's source and gives no reason."""
    tree = ast.parse(text)
    lines = len(text.splitlines())
    if lines > MAX_LINES and not gives_reason(tree):
        yield f"{lines} lines"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods = sum(isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) for one in node.body)
            if methods > MAX_METHODS and not gives_reason(node):
                yield f"{node.name}: {methods} methods"


def gives_reason(node: ast.Module | ast.ClassDef) -> bool:
    return any(line.startswith(REASON) for line in (ast.get_docstring(node) or "").splitlines())


def test_modules_and_classes_are_small() -> None:
    modules = sorted(PACKAGE.rglob("*.py"))
    assert len(modules) > 100
    found = {module.relative_to(PACKAGE).as_posix(): list(too_long(module.read_text("utf-8"))) for module in modules}
    assert {name: problems for name, problems in found.items() if problems} == {}


def module(lines: int, docstring: str = "Text.") -> str:
    return f'"""{docstring}"""\n' + "x = 1\n" * (lines - 1)


def class_of(methods: int, docstring: str = "Text.") -> str:
    body = "".join(f"    def m{number}(self) -> None: ...\n" for number in range(methods))
    return f'class Big:\n    """{docstring}"""\n{body}'


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (module(400), []),
        (module(401), ["401 lines"]),
        (module(401, "Text.  Long because it has to be."), ["401 lines"]),
        (class_of(20), []),
        (class_of(21), ["Big: 21 methods"]),
        (class_of(21, "Text.\n\n    Long because a port has this many questions.\n    "), []),
        (class_of(21, "Text.\n\n    Nothing is said.\n    "), ["Big: 21 methods"]),
        (f"if True:\n    class Small:\n        x = 1\n{class_of(21)}", ["Big: 21 methods"]),
    ],
)
def test_what_is_too_long_is_seen(text: str, problems: list[str]) -> None:
    assert list(too_long(text)) == problems


def test_a_module_may_say_why_it_is_long() -> None:
    text = '"""Text.\n\nLong because a table of constants has this many rows.\n"""\n' + "x = 1\n" * 400
    assert list(too_long(text)) == []
