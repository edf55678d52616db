"""The HTML report: complete, self-contained, and safe against what is in the tables."""

from __future__ import annotations

import re

from stageprint.config.pipeline import PipelineConfig
from tests.support.report import Page, Store, render


def test_it_is_well_formed_and_every_link_leads_somewhere(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    inside = [link.removeprefix("#") for link in page.links if link.startswith("#")]
    assert inside
    assert set(inside) <= set(page.ids)


def test_nothing_is_fetched_and_nothing_runs(store: Store, config: PipelineConfig) -> None:
    html = render(store, config)
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)|<script|<iframe|<img|\bsrc=|\bon[a-z]+=", html)
    assert "prefers-color-scheme: dark" in html


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
