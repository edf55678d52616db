"""Answers of `Results` from rows that a healthy comparison does not bring about together."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from stageprint.errors import UsageError
from stageprint.model import TABLE_LEVEL, TableKey
from stageprint.model.result_tables import CHECK_RESULTS, FINDINGS, RUNS, SHIFTS, TABLE_PROFILES
from stageprint.model.where import EVERY_ROW
from stageprint.pipeline.results import Results
from stageprint.pipeline.runs import in_stored_order
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.memory import MemoryStore
from tests.support.stores import finding, run_row, shift

PLACE = {"pipeline": "shop", "stage": "raw", "table_name": "orders"}


def profiled(run: str, rows: int | None, **other: Any) -> dict[str, Any]:
    return {**PLACE, "run_id": run, "status": "ok", "row_count": rows, **other}


def column(run: str, name: str, **other: Any) -> dict[str, Any]:
    return {**PLACE, "run_id": run, "column_name": name, **other}


def check(run: str, status: str, **other: Any) -> dict[str, Any]:
    facts = {"column_name": "price", "check_name": "not_null", "severity": "critical", "expected": "no null"}
    return {**PLACE, "run_id": run, "status": status, **facts, **other}


@pytest.fixture
def results() -> Results:
    store = MemoryStore("shop")
    days = {"a": dt.date(2026, 3, 1), "b": dt.date(2026, 3, 2), "c": dt.date(2026, 3, 3)}
    rows = {
        RUNS: [run_row(run, logical_date=date) for run, date in days.items()],
        TABLE_PROFILES: [
            profiled("a", 10),
            profiled("b", None, status="failed"),
            profiled("c", 12, keys=[], source_notes=["1 of 3 files has 0 bytes"]),
            profiled("c", 5, slice_key="country", slice_value="DE"),
        ],
        column_profiles(): [
            column("a", "price", null_count=1, top_items=[{"item": "9", "count": 4}, {"item": "7", "count": 2}]),
            column("c", "price", null_count=6, top_items=None),
            column("c", "price", null_count=5, slice_key="country", slice_value="DE"),
            column("c", "id"),
        ],
        SHIFTS: [
            shift("c", "price", 0.5, statistic="ks"),
            shift("c", "price", 1e-4, statistic="mean", severity="review", score=4.0, explanation="a bit"),
            shift("c", "price", 1e-9, statistic="null_share", severity="critical", score=9.0, explanation="nulls"),
            shift("c", "price", 1e-8, statistic="null_to_value", severity="critical", score=8.0),
            shift("c", "id", None, reason="no earlier run", statistic="ks"),
            shift("c", TABLE_LEVEL, 0.1, statistic="row_count"),
        ],
        CHECK_RESULTS: [
            check("a", "fail"),
            check("c", "pass"),
            check("c", "fail", severity="warning"),
            check("c", "not_computable", column_name=TABLE_LEVEL),
            check("c", "fail", check_name="unique"),
        ],
        FINDINGS: [finding("a", "old"), finding("c", "new"), finding("c", "mild", severity="review")],
    }
    for table, of_table in rows.items():
        store.replace(table, table.rows(of_table), EVERY_ROW)
    return Results(store)


def test_findings_of_all_runs_come_worst_first_then_latest_first(results: Results) -> None:
    assert [row["finding_id"] for row in results.findings()] == ["new", "old", "mild"]
    assert [row["finding_id"] for row in results.findings("c")] == ["new", "mild"]
    assert results.findings("c")[0]["evidence"] == {}
    with pytest.raises(UsageError, match="run 'd' is not in the store memory"):
        results.findings("d")


def test_failed_checks_come_first_the_worst_of_the_latest_run_at_the_top(results: Results) -> None:
    found = [(row["run_id"], row["status"], row["check"], row["column"]) for row in results.check_rows(["a", "c"])]
    assert found == [
        ("c", "fail", "unique", "price"),
        ("a", "fail", "not_null", "price"),
        ("c", "fail", "not_null", "price"),
        ("c", "not_computable", "not_null", None),
        ("c", "pass", "not_null", "price"),
    ]


def test_the_history_of_a_column_has_every_run_of_its_table(results: Results) -> None:
    found = results.history("raw", "orders", "price")
    facts = ("run_id", "status", "row_count", "null_count", "severity", "statistic", "explanation")
    assert [tuple(row[name] for name in facts) for row in found] == [
        ("a", "ok", 10, 1, "none", None, None),
        ("b", "failed", None, None, "none", None, None),
        ("c", "ok", 12, 6, "critical", "null_share", "nulls"),
    ]


def test_an_unknown_table_or_column_is_named(results: Results) -> None:
    with pytest.raises(UsageError, match=r"raw\.order was never profiled into memory"):
        results.history("raw", "order", "price")
    with pytest.raises(UsageError, match=r"raw\.orders has no column 'prize' – did you mean 'price'"):
        results.history("raw", "orders", "prize")


def test_compared_columns_are_those_with_a_result(results: Results) -> None:
    assert results.compared(["a", "c"]) == {"c": {"columns": 1, "tables": 1, "baseline": "auto"}}


def test_reported_columns_have_their_worst_shift_and_first_label(results: Results) -> None:
    found = {(row["run_id"], row["column"]): row for row in results.column_rows(["a", "c"])}
    assert set(found) == {("a", "price"), ("c", "price"), ("c", "id")}
    assert [item["item"] for item in found["a", "price"]["top_items"]] == ["9"]
    assert (found["c", "price"]["top_items"], found["c", "price"]["severity"]) == (None, "critical")
    assert (found["c", "id"]["severity"], found["c", "id"]["statistic"]) == (None, None)
    assert results.column_rows(["c"], only=[TableKey("raw", "items")]) == []
    assert len(results.column_rows(["c"], only=[TableKey("raw", "orders")])) == 2


def test_reported_tables_are_whole_and_without_sketches(results: Results) -> None:
    found = results.table_rows(["c"])
    assert [(row["table"], row["row_count"]) for row in found] == [("orders", 12)]
    assert not {"keys", "pipeline", "slice_key", "table_name"} & set(found[0])


def test_runs_without_a_logical_date_are_ordered_by_their_start() -> None:
    start = dt.datetime(2026, 3, 2, 23, tzinfo=dt.timezone.utc)
    rows: list[dict[str, Any]] = [
        {"run_id": "no time", "started_at": None},
        {"run_id": "2026-03-03", "started_at": start},
        {"run_id": "by start", "started_at": start},
        {"run_id": "2026-03-01", "started_at": start + dt.timedelta(days=9)},
    ]
    assert [row["run_id"] for row in in_stored_order(rows, "name")] == [
        "2026-03-01",
        "by start",
        "2026-03-03",
        "no time",
    ]


def test_a_store_without_runs_says_what_to_do_first() -> None:
    with pytest.raises(UsageError, match="the store holds no run yet: `stageprint profile` first"):
        Results(MemoryStore("shop")).require_run("a")


def test_what_was_found_in_sources_is_by_run(results: Results) -> None:
    assert results.source_notes(["a", "c"]) == {"a": [], "c": ["raw.orders: 1 of 3 files has 0 bytes"]}
