from __future__ import annotations

import io

import pytest
from rich.table import Table
from rich.text import Text

from stageprint.report.terminal.console import make_console, severity_style


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_row("a", "[b] " * 60)
    return grid


def test_off_a_terminal_it_is_plain_wide_and_without_trailing_blanks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    make_console().print(_grid(), style="critical")
    make_console(stderr=True).print("remark", style="remark")
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert all(line == line.rstrip() and len(line) <= 120 for line in out.splitlines())
    assert max(len(line) for line in out.splitlines()) > 100
    assert err == "remark\n"


def test_the_environment_sets_the_width(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    make_console().print(_grid())
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 50


HOSTILE = "price\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\x7f\r[red]"


@pytest.mark.parametrize("terminal", [True, False])
def test_no_name_steers_the_terminal(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    monkeypatch.setattr("sys.stdout", Stream())
    monkeypatch.setenv("TERM", "xterm")
    console = make_console()
    grid = Table.grid()
    grid.add_row(HOSTILE, Text(HOSTILE, style="critical"))
    console.print(grid)
    console.print(HOSTILE, Text.assemble((HOSTILE, "failed")))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for steering in ("\x1b[2J", "\x1b]0;", "\x07", "\x9b", "\u202e", "\x7f", "\r"):
        assert steering not in shown
    assert "[red]" in shown
    assert ("\x1b[1;31m" in shown) == terminal


def test_on_a_terminal_severities_are_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    make_console().print("x", style=severity_style("critical"))
    assert "\x1b[1;31mx" in terminal.getvalue()


def test_an_unknown_severity_has_no_style() -> None:
    assert severity_style("catastrophic") == ""


def test_a_closed_pipe_is_left_to_the_command_line() -> None:
    with pytest.raises(BrokenPipeError):
        make_console().on_broken_pipe()
