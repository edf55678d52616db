from __future__ import annotations

import pytest

from stageprint.model import TableKey
from stageprint.model.judged import Judged, judged_from_rows, judged_rows

ORDERS, SALES = TableKey("raw", "orders"), TableKey("raw", "sales")


@pytest.mark.parametrize(
    ("judged", "sentence"),
    [
        (Judged(5, 5), ""),
        (Judged(5, 4, 1, 0, (1, 0, 0)), "1 of 5 columns is still learning (1 more run)"),
        (Judged(1, more_runs=(0, 0, 1)), "1 of 1 column is still learning (3 more runs)"),
        (Judged(2_000, 0, 0, 2_000, (999, 0, 1_001)), "2,000 of 2,000 columns are still learning (1 to 3 more runs)"),
    ],
)
def test_the_sentence_counts_columns_and_runs(judged: Judged, sentence: str) -> None:
    assert judged.sentence == sentence
    assert judged.explained.startswith(sentence)


def test_what_looked_at_them_is_said() -> None:
    assert Judged(2, more_runs=(0, 0, 2)).explained.endswith(": they were not judged")
    assert Judged(2, 0, 0, 2, (0, 2, 0)).explained.endswith(": only fixed rules were looked for in them")
    assert Judged(2, 0, 1, 1, (2, 0, 0)).explained.endswith(
        ": only fixed rules and shifts that need no history were looked for in them"
    )


def test_an_ignored_column_is_neither_judged_nor_learning() -> None:
    assert (Judged(3, 2).learning, Judged(3, 2).nothing, Judged().nothing) == (0, False, False)
    assert Judged(3, 0, 3, 0, (3, 0, 0)).nothing


def test_tables_add_up_and_survive_the_store() -> None:
    tables = {SALES: Judged(5, 4, 1, 0, (1, 0, 0)), ORDERS: Judged(7, 1, 2, 3, (1, 2, 3))}
    assert Judged.total(tables.values()) == Judged(12, 5, 3, 3, (2, 2, 3))
    rows = judged_rows(tables)
    assert [row["table_name"] for row in rows] == ["orders", "sales"]
    assert judged_from_rows(rows) == tables
    assert judged_from_rows(None) == {}
