"""The documentation site's own pages and links."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

import stageprint
from scripts.docs import site


@pytest.mark.parametrize(
    ("page", "link", "on_the_site"),
    [
        ("demo.md", "../conf/nycflights.yml", "source/conf/nycflights.yml.md"),
        ("demo.md", "../CHANGELOG.md#unreleased", "changelog.md#unreleased"),
        ("demo.md", "metrics.md", "metrics.md"),
        ("overview.md", "docs/demo.md", "demo.md"),
        ("overview.md", "docs/benchmarks.svg", "benchmarks.svg"),
        ("overview.md", "conf/databricks", "source/conf/databricks.md"),
        ("source/scripts/demo/README.md.md", "../../docs/demo.md", "../../../demo.md"),
        ("demo.md", "missing.md", "missing.md"),
        ("demo.md", "https://example.org/docs/demo.md", "https://example.org/docs/demo.md"),
    ],
)
def test_a_link_leads_to_the_page_that_shows_the_file(page: str, link: str, on_the_site: str) -> None:
    assert site.site_links(page, f"See [it]({link}).") == f"See [it]({on_the_site})."


def test_code_is_left_alone() -> None:
    code = "```python\nrun[0](docs/demo.md)\n```\n"
    assert site.site_links("overview.md", code) == code
    assert list(
        site.linked_sources("README.md", f"{code}[a](conf/nycflights.yml) [b](docs/demo.md) [c](gone.yml)")
    ) == ["conf/nycflights.yml"]


def test_a_file_is_shown_as_code_and_a_folder_as_a_list() -> None:
    assert site.source_text("conf/serving.yml").startswith("# conf/serving.yml\n\n````yaml\n")
    assert "- `databricks.yml`\n" in site.source_text("conf/databricks")
    assert site.source_text("scripts/README.md").startswith("# Scripts\n")


def test_every_public_name_is_in_the_reference() -> None:
    assert {f"::: stageprint.{name}" for name in stageprint.__all__} <= set(site.python_page().splitlines())


def test_a_pattern_stands_for_the_pages_that_no_entry_names() -> None:
    nav = [
        {"Home": "index.md"},
        {"Using it": ["checks.md", "*.md"]},
        {"Causes": ["causes/*.md"]},
        {"Project": ["architecture*.md", {"Decisions": ["adr/*.md"]}]},
    ]
    pages = ["adr/0002.md", "adr/README.md", "adr/0001.md", "checks.md", "architecture.md", "new.md"]
    assert site.expanded_nav(nav, pages) == [
        {"Home": "index.md"},
        {"Using it": ["checks.md", "new.md"]},
        {"Project": ["architecture.md", {"Decisions": ["adr/README.md", "adr/0001.md", "adr/0002.md"]}]},
    ]


def test_what_a_page_fetches_is_found() -> None:
    html = (
        '<link rel="canonical" href="https://example.org/"><a href="https://example.org/page">out</a>'
        '<script src="assets/own.js"></script><script src="https://cdn.example.org/theirs.js"></script>'
        '<link rel="stylesheet" href="//fonts.example.org/a.css">'
    )
    assert site.fetched(html) == ["https://cdn.example.org/theirs.js", "//fonts.example.org/a.css"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a](gone.md)", "gone.md"),
        ("[a](page.md#nowhere)", "nowhere"),
        ("![a](https://example.org/a.png)", "would fetch https://example.org/a.png"),
        ("[a](page.md#title)", None),
    ],
)
def test_the_strict_build_fails_on_what_readers_would_miss(
    text: str, told: str | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text(f"# Title\n\n{text}\n", "utf-8")
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: test\nstrict: true\nplugins: []\ntheme: {name: null, custom_dir: theme}\n"
        "hooks: [hook.py]\nnot_in_nav: '*'\nvalidation: {links: {anchors: warn}}\n",
        "utf-8",
    )
    # Without the hook that adds the repository's own pages, whose links would be dead here.
    (tmp_path / "hook.py").write_text("from scripts.docs.site import on_page_markdown, on_post_page\n", "utf-8")
    (tmp_path / "theme").mkdir()
    (tmp_path / "theme" / "main.html").write_text("<h1>{{ page.title }}</h1>{{ page.content }}", "utf-8")
    config = load_config(str(tmp_path / "mkdocs.yml"), site_dir=str(tmp_path / "site"))
    with caplog.at_level(logging.WARNING, "mkdocs"):
        if told is None:
            build(config)
            return
        with pytest.raises(Abort):
            build(config)
    assert told in caplog.text
