"""The documentation's configuration is read as the product would read it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stageprint.cli.program import app
from stageprint.config.loader import parse_config

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))


def test_the_configuration_page_is_valid() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "configuration.md").read_text("utf-8"), re.DOTALL)
    found = parse_config(block)
    orders = found.table("raw", "orders")
    assert orders.columns.sensitive == {"email": "hashed", "birthday": "off", "city": 50}
    assert [one.by for one in orders.slices] == ["country", "amount > 1000"]
    assert found.table("raw", "events").incremental == "event_date"


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.name)
def test_every_command_shown_exists(page: Path) -> None:
    shown = set(re.findall(r"stageprint ([a-z]+)(?= +--)", page.read_text("utf-8")))
    assert shown <= set(app.names)
