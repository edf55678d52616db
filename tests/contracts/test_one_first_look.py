"""A rule of the first look is one file: it is found, asked and documented by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import stageprint.first_look
from scripts.docs.first_look import first_look_page
from stageprint.first_look import ColumnLook, TableLook, all_rules, look_at
from stageprint.model import ColumnKind
from stageprint.registry import discover
from tests.support.plugins import one_more_file

NAME: Final = "all_negative_numbers"
FILE: Final = '''
"""Numbers that are all negative."""

from collections.abc import Iterator
from typing import ClassVar

from stageprint.first_look.base import NUMBERS, FirstLookRule, Remark, TableLook


class AllNegativeNumbers(FirstLookRule):
    """Every number of a column is below zero: a sign may be turned.

    Quiet about columns of few rows.
    """

    name: ClassVar[str] = "all_negative_numbers"

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield columns of negative numbers."""
        for column in table.of_kinds(*NUMBERS):
            if column.figure("negative_count") == column.values > 20:
                yield Remark(column.name, "is negative in all rows")
'''
BEFORE: Final = (set(all_rules()), first_look_page())
FIGURES: Final = {"row_count": 100, "null_count": 0, "negative_count": 100}
TABLE: Final = TableLook("r", 100, [ColumnLook("x", ColumnKind.FLOAT, "double", False, FIGURES)])


@pytest.fixture
def one_more(tmp_path: Path) -> Iterator[None]:
    with one_more_file(stageprint.first_look, NAME, FILE, tmp_path, (discover,)):
        yield


@pytest.mark.usefixtures("one_more")
def test_it_is_registered_and_asked() -> None:
    assert set(all_rules()) - BEFORE[0] == {NAME}
    ((rule, remark),) = look_at(TABLE)
    assert (rule, remark.column, remark.text) == (NAME, "x", "is negative in all rows")


@pytest.mark.usefixtures("one_more")
def test_it_sees_no_sensitive_column() -> None:
    hidden = ColumnLook("x", ColumnKind.FLOAT, "double", True, FIGURES)
    assert look_at(TableLook("r", 100, [hidden])) == []


@pytest.mark.usefixtures("one_more")
def test_it_is_in_the_documentation() -> None:
    new = [line for line in first_look_page().splitlines() if line not in BEFORE[1].splitlines()]
    says = "Every number of a column is below zero: a sign may be turned."
    assert new == [f"| `{NAME}` | {says} | Quiet about columns of few rows. |"]


def test_it_is_gone_again() -> None:
    assert (set(all_rules()), first_look_page()) == BEFORE
    assert look_at(TABLE) == []
