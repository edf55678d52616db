from __future__ import annotations

import json

import pytest

from stageprint import cli
from tests.support.cli import RUNS, Capture

pytestmark = pytest.mark.usefixtures("fakes")


WORDS = ("history", "--stage", "raw", "--table", "orders", "--column", "price")


def test_a_line_a_run(config: str, capsys: Capture) -> None:
    assert cli.run([*WORDS, "-c", config]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "shop · raw.orders.price, 3 runs · store ./observability"
    assert lines[1].split() == ["run", "rows", "nulls", "mean", "flagged"]
    assert lines[3].split() == ["2013-01", "28,796", "1.2", "%", "3.5"]


def test_json_is_the_rows(config: str, capsys: Capture) -> None:
    assert cli.run([*WORDS, "-c", config, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["run_id"] for row in rows] == RUNS
    assert rows[0]["null_share"] == 0.0125
