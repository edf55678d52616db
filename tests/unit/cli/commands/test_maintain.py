from __future__ import annotations

import json

import pytest

from stageprint import cli
from tests.support.cli import Fakes

Capture = pytest.CaptureFixture[str]


def test_what_was_removed_kept_and_saved_is_shown(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["maintain", "--config", config]) == 0
    out = capsys.readouterr().out
    assert "run 2013-01 removed: not among the newest 2 runs" in out
    assert "run 2013-02 kept: it is marked as bad: test data" in out
    assert "table raw.orders removed from 1 run (2013-03)" in out
    assert "note: 2 runs are left" in out
    assert "1 run removed; 5 rows of stopped commands; 600 files (5.7 MiB), now 9 (4.8 MiB)" in out
    assert fakes.calls == [("maintain", (False, False, False))]


def test_a_dry_run_says_would(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["maintain", "--config", config, "--dry-run", "--include-marked", "--now"]) == 0
    out = capsys.readouterr().out
    assert "run 2013-01 would be removed" in out
    assert "now 9" not in out
    assert fakes.calls == [("maintain", (True, True, True))]


@pytest.mark.usefixtures("fakes")
def test_json_is_a_list_of_objects(config: str, capsys: Capture) -> None:
    assert cli.run(["maintain", "--config", config, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["what"] for row in rows] == ["run", "run", "table", "result_table", "note"]
    assert rows[0] == {
        "what": "run",
        "run_id": "2013-01",
        "removed": True,
        "reason": "not among the newest 2 runs",
    }
    assert (rows[3]["files_before"], rows[3]["files_after"], rows[3]["all_bytes_after"]) == (600, 9, 6_000_000)
