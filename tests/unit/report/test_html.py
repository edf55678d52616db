"""The HTML report: whole, self-contained, and safe against what is in the tables."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from stageprint.config import PipelineConfig
from stageprint.report import data
from stageprint.report.data import load_report
from stageprint.report.html import render_report
from stageprint.report.view import anchor, build_view

if TYPE_CHECKING:
    from tests.unit.report.conftest import Store

_VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """Checks that elements nest, and keeps ids, links and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if found.get("href"):
            self.links.append(str(found["href"]))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words += data


def render(store: Store, config: PipelineConfig, run: str = "2013-05") -> str:
    return render_report(load_report(config, store, run, version="1.0"))


@pytest.fixture
def page(store: Store, config: PipelineConfig) -> Page:
    return Page(render(store, config))


def test_it_is_well_formed_and_every_link_leads_somewhere(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    inside = [link.removeprefix("#") for link in page.links if link.startswith("#")]
    assert inside
    assert set(inside) <= set(page.ids)


def test_nothing_is_fetched_and_nothing_runs(store: Store, config: PipelineConfig) -> None:
    html = render(store, config)
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)|<script|<iframe|<img|\bsrc=|\bon[a-z]+=", html)
    assert "prefers-color-scheme: dark" in html


def test_findings_come_with_sentence_evidence_and_what_they_explain(page: Page) -> None:
    for said in (
        "raw.orders.price is a hundred times what it was.",
        "unit change",
        "data · new in this run · confidence 97.0 %",
        "ln ratio",
        "4.605",
        "1, 2.5",
        "prev 0.83, window 0.81",
        "statistic ks, value 0.83\nstatistic mean, value 2",
        "offset",
        "unknown · since 2013-04",
    ):
        assert said in page.words
    assert "x" * 500 not in page.words
    assert "and 8 more" in page.words
    assert "missing" not in page.words
    assert f"#{anchor('training', 'matrix', 'price')}" in page.links


def test_a_column_that_is_gone_leads_to_its_table(page: Page) -> None:
    assert f"#{anchor('training', 'matrix')}" in page.links


def test_stages_are_flagged_affected_or_quiet(store: Store, config: PipelineConfig) -> None:
    view = build_view(load_report(config, store, "2013-05", version="1.0"))
    assert {name: (stage.severity, stage.affected, stage.note) for name, stage in view.stages.items()} == {
        "raw": ("critical", False, "1 critical, 1 review"),
        "training": ("none", True, "affected"),
        "monthly": ("none", False, "quiet"),
    }
    assert [stage.detail for stage in view.stages.values()] == ["2 tables", "1 table", "serving, 2 tables"]
    assert {(edge.source, edge.target) for edge in view.hot} == {("raw", "training")}


def test_a_stage_with_an_unread_table_says_so(store: Store, config: PipelineConfig) -> None:
    store.finding_rows = []
    view = build_view(load_report(config, store, "2013-05", version="1.0"))
    assert (view.stages["raw"].severity, view.stages["raw"].note) == ("failed", "not read")


def test_tables_show_rows_change_source_and_errors(store: Store, config: PipelineConfig, page: Page) -> None:
    tables = {table.name: table for table in build_view(load_report(config, store, "2013-05", version="1.0")).tables}
    assert list(tables) == ["orders", "customers", "matrix", "log"]
    orders, customers = tables["orders"], tables["customers"]
    assert (orders.rows, orders.change, orders.severity, orders.flagged) == ("18,000", "−10.0 %", "critical", 1)
    assert dict(orders.facts)["size"] == "1.5 KiB"
    assert dict(orders.facts)["event time"].endswith("(ordered_at)")
    assert (customers.failed, customers.rows, customers.change, customers.columns) == (True, "–", "", ())
    assert "table b is not there" in page.words
    opened = [attrs["id"] for tag, attrs in page.tags if tag == "details" and "open" in attrs]
    assert opened == [anchor("raw", "orders"), anchor("raw", "customers"), anchor("training", "matrix")]


def test_columns_show_what_is_typical_of_them(store: Store, config: PipelineConfig) -> None:
    orders = build_view(load_report(config, store, "2013-05", version="1.0")).tables[0]
    shop, price, seen, returned = orders.columns
    assert (shop.name, shop.centre[0], returned.centre[0]) == ("shop", "Bonn (50.0 %)", "true 25.0 %")
    assert shop.centre[1] is not None
    assert price.centre[0] == "median 1250"
    assert price.centre[1] is not None
    assert [point.label for point in price.centre[1].marked] == ["2013-05: 1250"]
    assert price.explanation == "KS 0.99 against prev"
    assert price.nulls[0] == "1.2 %"
    assert (seen.nulls, seen.distinct, seen.low) == (("–", None), ("–", None), ("–", ""))
    assert price.low == ("0.5", "0.5")
    assert seen.centre[0] == "median 2013-05-16 00:00"


