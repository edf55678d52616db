"""A command is one file: the list of commands, its help page and its errors follow by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import stageprint.cli.commands
from stageprint import cli
from tests.support.plugins import one_more_file

NAME: Final = "count_stages"
FILE: Final = '''
"""``stageprint count-stages``."""

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import write
from stageprint.cli.statuses import DONE


@command(
    place=15,
    reads="the configuration",
    writes="nothing",
    examples=("count-stages --config shop.yml",),
    statuses={DONE: "The stages were counted."},
)
@options.config
def count_stages(config_file: str) -> int:
    """Print how many stages a pipeline has.

    Tables are not counted.
    """
    write(str(len(wiring.load_config(config_file).stages)))
    return DONE
'''
CONFIG: Final = """\
pipeline: shop
store: ./observability
stages:
  - {name: raw, tables: [{name: orders, source: {table: a}}]}
  - {name: joined, upstream: [raw], tables: [{name: orders, source: {table: b}}]}
"""

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def one_more(tmp_path: Path) -> Iterator[None]:
    with one_more_file(stageprint.cli.commands, NAME, FILE, tmp_path, ()):
        yield


def _listed(capsys: Capture) -> list[str]:
    assert cli.run(["--help"]) == 0
    commands = capsys.readouterr().out.partition("Commands:\n")[2].partition("\n\n")[0]
    return [line.split()[0] for line in commands.splitlines() if line[2] != " "]


@pytest.mark.usefixtures("one_more")
def test_it_is_listed_at_its_place(capsys: Capture) -> None:
    listed = _listed(capsys)
    assert listed[listed.index("count-stages") - 1] == "profile"


@pytest.mark.usefixtures("one_more")
def test_it_has_a_help_page(capsys: Capture) -> None:
    assert cli.run(["count-stages", "--help"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("Usage: stageprint count-stages [OPTIONS]\n\n  Print how many stages a pipeline has.\n")
    assert "Tables are not counted." in page
    assert "0  The stages were counted." in page
    assert "2  Wrong usage or configuration" in page


@pytest.mark.usefixtures("one_more")
def test_it_runs(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "shop.yml"
    file.write_text(CONFIG, encoding="utf-8")
    assert cli.run(["count-stages", "--config", str(file)]) == 0
    assert capsys.readouterr().out == "2\n"


@pytest.mark.usefixtures("one_more")
def test_its_mistakes_are_reported_like_those_of_the_others(capsys: Capture) -> None:
    assert cli.run(["count-stages"]) == 2
    assert cli.run(["count-stages", "--config"]) == 2
    assert cli.run(["count-stage", "--config", "x"]) == 2
    first, second, third = capsys.readouterr().err.splitlines()
    assert first.startswith("stageprint count-stages: no configuration: expected --config FILE, $STAGEPRINT_CONFIG, or")
    assert first.endswith(" (help: stageprint count-stages --help)")
    assert second.startswith("stageprint count-stages: Option '--config' requires an argument")
    assert third.startswith("stageprint: no such command 'count-stage' – did you mean 'count-stages'?")


def test_it_is_gone_again(capsys: Capture) -> None:
    assert "count-stages" not in _listed(capsys)
    assert cli.run(["count-stages"]) == 2
