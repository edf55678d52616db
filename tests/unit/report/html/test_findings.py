from __future__ import annotations

from stageprint.config.pipeline import PipelineConfig
from stageprint.report.html.anchors import anchor
from tests.support.report import Page, Store, render


def test_findings_come_with_sentence_evidence_and_what_they_explain(page: Page) -> None:
    for said in (
        "raw.orders.price is a hundred times what it was.",
        "unit change",
        "data · new in this run · confidence 97.0 %",
        "ln ratio",
        "4.605",
        "1, 2.5",
        "prev 0.83, window 0.81",
        "ks 0.83, p 9.6e-10, 27.7 × the minimum effect\ntype_changed 1",
        "fit of the cause, 0–1",
        "Divide some values by those of the same rows upstream",
        "offset",
        "unknown · since 2013-04",
    ):
        assert said in page.words
    assert "x" * 500 not in page.words
    assert "and 8 more" in page.words
    assert "missing" not in page.words
    assert f"#{anchor('training', 'matrix', 'price')}" in page.links


def test_a_cause_of_another_version_has_nothing_to_check(store: Store, config: PipelineConfig) -> None:
    assert "what to check" in Page(render(store, config)).words
    store.finding_rows = [row | {"cause": "not_known_yet"} for row in store.finding_rows]
    assert "what to check" not in Page(render(store, config)).words


def test_a_column_that_is_gone_leads_to_its_table(page: Page) -> None:
    assert f"#{anchor('training', 'matrix')}" in page.links


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


def test_what_is_over_by_now_is_said(store: Store, config: PipelineConfig) -> None:
    store.finding_rows[0] |= {"incident_status": "resolved"}
    assert "new in this run · resolved since then" in Page(render(store, config)).words
    store.finding_rows[0] |= {"incident_status": "ongoing"}
    assert "ongoing" not in Page(render(store, config)).words


def test_the_rows_are_a_query_away(store: Store, config: PipelineConfig) -> None:
    store.finding_rows[0] |= {"cause": "null_spike", "evidence": {"rows_without_value": 1_234}}
    said = Page(render(store, config)).words
    assert "rows without a value in price (this returns 1,234 rows if the finding is right)" in said
    assert "FROM delta.`data/2013-05/orders` VERSION AS OF 3" in said


def test_what_changed_at_the_same_time_is_said_to_prove_nothing(store: Store, config: PipelineConfig) -> None:
    assert "at the same time" not in Page(render(store, config)).words
    change = {
        "kind": "job",
        "what": "user of the job",
        "before": "ana",
        "now": "<b>",
        "text": "user of the job ana → <b>",
    }
    store.finding_rows = [row | {"changes": [change, change]} for row in store.finding_rows]
    words = Page(render(store, config)).words
    assert "Changed at the same time (a coincidence, no proof): user of the job ana → <b> and 1 more" in words
    assert "user of the job ana → <b>; user of the job ana → <b> – a coincidence in time, no proof" in words
