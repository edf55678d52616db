from __future__ import annotations

import pytest

from stageprint import cli
from tests.support.cli import Capture, Fakes


def test_a_run_is_marked_and_the_mark_is_removed(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["runs", "mark", "2013-01", "-c", config, "--bad", "half a load"]) == 0
    assert fakes.marks.bad["2013-01"] == "half a load"
    assert cli.run(["runs", "mark", "2013-01", "-c", config, "--good"]) == 0
    assert "2013-01" not in fakes.marks.bad
    assert cli.run(["runs", "mark", "2013-01", "-c", config, "--good"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "run 2013-01 is marked as bad, no run is compared with it: half a load",
        "run 2013-01 is no longer marked as bad",
        "run 2013-01 was not marked",
    ]


@pytest.mark.parametrize("words", [[], ["--bad", "why", "--good"], ["--bad", ""]])
def test_either_bad_with_a_reason_or_good(words: list[str], fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["runs", "mark", "2013-01", "-c", config, *words]) == 2
    assert capsys.readouterr().err == 'expected either --bad "WHY" with a reason, or --good\n'
    assert fakes.marks.bad == {"2013-02": "test data"}


def test_an_option_without_its_value_names_the_command(config: str, capsys: Capture) -> None:
    assert cli.run(["runs", "mark", "2013-01", "-c", config, "--bad"]) == 2
    assert capsys.readouterr().err.startswith("stageprint runs mark: Option '--bad' requires an argument")
