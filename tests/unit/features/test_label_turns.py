"""Text columns of one label at a time."""

from __future__ import annotations

import pytest

from stageprint.features.advancing import AdvanceKind
from stageprint.model import ColumnKind
from tests.unit.features.advances import advance

ROWS = 60


def runs(text: str) -> list[list[str]]:
    """Return runs of rows: a letter for a run of one label, two in brackets for a run of both."""
    found, both = [], ""
    for letter in text:
        if letter == "(":
            both = "("
        elif letter == ")":
            found.append([both[1], both[2]] * (ROWS // 2))
            both = ""
        elif both:
            both += letter
        else:
            found.append([letter] * ROWS)
    return found


@pytest.mark.parametrize(
    "text", ["aaa(ab)bbb(bc)", "aaabbbc", "aaaa(ab)bbb(bc)c", "(za)aaabbb(bc)", "aaabbbccca", "a(ab)bbb(bc)ccc(ca)"]
)
def test_a_label_that_gives_way_to_another_as_before(text: str) -> None:
    found = advance(runs(text), ColumnKind.STRING)
    assert found is not None
    assert found.kind is AdvanceKind.SEQUENCE
    assert not found.known
    assert found.how == "one label at a time, another one now and then"


@pytest.mark.parametrize(
    "text",
    [
        "aaaaaa(ab)",  # the first change is news
        "aaabbbb",  # nothing changes now
        "aaabaaab",  # what came for one run and went is an accident
        "aaa(ab)bb(bc)",  # the label before has not lasted
        "aaabbb(cd)",  # both labels are new
        "aaa(ab)aaa(ab)",  # it was back after the run of both
        "aaa(ab)(ab)bbb(bc)",  # two runs of both
        "aaabbb(bc)(bc)",  # it does not complete the change
        "aaabbb(bc)b",  # it went back
    ],
)
def test_other_columns_are_judged(text: str) -> None:
    assert advance(runs(text), ColumnKind.STRING) is None
