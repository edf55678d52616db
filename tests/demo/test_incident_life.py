"""docs/incident-life.md is what the script makes of what was printed and sent; the slow tests make it anew."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.demo.life import Month, page
from scripts.demo.months import MONTHS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "incident-life.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```text\n(.*?)\n```$", TEXT, re.DOTALL | re.MULTILINE)
ID = re.findall(r"incidents ack ([0-9a-f]{16}) --why", TEXT)


def test_the_page_is_made_of_its_blocks_by_the_script() -> None:
    june_sent, june, acknowledged, july_sent, july, october_sent, november_sent, december_sent, december = BLOCKS
    months = {run: Month() for run in MONTHS}
    months["2013-06"] = Month([june_sent], june, acknowledged)
    months["2013-07"] = Month([july_sent], july)
    months["2013-10"] = Month([october_sent])
    months["2013-11"] = Month([november_sent])
    months["2013-12"] = Month([december_sent], december)
    assert page(months, ID[0]) == TEXT


def test_it_opens_in_june_and_is_resolved_in_july_under_one_id() -> None:
    june_sent, june, acknowledged, july_sent, july, *_ = BLOCKS
    assert june_sent.startswith("[critical] nycflights: joined.flights_joined: join lost rows (since run 2013-06)")
    assert july_sent.startswith("[resolved] nycflights: joined.flights_joined: join lost rows is over (run 2013-07)")
    assert all(ID[0] in block for block in (june_sent, june, acknowledged, july))
    assert "run 2013-07 did not have it any more" in july


def test_its_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]{10,}\]\((images/[\w.-]+)\)", TEXT)
    assert len(pictures) >= 4
    assert [picture for picture in pictures if not (ROOT / "docs" / picture).is_file()] == []
