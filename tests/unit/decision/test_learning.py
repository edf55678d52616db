from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from stageprint.decision import DECISIONS
from stageprint.decision.learning import FIXED_RULES, LARGE_SHIFTS, NOTHING, WHOLE_RULE, judged_tables, learning_columns
from stageprint.model import TABLE_LEVEL, TableKey
from stageprint.model.judged import Judged
from stageprint.shifts import NEVER_A_ROW


def shift(
    column: str, statistic: str, value: float | None, backtests: int = 0, p: float | None = None, **other: Any
) -> dict[str, Any]:
    reference = {"reference": other.pop("reference", "prev"), "value": value, "backtests": backtests}
    verdict = {"severity": "none", "deterministic": False, "explanation": "", "references": [reference]}
    place = {"stage": "raw", "table_name": other.pop("table", "orders"), "column_name": column}
    return {**place, "statistic": statistic, "value": value, "p_value": p, **verdict, **other}


def judged(*rows: dict[str, Any]) -> dict[str, tuple[int, int]]:
    found = learning_columns(pa.Table.from_pylist(list(rows), DECISIONS)).to_pylist()
    return {row["column_name"]: (row["judged_by"], row["more_runs"]) for row in found}


@pytest.mark.parametrize(
    ("rows", "by", "more_runs"),
    [
        ([shift("a", "ks", None)], NOTHING, 3),
        ([shift("a", "ks", 0.1)], NOTHING, 2),
        ([shift("a", "ks", 0.1), shift("a", "constant", 0.0)], FIXED_RULES, 2),
        ([shift("a", "ks", 0.1, 1), shift("a", "clip", 0.0, 1, 1.0)], LARGE_SHIFTS, 1),
        ([shift("a", "ks", 0.1, 2, 0.5), shift("a", "clip", 0.0, 2, 1.0)], WHOLE_RULE, 0),
        ([shift("a", "ks", 0.1, reference="run:2026-01-01")], WHOLE_RULE, 0),
        ([shift("a", "ks", 0.1, reference="stage:raw")], WHOLE_RULE, 0),
        # Ignored by an override, or without a value in this run: nothing judged it, but it has learned.
        ([shift("a", "ks", 0.1, 9)], NOTHING, 0),
        ([shift("a", "ks", None, 9)], NOTHING, 0),
        # Its table was empty in every run.
        ([shift("a", "ks", None), shift("a", "all_null", None, reason=NEVER_A_ROW)], NOTHING, 0),
    ],
)
def test_what_judges_a_column_follows_from_its_history(rows: list[dict[str, Any]], by: int, more_runs: int) -> None:
    assert judged(*rows) == {"a": (by, more_runs)}


def test_tables_and_slices_are_no_columns() -> None:
    rows = [
        shift(TABLE_LEVEL, "rows", 0.1, 5, 0.5),
        shift("a", "ks", 0.1, 5, 0.5, slice_key="country", slice_value="DE"),
    ]
    assert judged(*rows) == {}


def test_columns_are_counted_by_table() -> None:
    rows = [
        shift("a", "ks", 0.1, 3, 0.5),
        shift("a", "mean", None),
        shift("b", "ks", 0.1, 1),
        shift("c", "constant", 0.0),
        shift("a", "ks", None, table="sales"),
    ]
    assert judged_tables(pa.Table.from_pylist(rows, DECISIONS)) == {
        TableKey("raw", "orders"): Judged(3, 1, 0, 1, (1, 1, 0)),
        TableKey("raw", "sales"): Judged(1, 0, 0, 0, (0, 0, 1)),
    }
