from __future__ import annotations

import json

import pytest

from stageprint.config.pipeline import PipelineConfig
from stageprint.model import TableKey
from stageprint.model.judged import Judged
from stageprint.model.run_state import RunState
from stageprint.report.html import data
from tests.support.report import Page, Store, render


def test_a_quiet_run_says_so_and_a_run_nobody_compared_does_not(store: Store, config: PipelineConfig) -> None:
    store.finding_rows = []
    assert "No findings: 131 columns of 11 tables were compared" in render(store, config)
    assert "are too few to say what is usual: only fixed rules applied." in render(store, config, "2013-04")
    store.state = RunState.NOT_COMPARED
    page = render(store, config)
    assert "Nothing can be said of this run: it has not been compared yet. Run stageprint compare." in page
    assert "No findings" not in page


def test_findings_of_an_earlier_profile_are_marked(store: Store, config: PipelineConfig) -> None:
    store.state = RunState.STALE
    page = render(store, config)
    assert "it was profiled again after it was compared" in page
    assert "What stands below may be of an earlier comparison." in page


def test_the_first_run_has_no_drawings_but_a_report(store: Store, config: PipelineConfig) -> None:
    store.finding_rows = []
    page = Page(render(store, config, "2013-04"))
    assert not [tag for tag, attrs in page.tags if attrs.get("class") == "spark"]


def test_the_first_screen_says_what_broke_where_since_when_and_what_to_do(store: Store, config: PipelineConfig) -> None:
    page = Page(render(store, config))
    first = page.words.partition("Stages")[0]
    for said in (
        "1 critical and 1 review findings",
        "raw.orders.price unit change new in this run · explains 3 other shifts",
        "raw.orders.price is a hundred times what it was.",
        "Next: Divide some values by those of the same rows upstream",
    ):
        assert said in first
    assert "#finding-1" in page.links
    store.finding_rows = []
    assert "No findings" in Page(render(store, config)).words.partition("Stages")[0]


def test_the_stages_say_where_it_began_and_which_edge_is_blamed(store: Store, config: PipelineConfig) -> None:
    store.finding_rows[0] |= {"stage": "training", "table": "matrix", "evidence": {"source_table": "raw.orders"}}
    html = render(store, config)
    assert html.count('class="origin"') == 1
    assert "raw → training: here it broke" in html
    assert "raw → monthly: here it broke" not in html


def test_columns_that_still_learn_are_shown_above_and_beside_them(store: Store, config: PipelineConfig) -> None:
    orders = TableKey("raw", "orders")
    store.finding_rows = []
    store.judged_tables = {
        "2013-05": {
            orders: Judged(2, 0, 2, 0, (1, 1, 0)),
            TableKey("training", "matrix"): Judged(2, 0, 2, 0, (2, 0, 0)),
        }
    }
    store.learning = {orders.column("price"): 2}
    page = render(store, config)
    assert "4 of 4 columns are still learning (1 to 2 more runs): only fixed rules and shifts that need no" in page
    assert "No findings" not in page
    assert "<b>4</b> <span>columns still learning</span>" in page
    assert "learning: 2 more runs" in page
    assert ">learning</text>" in page  # the stage
    store.judged_tables = {"2013-05": {orders: Judged(4, 3, 1, 0, (1, 0, 0))}}
    page = render(store, config)
    assert "1 of 4 columns is still learning (1 more run)" in page
    assert "No findings in the 3 columns with enough earlier runs: all are within their expected ranges." in page


def test_what_was_left_out_is_said(store: Store, config: PipelineConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "MAX_COLUMNS_SHOWN", 5)
    page = render(store, config)
    assert "8 columns are of tables without a finding: they are found by the search" in page
    others = json.loads(Page(page).scripts[0])["others"]
    assert ["training.matrix.price", "double", "1.2 %", "100", "1250"] in others


def test_what_the_run_lacks_stands_above_its_findings(store: Store, config: PipelineConfig) -> None:
    lacking = {"tables": ["raw.a", "raw.b"], "errors": {"raw.b": "gone"}, "tables_expected": 11}
    store.finding_rows = [{**store.finding_rows[0], "table": ":stage", "column": None, "evidence": lacking}]
    page = render(store, config)
    said = "2 of 11 tables are missing: raw.a (not profiled), raw.b (could not be read). The rest of this page is about"
    assert said in page
    assert '<li class="tile critical"><b>1</b> <span>tables not profiled</span></li>' in page
    assert "No findings" not in page
    assert page.index(said) < page.index('<article class="finding')
