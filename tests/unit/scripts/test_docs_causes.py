"""The causes' pages."""

from __future__ import annotations

import re

from scripts.docs.causes import FOLDER, cause_pages, worked_fit
from scripts.docs.reference import ROOT
from stageprint.diagnosis.base import all_causes

PAGES = cause_pages()


def test_a_page_for_every_cause_and_no_other() -> None:
    assert PAGES.keys() == {f"{FOLDER}/{name}.md" for name in ("index", *all_causes())}
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / FOLDER).iterdir()} == PAGES.keys()


def test_the_index_names_every_cause_once() -> None:
    named = re.findall(r"^\| \[`(\w+)`\]\(\1\.md\) \|", PAGES[f"{FOLDER}/index.md"], re.MULTILINE)
    assert sorted(named) == sorted(all_causes())


def test_links_lead_to_pages() -> None:
    for page in PAGES.values():
        for target in re.findall(r"\]\(([\w.]+)(?:#[\w-]+)?\)", page):
            assert f"{FOLDER}/{target}" in PAGES


def test_a_page_shows_what_its_example_arrives_at() -> None:
    fit = worked_fit(all_causes()["null_spike"])
    assert fit.evidence["null_share"] == 0.25
    assert f"> {fit.sentence}." in PAGES[f"{FOLDER}/null_spike.md"]
    assert "\n| `rows_without_value` | rows that are null or NaN now |\n" in PAGES[f"{FOLDER}/null_spike.md"]


def test_the_pages_are_the_same_whenever_they_are_made() -> None:
    assert cause_pages() == PAGES
