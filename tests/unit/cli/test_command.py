"""Every command, also those added later: its help page, its place, and what its file may import."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest

from stageprint import cli
from stageprint.cli.command import Command, Group
from stageprint.cli.program import app
from stageprint.cli.statuses import MEANINGS
from tests.support.cli import Capture


def _commands(group: Group, *path: str) -> Iterator[tuple[tuple[str, ...], Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, Group):
            yield from _commands(found, *path, name)
        else:
            assert isinstance(found, Command)
            yield (*path, name), found


COMMANDS = dict(_commands(app))
each_command = pytest.mark.parametrize("path", COMMANDS, ids=" ".join)


@each_command
def test_its_help_page_is_complete(path: tuple[str, ...], capsys: Capture) -> None:
    assert cli.run([*path, "--help"]) == 0
    page = capsys.readouterr().out
    for part in ("Reads ", "Writes ", "Options:", "Examples:", "Exit status:"):
        assert part in page
    command = COMMANDS[path]
    for example in command.examples:
        assert f"  stageprint {example}\n" in page
    assert all(status in MEANINGS for status in command.statuses)


@each_command
def test_its_first_sentence_fits_one_line(path: tuple[str, ...]) -> None:
    text = COMMANDS[path].short_help or ""
    assert 20 < len(text) <= 64


@each_command
def test_its_examples_are_command_lines_of_its_own(path: tuple[str, ...]) -> None:
    examples = COMMANDS[path].examples
    assert examples
    for example in examples:
        words = [word.strip('"') for word in example.partition(" >")[0].split()]
        assert words[: len(path)] == list(path)
        if '"' not in example:
            COMMANDS[path].make_context(path[-1], words[len(path) :]).close()


def test_the_list_is_in_the_order_of_use() -> None:
    names = app.list_commands(click.Context(app))
    assert names[:6] == ["scan", "diff", "init", "validate", "doctor", "profile"]
    loaded = [app.get_command(click.Context(app), name) for name in names]
    places = [found.place for found in loaded if isinstance(found, Command | Group)]
    assert len(places) == len(names)
    assert all(earlier < later for earlier, later in pairwise(places))


def test_the_name_of_a_command_is_that_of_its_file() -> None:
    for path, command in COMMANDS.items():
        assert command.name == path[-1]
        assert command.callback is not None
        assert command.callback.__module__ == ".".join(["stageprint.cli.commands", *path])


def test_the_help_of_every_command_needs_neither_engine_nor_store_nor_configuration() -> None:
    code = f"""
import sys
for name in ("pyspark", "delta", "deltalake", "jinja2", "pydantic", "yaml", "numpy", "pyarrow"):
    sys.modules[name] = None  # importing it is an error
from stageprint import cli
for path in {[[], ["runs"], *map(list, COMMANDS)]!r}:
    assert cli.run([*path, "--help"]) == 0, path
"""
    done = subprocess.run(  # noqa: S603 -- our own interpreter and code
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": "profiling"},
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 0, done.stderr