def test_a_column_of_which_nothing_is_typical(store: Store, config: PipelineConfig) -> None:
    store.extra_column = {"column": "blob", "column_kind": "other", "top_items": []}
    assert build_view(load_report(config, store, "2013-05", version="1.0")).tables[0].columns[-1].centre == ("–", None)


def test_which_model_answered_and_how_well(store: Store, config: PipelineConfig) -> None:
    model = {
        "model_versions": [{"version": "m-5", "rows": 7}],
        "expected_model_versions": ["m-6"],
        "quality": {"auc": 0.81249, "accuracy": None, "log_loss": 0.5, "brier": 0.125},
    }
    rows = [dict(row, **model) for row in store.table_rows(["2013-05"]) if row["table"] == "log"]
    store.table_rows = lambda runs: [row for row in rows if row["run_id"] in runs]  # type: ignore[method-assign]
    (table,) = build_view(load_report(config, store, "2013-05", version="1.0")).tables
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


def test_a_quiet_run_says_so_and_a_run_nobody_compared_does_not(store: Store, config: PipelineConfig) -> None:
    store.finding_rows = []
    assert "Nothing found: 131 columns were compared" in render(store, config)
    store.compared = lambda runs: {}  # type: ignore[method-assign]  # noqa: ARG005
    page = render(store, config)
    assert "This run was profiled, but not compared yet." in page
    assert "Nothing found" not in page


def test_the_first_run_has_no_drawings_but_a_report(store: Store, config: PipelineConfig) -> None:
    store.finding_rows = []
    page = Page(render(store, config, "2013-04"))
    assert not [tag for tag, attrs in page.tags if attrs.get("class") == "spark"]


def test_what_was_left_out_is_said(store: Store, config: PipelineConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "COLUMNS_SHOWN", 5)
    assert "8 columns of tables without a finding are not listed" in render(store, config)


def test_markup_in_names_and_values_is_text(store: Store, config: PipelineConfig) -> None:
    attack = "<script>alert(1)</script>\"'&"
    store.finding_rows[0] |= {"sentence": attack, "evidence": {attack: attack}, "explains": [f"raw.orders.{attack}"]}
    store.extra_column = {
        "column": attack,
        "column_kind": "string",
        "min_text": attack,
        "top_items": [{"item": attack, "count": 1}],
    }
    html = render(store, config)
    assert "<script" not in html
    page = Page(html)
    assert attack in page.words
    assert len(page.ids) == len(set(page.ids))


def test_anchors_tell_apart_what_looks_alike() -> None:
    names = [anchor("a", "b-c"), anchor("a-b", "c"), anchor("a", "b c"), anchor("a", "b_c"), anchor("a", "b", "c")]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[\w-]+", name) for name in names)


@pytest.mark.parametrize(
    ("statistic", "marked"),
    [
        ("null_share", [True, False, False]),
        ("distinct", [False, True, False]),
        ("unseen_share", [False, True, False]),
        ("ks", [False, False, True]),
        (None, [False, False, True]),
    ],
)
def test_the_mark_is_on_the_drawing_that_moved(
    statistic: str | None, marked: list[bool], store: Store, config: PipelineConfig
) -> None:
    rows = store.column_rows(["2013-04", "2013-05"])
    for row in rows:
        row["statistic"] = statistic
    store.column_rows = lambda runs, only=None: rows  # type: ignore[method-assign]  # noqa: ARG005
    price = build_view(load_report(config, store, "2013-05", version="1.0")).tables[0].columns[1]
    lines = [line for _, line in (price.nulls, price.distinct, price.centre)]
    assert [line is not None and bool(line.marked) for line in lines] == marked


def _check(status: str, **changes: object) -> dict[str, object]:
    row = {"run_id": "2013-05", "stage": "raw", "table": "orders", "column": "price", "check": "accepted_range"}
    words = {"severity": "warning", "expected": "from 0 to 9", "observed": "0 to 12", "reason": None, "message": "…"}
    return row | words | {"status": status} | changes


def test_checks_that_did_not_pass_are_shown_and_the_others_folded(store: Store, config: PipelineConfig) -> None:
    store.finding_rows = []
    store.check_results = [
        _check("fail"),
        _check("not_computable", column=None, check="freshness", observed="not known", reason="no <event> time"),
        _check("pass", column="gone"),
        _check("fail", run_id="2013-04"),
    ]
    page = Page(render(store, config))
    for said in ("from 0 to 9", "0 to 12", "not computable", "not known: no <event> time", "1 passed", "1 of 3"):
        assert said in page.words
    assert "But 1 declared check failed." in page.words
    assert f"#{anchor('raw', 'orders', 'price')}" in page.links
    inside = [link.removeprefix("#") for link in page.links if link.startswith("#")]
    assert set(inside) <= set(page.ids)


def test_without_checks_there_is_no_word_of_them(page: Page) -> None:
    assert "Checks" not in page.words
    assert "checks failed" not in page.words
