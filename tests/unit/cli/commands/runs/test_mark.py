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
    later = "2 later runs (2013-02, 2013-03) were compared before this: compare again, oldest first, to heed it"
    assert capsys.readouterr().out.splitlines() == [
        "run 2013-01 is marked as bad, no run is compared with it: half a load",
        later,
        "run 2013-01 is no longer marked as bad",
        later,
        "run 2013-01 was not marked",
    ]


def test_without_a_later_run_that_was_compared_none_is_named(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.store.compared_rows = {"2013-02": {"columns": 1, "baseline": "auto"}}
    assert cli.run(["runs", "mark", "2013-02", "-c", config, "--bad", "half a load"]) == 0
    assert cli.run(["runs", "mark", "2013-01", "-c", config, "--bad", "half a load"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if "again" in line] == [
        "run 2013-02 was compared before this: compare again, oldest first, to heed it"
    ]


@pytest.mark.parametrize("words", [[], ["--bad", "why", "--good"], ["--bad", ""]])
def test_either_bad_with_a_reason_or_good(words: list[str], fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["runs", "mark", "2013-01", "-c", config, *words]) == 2
    assert capsys.readouterr().err == 'expected either --bad "WHY" with a reason, or --good\n'
    assert fakes.marks.bad == {"2013-02": "test data"}


def test_an_option_without_its_value_names_the_command(config: str, capsys: Capture) -> None:
    assert cli.run(["runs", "mark", "2013-01", "-c", config, "--bad"]) == 2
    assert capsys.readouterr().err.startswith("stageprint runs mark: Option '--bad' requires an argument")
