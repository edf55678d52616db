"""The cells of the example notebook show what is committed; `tests/integrations` runs it in Jupyter itself."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

FILE = Path(__file__).parents[2] / "scripts" / "notebooks" / "shop.ipynb"


def shown(text: str) -> str:
    """Return a text without what differs from run to run: the digits of sketches, and the widths that follow."""
    return " ".join(re.sub(r"[\d.,─]+", "#", text).split())


def executed(source: str, names: dict[str, Any]) -> Iterator[str]:
    """Run a cell; yield what it prints, and what its last expression shows."""
    *statements, last = ast.parse(source).body
    printed = io.StringIO()
    value = None
    with contextlib.redirect_stdout(printed):
        if isinstance(last, ast.Expr):
            exec(compile(ast.Module(statements, []), FILE.name, "exec"), names)  # noqa: S102 -- our own notebook
            value = eval(compile(ast.Expression(last.value), FILE.name, "eval"), names)  # noqa: S307 -- likewise
        else:
            exec(compile(ast.Module([*statements, last], []), FILE.name, "exec"), names)  # noqa: S102 -- likewise
    if printed.getvalue():
        yield printed.getvalue()
    if value is not None:
        yield repr(value)


def test_every_cell_shows_what_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")  # a notebook has no terminal whose width could be asked for
    names: dict[str, Any] = {"__name__": "notebook"}
    cells = [cell for cell in json.loads(FILE.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    compared = 0
    for cell in cells:
        outputs = ["".join(one.get("text") or one["data"]["text/plain"]) for one in cell["outputs"]]
        with pd.option_context("display.max_columns", 20):  # as in a notebook; in a terminal its width decides
            found = list(executed("".join(cell["source"]), names))
        assert [shown(text) for text in found] == [shown(text) for text in outputs], cell["id"]
        compared += len(outputs)
    assert compared >= 8
