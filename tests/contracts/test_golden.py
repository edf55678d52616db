"""The tool that compares two stores sees every difference, and nothing where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deltalake import write_deltalake

from stageprint.model.result_tables import FINDINGS, SHIFTS
from tests.support.golden import main
from tests.support.stores import finding, shift


def write(folder: Path, shifts: list[dict[str, Any]], findings: list[dict[str, Any]]) -> str:
    write_deltalake(str(folder / "shifts"), SHIFTS.rows(shifts))
    write_deltalake(str(folder / "findings"), FINDINGS.rows(findings))
    return str(folder)


SHIFT = shift("a", "price", 0.25, value=0.5, explanation="moved", references=[{"reference": "prev", "value": 0.5}])


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({}, 0, "figures that differ: 0; texts: {}"),
        ({"explanation": "has moved"}, 0, "texts: {'shifts.explanation': 1}"),
        ({"p_value": 0.26}, 1, "p_value: expected 0.25, found 0.26"),
        ({"p_value": 0.25 * (1 + 1e-13)}, 0, "figures that differ: 0"),
        ({"references": [{"reference": "prev", "value": 0.6}]}, 1, "references: expected"),
        ({"column_name": "fare"}, 1, "only expected"),
    ],
)
def test_differences_are_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, Any], status: int, said: str
) -> None:
    expected = write(tmp_path / "expected", [SHIFT], [finding("a", "1")])
    found = write(tmp_path / "found", [{**SHIFT, **changed}], [finding("a", "1")])
    assert main([expected, found]) == status
    assert said in capsys.readouterr().out
