from __future__ import annotations

import pytest

from stageprint import cli
from tests.support.cli import Fakes

Capture = pytest.CaptureFixture[str]


def test_nothing_is_deleted_without_yes(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["runs", "delete", "2013-01", "--config", config]) == 2
    assert "cannot be brought back: give --yes to delete" in capsys.readouterr().err
    assert not fakes.calls


def test_rows_and_losses_are_shown(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["runs", "delete", "2013-01", "2013-02", "--config", config, "--yes"]) == 0
    out = capsys.readouterr().out
    assert "note: run 2013-01 began a shift" in out
    assert "deleted 2 runs: 1 row of runs, 3 rows of table_profiles" in out
    assert fakes.calls == [("delete", (["2013-01", "2013-02"], False))]


def test_a_dry_run_only_looks(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["runs", "delete", "2013-01", "--config", config, "--dry-run"]) == 0
    assert "would delete 1 run: 1 row of runs" in capsys.readouterr().out
    assert fakes.calls == [("delete", (["2013-01"], True))]
