"""One function decides the order of runs, and everybody who opens results says which order is configured."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "profiling" / "stageprint"
OPENED_WITH_THE_ORDER = {"Results", "Marks", "known_runs"}
NEED_NO_ORDER = ("pipeline/delete.py", "pipeline/protected.py")
"""Modules that ask for names and marks of runs only."""


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield f"{file.relative_to(PACKAGE)}:{node.lineno}", node


@pytest.mark.parametrize("name", sorted(OPENED_WITH_THE_ORDER))
def test_whoever_opens_results_passes_the_configured_order(name: str) -> None:
    found = list(calls(name))
    assert found
    assert [place for place, call in found if len(call.args) < 2 and not place.startswith(NEED_NO_ORDER)] == []


def test_views_take_the_order_from_the_stored_key() -> None:
    views = {file.name: file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.sql")}
    assert len(views) > 5
    ordered = {name: text for name, text in views.items() if "max_by(run_id" in text or "OVER (" in text}
    assert {"open_findings.sql", "latest_column_profiles.sql", "drift_metrics.sql"} <= set(ordered)
    for name, text in ordered.items():
        assert "order_key" in text, name
        assert "coalesce(logical_date" not in text, name
