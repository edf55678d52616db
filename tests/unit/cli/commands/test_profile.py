from __future__ import annotations

from typing import get_args

import click

from stageprint import cli
from stageprint.cli.commands.profile import profile
from stageprint.config.sources import ReadPath
from stageprint.model.outcomes import ProfileOutcome
from tests.support.cli import RUNS, Capture, Fakes, table_outcome


def test_results_go_to_stdout_and_progress_to_stderr(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["profile", "-c", config, "--run", "2013-05"]) == 0
    out, err = capsys.readouterr()
    assert fakes.calls == [("profile", (["2013-05"], (), ()))]
    assert err == "tables (1)\n[1/1] 2013-05 raw.orders ok 28,796 rows, 19 columns, 1.4 s\n"
    assert out.startswith("shop · run 2013-05 · store ./observability\n")
    assert out.endswith("profiled 1 table of 1 run in 4.2 s\n")
    assert "\x1b" not in out + err


def test_options_are_handed_on(fakes: Fakes, config: str) -> None:
    words = ["profile", "-c", config, "--run", "2013-05", "--run", "2013-04", "--run", "2013-05"]
    assert cli.run([*words, "--stage", "raw", "--stage", "joined", "--table", "orders"]) == 0
    assert fakes.calls == [("profile", (["2013-05", "2013-04"], ("raw", "joined"), ("orders",)))]
    assert cli.run([*words, "--engine", "arrow"]) == 0
    assert fakes.engines == [None, "arrow"]


def test_all_runs_are_those_the_sources_hold(fakes: Fakes, config: str) -> None:
    assert cli.run(["profile", "-c", config, "--all-runs"]) == 0
    assert fakes.calls == [("profile", (RUNS, (), ()))]


def test_a_failed_table_is_status_3_and_is_named(fakes: Fakes, config: str, capsys: Capture) -> None:
    broken = table_outcome("2013-05", "csv source 'x.csv' is not there", "customers")
    fakes.profiled = ProfileOutcome([table_outcome("2013-05"), broken], "./observability", 1.0)
    assert cli.run(["profile", "-c", config, "--run", "2013-05"]) == 3
    out, err = capsys.readouterr()
    assert "failed: 2013-05 raw.customers csv source 'x.csv' is not there" in out
    assert out.endswith("profiled 1 table of 1 run in 1.0 s; 1 table failed\n")
    assert "[2/2] 2013-05 raw.customers failed csv source" in err


def test_the_runs_of_sources_without_any(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.listed = []
    assert cli.run(["profile", "-c", config, "--all-runs"]) == 2
    assert "the sources hold no run yet" in capsys.readouterr().err


def test_the_ways_of_reading_are_those_of_the_configuration() -> None:
    (option,) = [option for option in profile.params if option.name == "engine"]
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == get_args(ReadPath)
