from __future__ import annotations

import pytest

from stageprint import cli
from tests.support.cli import Fakes

Capture = pytest.CaptureFixture[str]
COLUMN = "raw.orders.price"


def test_nothing_is_done_without_yes(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["purge", "--config", config, "--column", COLUMN]) == 2
    assert "cannot be brought back: give --yes" in capsys.readouterr().err
    assert not fakes.calls


def test_what_is_left_until_when_is_said(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["purge", "--config", config, "--column", COLUMN, "--yes"]) == 0
    out = capsys.readouterr().out
    assert "removed 28 rows of shifts\n" in out
    assert "cleared 2 rows of findings" in out
    assert "files of old versions hold it until then" in out
    assert "no byte of it is left" not in out
    assert fakes.calls == [("purge", (COLUMN, False, False))]


def test_with_now_no_byte_is_left(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["purge", "--config", config, "--column", COLUMN, "--yes", "--now"]) == 0
    assert "no byte of it is left in the files of the store" in capsys.readouterr().out
    assert fakes.calls == [("purge", (COLUMN, True, False))]


def test_a_dry_run_only_looks(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["purge", "--config", config, "--column", COLUMN, "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "would remove 28 rows of shifts" in out
    assert "no byte" not in out
    assert fakes.calls == [("purge", (COLUMN, False, True))]
