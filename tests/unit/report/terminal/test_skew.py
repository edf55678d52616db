from __future__ import annotations

import pytest

from stageprint.report.terminal.console import make_console
from stageprint.report.terminal.skew import print_skew
from stageprint.skew.records import TableSkew
from tests.support.skew import SKEW


def test_the_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    print_skew(make_console(), [SKEW])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "features.orders ↔ serving.log by id, country"
    assert lines[1] == (
        "1,000 rows on both sides · 200 of 1,200 (16.7 %) only in features.orders · 3 with a duplicate key · "
        "1 with a null in the key"
    )
    row = next(line for line in lines if line.startswith("price "))
    assert " ".join(row.split()) == "price 1,000 100 % 10 0 the right is 100 times the left (99.0 %)"
    assert [line for line in lines if line][-5:] == [
        "price: double on the left, int on the right",
        "price: 1.5 ↔ 150  at 7 · DE",
        "1 of 2 columns differ",
        "only in features.orders: label",
        "tags: not compared: type array<int> is not compared",
    ]


@pytest.mark.parametrize(
    ("skew", "line"),
    [
        (TableSkew(SKEW.left, SKEW.right, ("id",), 2, 2, 2, 0, 0, 0, 0, (SKEW.columns[1],)), "1 column: all equal"),
        (TableSkew(SKEW.left, SKEW.right, ("id",), 2, 2, 0, 2, 2, 0, 0, ()), "no row was compared: no key occurs"),
    ],
)
def test_nothing_to_show(skew: TableSkew, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_skew(make_console(), [skew])
    assert line in capsys.readouterr().out
