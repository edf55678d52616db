"""The example notebook runs from top to bottom, and shows what is committed: profiles and findings as tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
FILE = ROOT / "scripts" / "notebooks" / "shop.ipynb"


def outputs(notebook: Any) -> Iterator[tuple[str, str, str]]:
    """Yield the cell, the type and the text of everything that cells show."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output["output_type"] == "stream":
                yield cell["id"], "stream", output["text"]
            for kind, text in sorted(output.get("data", {}).items()):
                yield cell["id"], kind, "".join(text)


@pytest.fixture(scope="module")
def executed() -> Any:
    notebook = nbformat.read(FILE, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}).execute()
    return notebook


def test_it_shows_what_is_committed(executed: Any) -> None:
    """Quantile sketches draw random numbers when they compact, so that digits and the widths of columns may differ."""
    fresh, committed = (
        [(cell, kind, " ".join(re.sub(r"[\d.,─]+", "#", text).split())) for cell, kind, text in outputs(notebook)]
        for notebook in (executed, nbformat.read(FILE, as_version=4))
    )
    assert fresh == committed


def test_every_result_is_one_output_of_its_cell(executed: Any) -> None:
    kinds = [output["output_type"] for cell in executed.cells for output in cell.get("outputs", ())]
    assert set(kinds) <= {"execute_result", "stream"}, "nothing is displayed beside the cell's own result"


def test_profiles_and_findings_are_tables(executed: Any) -> None:
    shown = [text for _, kind, text in outputs(executed) if kind == "text/html"]
    (profile,) = [text for text in shown if "<b>orders: 500 rows, 4 columns</b>" in text]
    assert len(re.findall("<tr>", profile)) == 1 + 4
    (findings,) = [text for text in shown if "<b>CRITICAL</b>" in text]
    assert "orders.price" in findings
    assert "unit change" in findings
    plain = [text for _, kind, text in outputs(executed) if kind == "text/plain"]
    assert any("most frequent" in text and "DE (211)" in text for text in plain), "so does the text"
