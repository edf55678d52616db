from __future__ import annotations

import json

import pytest

from stageprint.model import TableKey
from stageprint.report.console import make_console
from stageprint.report.machine import to_json
from stageprint.report.skew import print_skew, skew_objects
from stageprint.skew import ColumnSkew, Example, Suspicion, TableSkew

FACTOR = Suspicion("factor", 990, 0.99, "the right is 100 times the left")
PRICE = ColumnSkew("price", "double", "int", 1000, 1000, 10, 0, (FACTOR,), (Example("7 · DE", "1.5", "150"),))
SKEW = TableSkew(
    TableKey("features", "orders"),
    TableKey("serving", "log"),
    ("id", "country"),
    left_rows=1200,
    right_rows=1004,
    matched=1000,
    left_only=200,
    right_only=0,
    repeated=3,
    null_keys=1,
    columns=(
        PRICE,
        ColumnSkew("items", "int", "int", 1000),
        ColumnSkew("tags", "array<int>", "string", reason="type array<int> is not compared"),
    ),
    left_columns=("label",),
)


def test_the_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    print_skew(make_console(), [SKEW])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "features.orders ↔ serving.log by id, country"
    assert lines[1] == (
        "1,000 rows on both sides · 200 of 1,200 (16.7 %) in features.orders alone · 3 with a key that stands several "
        "times · 1 with a null in the key"
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
        (TableSkew(SKEW.left, SKEW.right, ("id",), 2, 2, 0, 2, 2, 0, 0, ()), "no row was compared: no key stands once"),
    ],
)
def test_nothing_to_show(skew: TableSkew, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_skew(make_console(), [skew])
    assert line in capsys.readouterr().out


def test_json() -> None:
    (found,) = json.loads(to_json(skew_objects([SKEW])))
    assert (found["left"], found["right"], found["keys"]) == ("features.orders", "serving.log", ["id", "country"])
    price, items, tags = found["columns"]
    assert price["suspicions"] == [
        {"kind": "factor", "rows": 990, "share": 0.99, "sentence": "the right is 100 times the left"}
    ]
    assert price["examples"] == [{"key": "7 · DE", "left": "1.5", "right": "150"}]
    assert (price["share"], items["share"], tags["share"]) == (1.0, 0.0, None)
    assert tags["reason"] == "type array<int> is not compared"
