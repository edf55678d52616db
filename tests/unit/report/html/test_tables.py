from __future__ import annotations

from stageprint.config.pipeline import PipelineConfig
from stageprint.report.html.anchors import anchor
from stageprint.report.html.data import load_report
from stageprint.report.html.page import build_view
from tests.support.report import Page, Store, render, view_of


def test_tables_show_rows_change_source_and_errors(store: Store, config: PipelineConfig, page: Page) -> None:
    tables = {table.name: table for table in view_of(store, config).tables}
    assert list(tables) == ["orders", "customers", "matrix", "log"]
    orders, customers = tables["orders"], tables["customers"]
    assert (orders.rows, orders.change, orders.severity, orders.flagged) == ("18,000", "−10.0 %", "critical", 1)
    assert dict(orders.facts)["size"] == "1.5 KiB"
    assert dict(orders.facts)["event time"].endswith("(ordered_at)")
    assert (customers.failed, customers.rows, customers.change, customers.columns) == (True, "–", "", ())
    assert "table b is not there" in page.words
    opened = [attrs["id"] for tag, attrs in page.tags if tag == "details" and "open" in attrs]
    assert opened == [anchor("raw", "orders"), anchor("raw", "customers"), anchor("training", "matrix")]


def test_which_model_answered_and_how_well(store: Store, config: PipelineConfig) -> None:
    model = {
        "model_versions": [{"version": "m-5", "rows": 7}],
        "expected_model_versions": ["m-6"],
        "quality": {"auc": 0.81249, "accuracy": None, "log_loss": 0.5, "brier": 0.125},
    }
    rows = [dict(row, **model) for row in store.table_rows(["2013-05"]) if row["table"] == "log"]
    store.table_rows = lambda runs: [row for row in rows if row["run_id"] in runs]  # type: ignore[method-assign]
    (table,) = view_of(store, config).tables
    facts = dict(table.facts)
    assert (facts["model"], facts["ROC AUC"], facts["log-loss"]) == ("m-5 (expected m-6)", "0.812", "0.500")
    assert "accuracy" not in facts


def test_row_counts_that_stay_are_said_to(store: Store, config: PipelineConfig) -> None:
    loaded = load_report(config, store, "2013-04", version="1.0")
    assert build_view(loaded).tables[0].change == ""
    store.run_rows = [row for row in store.run_rows if row["run_id"] != "2013-04"]
    same = [dict(row, row_count=7) for row in store.table_rows(["2013-05", "2013-06"]) if row["table"] == "log"]
    store.table_rows = lambda runs: [row for row in same if row["run_id"] in runs]  # type: ignore[method-assign]
    view = build_view(load_report(config, store, "2013-06", version="1.0"))
    assert [(table.name, table.change) for table in view.tables] == [("log", "=")]


def test_what_was_found_in_a_source_is_shown(store: Store, config: PipelineConfig) -> None:
    note = "2 of 9 rows are malformed: <b>"
    found = {"source_notes": [note], "malformed_rows": 2}
    rows = [dict(row, **found) for row in store.table_rows(["2013-05"]) if row["table"] == "log"]
    store.table_rows = lambda runs: [row for row in rows if row["run_id"] in runs]  # type: ignore[method-assign]
    (table,) = view_of(store, config).tables
    assert table.notes == (note,)
    assert dict(table.facts)["malformed rows"] == "2"
    page = Page(render(store, config))
    assert note in page.words
    assert any(attrs.get("id") == anchor("monthly", "log") and "open" in attrs for _, attrs in page.tags)
