"""A cause is one file: it is registered, fits in a diagnosis and has a page by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import stageprint.diagnosis.causes
from scripts.docs.causes import cause_pages
from stageprint.diagnosis.base import all_causes
from stageprint.diagnosis.diagnose import diagnose
from stageprint.diagnosis.example import two_runs
from stageprint.registry import discover
from tests.support.plugins import one_more_file

NAME: Final = "all_negative"
FILE: Final = '''
"""Every value lost its sign."""

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import pair
from stageprint.model import ColumnKey


class AllNegative(Cause):
    """All values are negative, which none was before.

    A test's cause.

    Signature: the largest value is below zero, and the smallest was above.

    Told apart from: `offset`, which need not cross zero.

    Check:
        - Look at the sign.

    Fix: Turn the sign.

    Evidence:
        largest: the largest value now.

    Source: this test.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> evidence, column = two_runs([1.0, 2.0, 4.0] * 100, [-9.0, -7.0, -3.0] * 100)
        >>> AllNegative().explain(evidence, column).evidence["largest"]
        -3.0
    """

    name: ClassVar[str] = "all_negative"
    family: ClassVar[Family] = "skew"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        both = pair(evidence, origin)
        if both is None or not both.now.high < 0 < both.then.low:
            return None
        return Fit(1.0, f"{origin} is negative", {"largest": both.now.high}, brief="a turned sign")
'''
VALUES: Final = ([1.0, 2.0, 4.0] * 100, [-9.0, -7.0, -3.0] * 100)
BEFORE: Final = (set(all_causes()), cause_pages())


@pytest.fixture
def one_more(tmp_path: Path) -> Iterator[None]:
    with one_more_file(stageprint.diagnosis.causes, NAME, FILE, tmp_path, (discover,)):
        yield


@pytest.mark.usefixtures("one_more")
def test_it_is_registered() -> None:
    assert set(all_causes()) - BEFORE[0] == {NAME}


@pytest.mark.usefixtures("one_more")
def test_it_is_named_in_a_diagnosis() -> None:
    evidence, column = two_runs(*VALUES)
    (finding,) = diagnose(evidence)
    assert (finding.cause, finding.origin) == (NAME, column)
    assert finding.sentence.startswith("raw.t.x is negative")
    assert finding.evidence["largest"] == -3.0


@pytest.mark.usefixtures("one_more")
def test_it_has_a_page_and_a_row_of_the_index() -> None:
    pages = cause_pages()
    assert pages.keys() - BEFORE[1].keys() == {f"docs/causes/{NAME}.md"}
    index = "docs/causes/index.md"
    assert [line for line in pages[index].splitlines() if line not in BEFORE[1][index].splitlines()] == [
        f"| [`{NAME}`]({NAME}.md) | All values are negative, which none was before. | a column |"
    ]
    page = pages[f"docs/causes/{NAME}.md"]
    for text in (
        "[`offset`](offset.md)",
        "1. Look at the sign.",
        "| `largest` | the largest value now |",
        '"largest": -3.0',
    ):
        assert text in page


def test_it_is_gone_again() -> None:
    assert (set(all_causes()), cause_pages()) == BEFORE
    evidence, _ = two_runs(*VALUES)
    assert NAME not in {finding.cause for finding in diagnose(evidence)}
