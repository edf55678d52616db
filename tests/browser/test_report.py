"""The HTML report in a browser, opened from a file with the network off."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.model import TableKey
from stageprint.report.html.overview import run_lines
from stageprint.report.html.render import render_index
from tests.browser.conftest import Opener
from tests.browser.pdf_text import plain, text_of
from tests.support.report import CONFIG, Store, render

A4_WIDTH, A4_HEIGHT = 794, 1123
"""In pixels of CSS, 96 an inch."""


@pytest.fixture(scope="module")
def config() -> PipelineConfig:
    return parse_config(CONFIG)


@pytest.fixture
def html(config: PipelineConfig) -> str:
    return render(Store(), config)


SHOWN = """
() => [...document.querySelectorAll('details.table:not([hidden]) tr[id]:not([hidden])')].map(row => row.dataset.place)
"""


def shown_columns(page: Page) -> list[str]:
    found: list[str] = page.evaluate(SHOWN)
    return found


def test_the_first_screen_has_the_answer_and_the_graph(html: str, show: Opener) -> None:
    page = show(html)
    for selector in (".answer .headline", ".answer .next", ".graph .origin", ".graph"):
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, selector
    assert page.locator(".finding svg").count() >= 2


def test_every_picture_says_what_it_shows(html: str, show: Opener) -> None:
    page = show(html)
    for drawing in page.locator("figure.picture > svg").all():
        assert drawing.get_attribute("role") == "img"
        assert len(drawing.get_attribute("aria-label") or "") > 20


def test_from_the_overview_to_a_column_and_back_by_keys_alone(html: str, show: Opener) -> None:
    page = show(html)
    page.keyboard.press("/")
    page.keyboard.type("price")
    expect(page.locator("#found")).to_have_text("3 columns, 3 tables")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#column").evaluate("one => one.open")
    assert page.locator("#column-name").inner_text() == "raw.orders.price"
    assert page.locator("#column figure.picture > svg").count() >= 2
    page.keyboard.press("Escape")
    assert not page.locator("#column").evaluate("one => one.open")
    assert page.evaluate("document.activeElement.textContent") == "price"


def test_from_the_page_over_all_runs_to_a_column_by_keys_alone(
    html: str, config: PipelineConfig, show: Opener, tmp_path: Path
) -> None:
    store = Store()
    runs = [row["run_id"] for row in store.runs()]
    lines = run_lines(store.runs(), store.findings(), store.states(runs), [], {}, {"2013-05": "2013-05.html"})
    (tmp_path / "2013-05.html").write_text(html, encoding="utf-8")
    page = show(render_index(config.pipeline, lines, "1.0"))
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "2013-05":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/2013-05.html")
    page.keyboard.press("/")
    page.keyboard.type("price")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#column").evaluate("one => one.open")
    assert page.locator("#column-name").inner_text() == "raw.orders.price"


def test_filters_show_what_they_say(html: str, show: Opener) -> None:
    page = show(html)
    everything = shown_columns(page)
    page.select_option("#filter", "alert")
    assert shown_columns(page) == ["raw.orders.price", "training.matrix.price"]
    page.select_option("#filter", "")
    assert shown_columns(page) == everything


def test_columns_are_sorted_by_a_heading(html: str, show: Opener) -> None:
    page = show(html)
    page.evaluate("document.querySelectorAll('details.table').forEach(one => { one.open = true; })")
    table = page.locator("details.table").first
    heading = table.locator("th button").nth(0)
    heading.click()
    assert table.locator("tr[id] td.col").all_inner_texts() == ["price", "returned", "seen_at", "shop"]
    heading.click()
    assert table.locator("tr[id] td.col").all_inner_texts() == ["shop", "seen_at", "returned", "price"]


def test_a_query_is_copied(html: str, show: Opener) -> None:
    page = show(html)
    page.locator("details.finding-more summary").first.click()
    button = page.locator("button.copy").first
    button.click()
    expect(button).to_have_text("copied")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_cut_off(html: str, show: Opener, scheme: str) -> None:
    page = show(html, width=390, height=844, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".stages li").first.is_visible()
    page.evaluate("document.querySelector('a[data-column]').click()")
    assert page.locator("#column").evaluate("one => one.scrollWidth <= one.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_contrast(html: str, show: Opener, scheme: str) -> None:
    page = show(html, scheme=scheme)
    low: list[list[Any]] = page.evaluate(_CONTRASTS)
    assert low == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_printed_pages_have_the_answer_the_findings_and_their_pictures(
    html: str, show: Opener, scheme: str
) -> None:
    page = show(html, scheme=scheme)
    printed = text_of(page.pdf(format="A4"))
    said = {
        "headline": page.locator(".answer .headline").all_inner_texts(),
        "sentences": page.locator(".finding > p").all_inner_texts(),
        "queries": page.locator(".finding .query code").all_text_contents(),
        "captions": page.locator(".finding figcaption").all_inner_texts(),
        "axes": page.locator(".finding figure.picture > svg text").all_text_contents(),
        "columns": page.locator("details.table[open] tr[id] td").all_inner_texts(),
    }
    assert all(said.values()), said
    lacking = [text for texts in said.values() for text in texts if plain(text) not in printed]
    assert lacking == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_nothing_is_cut_off_or_pale(html: str, show: Opener, scheme: str) -> None:
    page = show(html, scheme=scheme)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4_WIDTH, "height": A4_HEIGHT})
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_WIDTH
    assert page.evaluate(_CUT_OFF) == []
    pictures = [one.bounding_box() for one in page.locator(".finding figure.picture > svg").all()]
    assert len(pictures) >= 2
    for box in pictures:
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= A4_WIDTH
        assert box["height"] > 80
    # Browsers may leave the colours of areas away: texts must be read on white too.
    page.add_style_tag(content="* { background: none !important; }")
    assert page.evaluate(_CONTRASTS) == []


def test_without_scripts_everything_but_the_pictures_is_there(html: str, show: Opener) -> None:
    page = show(html.replace("<script", "<template").replace("</script", "</template"))
    text = page.locator("main").inner_text()
    for said in ("1 critical and 1 review findings", "raw.orders.price is a hundred times what it was.", "price"):
        assert said in text


class WideStore(Store):
    """10,000 columns in 40 tables, 30 runs."""

    tables = [f"t{number:02}" for number in range(40)]  # noqa: RUF012 -- never changed
    columns = 250

    def __init__(self) -> None:
        super().__init__()
        self.run_rows = [{"run_id": f"r{n:02}", "tables_profiled": 40, "tables_failed": 0} for n in range(30)]
        finding = {**self.finding_rows[0], "table": "t07", "run_id": "r29", "first_run": "r29", "explains": []}
        self.finding_rows = [finding | {"finding_id": str(n), "column": f"c{n:03}"} for n in range(20)]

    def table_rows(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        rows = {"stage": "raw", "status": "ok", "error": None, "row_count": 300, "column_count": self.columns}
        return [{"run_id": run, "table": table, **rows} for run in runs for table in self.tables]

    def column_rows(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        figures = {"data_type": "double", "column_kind": "float", "row_count": 300, "null_share": 0.01, "mean": 2.0}
        more = {"distinct_count": 290, "median": 2.0, "min_text": "0.1", "max_text": "9.9", "severity": None}
        more |= {"statistic": None, "explanation": None}
        return [
            {"run_id": run, "stage": "raw", "table": table, "column": f"c{at:03}", "column_position": at}
            | figures
            | more
            for run in runs
            for table in self.tables
            if only is None or TableKey("raw", table) in only
            for at in range(self.columns)
        ]

    def column_courses(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        return self.column_rows(runs, only)

    def column_details(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        grid = {"quantile_grid_101": [rank / 7 for rank in range(101)], "rank_error": 0.01, "null_count": 3}
        return [row | grid for row in self.column_rows(runs, only)]


def test_ten_thousand_columns_open_and_are_searched_within_two_seconds(show: Opener) -> None:
    tables = "\n".join(f"      - {{name: {name}, source: {{table: a}}}}" for name in WideStore.tables)
    config = parse_config(f"pipeline: wide\nstore: ./observability\nstages:\n  - name: raw\n    tables:\n{tables}\n")
    html = render(WideStore(), config, "r29")
    assert len(html.encode()) < 15_000_000
    began = time.perf_counter()
    page = show(html)
    assert time.perf_counter() - began < 2
    began = time.perf_counter()
    page.fill("#search", "t31.c24")
    expect(page.locator("#found")).to_have_text("10 columns, 0 tables")
    assert time.perf_counter() - began < 2
    assert page.locator("#others tbody tr").count() == 10


_CUT_OFF = """
() => [...document.querySelectorAll("main, main *")]
  .filter((one) => one.checkVisibility() && !one.closest("svg") && getComputedStyle(one).display !== "inline")
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => [one.tagName, one.className, one.scrollWidth, one.clientWidth])
"""

_CONTRASTS = """
() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const found = parse(getComputedStyle(element).backgroundColor);
      if (found.length === 3 || found[3] > 0.99) return found;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll("main *")) {
    if (element.closest("svg") || !element.checkVisibility()) continue;
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join("");
    if (!text) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push([text.slice(0, 40), +ratio.toFixed(2)]);
  }
  return low.slice(0, 10);
}
"""
