"""The parts of a cause's docstring."""

from __future__ import annotations

import ast
import inspect
from typing import ClassVar

import pytest

import stageprint.diagnosis.diagnose
from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.cause_text import COMMON_EVIDENCE, CauseText
from stageprint.diagnosis.evidence import Evidence
from stageprint.model import ColumnKey


class _Unfinished(Cause):
    """Something happened.

    It is like this,
    and like that.

    Signature: a figure
        moved.

    Check:
        - Look here, and if
          that does not help, there.
        - Look elsewhere.

    Evidence:
        rows: rows of the table,
            in this run.
        share: a share, 0–1.
    """

    name: ClassVar[str] = "unfinished"
    family: ClassVar[Family] = "data"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        del evidence, origin
        return None


class _Finished(_Unfinished):
    __doc__ = "\n".join(
        [
            inspect.getdoc(_Unfinished) or "",
            *("Fix: Mend it.", "Told apart from: nothing.", "Source: a book."),
            *("Example:", "    >>> 1", "    1"),
        ]
    )


def test_sections_are_read_without_their_line_breaks() -> None:
    text = CauseText.of(_Finished())
    assert (text.summary, text.meaning) == ("Something happened.", "It is like this, and like that.")
    assert text.signature == "a figure moved."
    assert text.check == ("Look here, and if that does not help, there.", "Look elsewhere.")
    assert text.evidence == {"rows": "rows of the table, in this run", "share": "a share, 0–1"}
    assert (text.fix, text.told_apart, text.source) == ("Mend it.", "nothing.", "a book.")
    assert text.example == ">>> 1\n1"


def test_a_missing_section_is_named() -> None:
    with pytest.raises(ValueError, match="unfinished has no section 'Told apart from'"):
        CauseText.of(_Unfinished())


def test_the_figures_that_every_finding_may_hold_are_explained() -> None:
    tree = ast.parse(inspect.getsource(stageprint.diagnosis.diagnose))
    written = {
        node.slice.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == "figures"
        and isinstance(node.slice, ast.Constant)
    }
    assert len(written) >= 5
    assert written <= COMMON_EVIDENCE.keys()
