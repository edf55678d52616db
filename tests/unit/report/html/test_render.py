"""The HTML report: complete, self-contained, and safe against what is in the tables."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from stageprint.config.pipeline import PipelineConfig
from stageprint.report.html.anchors import anchor
from stageprint.report.html.data import ReportData, load_report
from stageprint.report.html.render import render_report
from stageprint.report.rows import Row
from tests.support.report import Page, Store, render


def test_it_is_well_formed_and_every_link_leads_somewhere(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    inside = [link.removeprefix("#") for link in page.links if link.startswith("#")]
    assert inside
    assert set(inside) <= set(page.ids)


def test_nothing_is_fetched_and_only_the_page_s_own_scripts_run(store: Store, config: PipelineConfig) -> None:
    html = render(store, config)
    page = Page(html)
    scripts = page.scripts
    assert len(scripts) == 5
    (policy,) = [str(found["content"]) for tag, found in page.tags if "http-equiv" in found]
    allowed = set(re.findall(r"'(sha256-[^']+)'", policy.partition("script-src")[2]))
    run = {f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}" for text in scripts[1:]}
    assert allowed == run
    for script in scripts:
        html = html.replace(script, "")
    assert html.count("<script>") == 4
    assert html.count("<script ") == html.count('<script type="application/json" id="data">') == 1
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)|<iframe|<img|\bsrc=|\bon[a-z]+=", html)
    assert "prefers-color-scheme: dark" in html


def test_the_libraries_are_those_that_the_readme_names() -> None:
    folder = files("stageprint.report.html") / "vendor"
    named = dict(re.findall(r"\| `(\S+\.js)` .* `([0-9a-f]{64})`", folder.joinpath("README.md").read_text("utf-8")))
    assert named == {
        one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in folder.iterdir() if one.name.endswith(".js")
    }


ATTACKS = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</title></style><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}`${x}`",
    "--><!--]]>&lt;b&gt;",
]
TEXTS = {"sentence", "column", "first_run", "error", "source_location", "expected", "observed", "message", "data_type"}
TEXTS |= {
    "min_text",
    "max_text",
    "explanation",
    "baseline",
    "schema_json",
    "source_format",
    "check",
    "event_time_column",
}


def planted(data: ReportData, word: str) -> str:
    """Return the report in which texts of the store and of the configuration are a word."""

    def row(found: Row) -> dict[str, Any]:
        changed = {name: word for name, value in found.items() if name in TEXTS and value is not None}
        more = {"evidence": {word: word}, "explains": [word], "alternatives": [word]} if "sentence" in found else {}
        return {**found, **changed, **more}

    stages = tuple(
        replace(stage, name=f"{stage.name}{word}", upstream=tuple(f"{name}{word}" for name in stage.upstream))
        for stage in data.stages
    )
    return render_report(
        replace(
            data,
            findings=tuple(map(row, data.findings)),
            first_look=tuple(map(row, data.findings)),
            checks=tuple(map(row, data.checks)),
            tables=tuple(map(row, data.tables)),
            columns=tuple(map(row, data.columns)),
            others=tuple(row(found) for found in data.columns if found["run_id"] == data.run_id),
            details=tuple({**row(found), "top_items": [{"item": word, "count": 9}]} for found in data.details),
            stages=stages,
            pipeline=word,
            store=word,
            version=word,
        )
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_name_or_value_changes_the_page_s_elements(store: Store, config: PipelineConfig, attack: str) -> None:
    data = load_report(config, store, "2013-05", version="1.0")
    word = "h" * len(attack)
    harmless, attacked = Page(planted(data, word)), Page(planted(data, attack))
    assert [(tag, sorted(found)) for tag, found in attacked.tags] == [
        (tag, sorted(found)) for tag, found in harmless.tags
    ]
    unquoted = attacked.words.replace("\\'", "'").replace("\\u0024", "$")  # as queries escape them
    assert unquoted.count(attack) == harmless.words.count(word) > 10


def test_the_page_forbids_scripts_itself(store: Store, config: PipelineConfig) -> None:
    assert "Content-Security-Policy\" content=\"default-src 'none'" in render(store, config)


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
    assert "<script>alert" not in html
    page = Page(html)
    assert attack in page.words
    data = json.loads(page.scripts[0])
    assert attack in data["findings"][0][0]["says"] or anchor("raw", "orders", attack) in data["columns"]
    assert len(page.ids) == len(set(page.ids))


def test_the_first_look_is_a_section_of_its_own(config: PipelineConfig, store: Store) -> None:
    (one, *_) = store.findings("2013-05")
    look = {**one, "cause": "near_duplicate_labels", "sentence": "raw.orders.city has labels.", "explains": ["x.y.z"]}
    page = render_report(load_report(config, store, "2013-05", version="1.0", first_look=[look]))
    section = page.partition("<h2>First look</h2>")[2].partition("<h2>")[0]
    for text in ("near duplicate labels", "raw.orders.city has labels.", "So: x.y.z.", "never an alert"):
        assert text in section
    assert "First look" not in render_report(load_report(config, store, "2013-05", version="1.0"))
