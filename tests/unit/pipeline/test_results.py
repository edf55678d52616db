"""What people ask a store: runs, findings and their order, a column's history, what was compared, a report's rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stageprint.errors import UsageError
from stageprint.metrics.base import all_metrics
from stageprint.model import Severity, TableKey
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.runs import in_stored_order
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine, profiled_store
from tests.support.stores import forget

DAYS = shop.days(6)
LOST, CENTS = DAYS[4:]
CONFIG = shop.config(Path("nowhere"))


def in_cents(table: pa.Table) -> pa.Table:
    return table.set_column(table.column_names.index("price"), "price", pc.multiply(table["price"], 100))


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    """Return six days; those after the first are compared; the fifth loses features, the sixth is in cents."""
    rows = shop.tables(DAYS, {(LOST, "features"): shop.lose_a_fifth, (CENTS, "raw"): in_cents})
    found = profiled_store(CONFIG, rows)
    compare(CONFIG, DAYS[1:], store=found)
    return found


@pytest.fixture
def results(store: MemoryStore) -> Results:
    return Results(store)


def test_history_shows_every_run_with_its_worst_shift(results: Results) -> None:
    rows = results.history("raw", "orders", "price")
    assert [row["run_id"] for row in rows] == DAYS
    assert all(row["row_count"] == shop.ROWS and row["status"] == "ok" for row in rows)
    assert all(0 < row["null_share"] < 0.05 for row in rows)
    assert [row["severity"] for row in rows[:-1]] == ["none"] * 5
    assert Severity(rows[-1]["severity"]).rank >= Severity.WARNING.rank
    assert rows[-1]["statistic"] is not None
    assert rows[-1]["explanation"]
    assert rows[-1]["median"] == pytest.approx(100 * rows[0]["median"], rel=0.2)


def test_history_says_which_columns_advance(results: Results) -> None:
    told = [row["advances"] for row in results.history("raw", "orders", "order_id")]
    assert told[0] is None  # nothing was before it
    assert told[-1] == "advances with time or run (each run begins where the one before ended)"
    assert {row["advances"] for row in results.history("raw", "orders", "price")} == {None}
    shown = {row["advances"] for row in results.column_rows([CENTS]) if row["column"] == "ordered_at"}
    assert shown == {"advances with time or run (its range moves on with every run)"}


def test_history_of_a_run_without_the_table_or_the_column(store: MemoryStore) -> None:
    rows = shop.tables(DAYS)
    del rows[DAYS[1]]["raw.orders"]
    rows[DAYS[2]]["raw.orders"] = rows[DAYS[2]]["raw.orders"].drop_columns(["express"])
    changed = store.copy()
    forget(changed, DAYS[1])
    profile(CONFIG, DAYS[1:3], engine=MemoryEngine(rows), store=changed)
    found = Results(changed).history("raw", "orders", "express")
    assert [row["run_id"] for row in found] == DAYS
    assert [row["status"] for row in found[:3]] == ["ok", "failed", "ok"]
    assert [row["data_type"] for row in found[:4]] == ["boolean", None, None, "boolean"]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (("raw", "order", "price"), "raw.order was never profiled into memory"),
        (("raw", "orders", "prize"), "raw.orders has no column 'prize'.*did you mean 'price'"),
    ],
)
def test_history_of_what_is_not_there(results: Results, place: tuple[str, str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        results.history(*place)


def test_findings_of_one_severity_come_newest_run_first(results: Results) -> None:
    found = results.findings()
    assert [(row["run_id"], row["severity"]) for row in found] == [(CENTS, "critical"), (LOST, "critical")]
    assert results.findings(LOST) == found[1:]
    assert results.findings(DAYS[0]) == []
    assert found[1]["column"] is None  # of the whole table
    assert isinstance(found[0]["evidence"], dict)
    assert "pipeline" not in found[0]
    with pytest.raises(UsageError, match="run 'never' is not in the store"):
        results.findings("never")


def test_what_was_compared_is_counted_by_run(results: Results) -> None:
    found = results.compared(DAYS)
    assert found.keys() == set(DAYS[1:])
    assert found[LOST] == {"columns": 11, "tables": 2, "baseline": "auto"}


def test_a_reports_rows_have_the_worst_shift_of_each_column(results: Results) -> None:
    rows = results.column_rows([CENTS])
    assert len(rows) == 11
    flagged = {(row["stage"], row["column"]) for row in rows if row["severity"] in {"warning", "critical"}}
    assert flagged == {("raw", "price"), ("features", "price")}
    country = next(row for row in rows if (row["stage"], row["column"]) == ("raw", "country"))
    assert [item["item"] for item in country["top_items"]] == ["DE"]
    assert (country["severity"], country["statistic"], country["explanation"]) == (None, None, None)
    only = results.column_rows([CENTS, LOST], [TableKey("features", "order_features")])
    assert {(row["run_id"], row["stage"]) for row in only} == {(CENTS, "features"), (LOST, "features")}
    assert len(only) == 10


def test_details_of_columns_are_their_rows_with_every_metric(results: Results) -> None:
    rows, details = results.column_rows(DAYS), results.column_details(DAYS)
    for row, found in zip(rows, details, strict=True):
        labels = found["top_items"]
        assert row == {name: found[name] for name in row} | {"top_items": labels and labels[:1]}
    assert max(len(found["top_items"] or ()) for found in details) > 1
    assert set(all_metrics()) <= set(details[0])


def test_what_is_drawn_of_columns_is_what_their_rows_say(results: Results) -> None:
    rows, drawn = results.column_rows(DAYS), results.column_courses(DAYS)
    assert drawn == [{name: row[name] for name in drawn[0]} for row in rows]
    assert len(rows) > len(DAYS)
    assert {row["severity"] for row in drawn} >= {None, "critical"}
    assert "explanation" not in drawn[0]
    only = results.column_courses([CENTS], [TableKey("features", "order_features")])
    assert {(row["run_id"], row["table"]) for row in only} == {(CENTS, "order_features")}


def test_a_reports_tables_are_without_sketches(results: Results) -> None:
    rows = results.table_rows([LOST])
    assert {(row["table"], row["row_count"]) for row in rows} == {("orders", 2_000), ("order_features", 1_600)}
    assert {"keys", "pipeline", "slice_key"}.isdisjoint(rows[0])


def test_a_store_without_runs_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="holds no run yet: `stageprint profile` first"):
        Results(MemoryStore("shop")).findings("a")


def test_runs_without_a_date_sort_by_when_they_were_profiled() -> None:
    early, late = (dt.datetime(2026, 1, day, tzinfo=dt.timezone.utc) for day in (1, 2))
    rows: list[dict[str, Any]] = [
        {"run_id": "z", "logical_date": None, "started_at": early},
        {"run_id": "a", "logical_date": None, "started_at": late},
        {"run_id": "n", "logical_date": None, "started_at": None},
    ]
    assert [row["run_id"] for row in in_stored_order(rows, "name")] == ["z", "a", "n"]
