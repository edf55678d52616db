"""The two consoles: results on stdout, progress and remarks on stderr; plain text off a terminal."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

from rich.console import Console
from rich.style import Style
from rich.theme import Theme

from stageprint.model import Severity

_OFF_TERMINAL_WIDTH = 120
_THEME = Theme(
    {
        "critical": Style(color="red", bold=True),
        "warning": Style(color="yellow", bold=True),
        "review": Style(color="cyan"),
        "none": Style(dim=True),
        "where": Style(bold=True),
        "remark": Style(dim=True),
        "failed": Style(color="red"),
        "good": Style(color="green"),
    }
)


class _Console(Console):
    def print(self, *objects: Any, **options: Any) -> None:
        """Print; off a terminal without the blanks with which rich fills its lines."""
        if self.is_terminal:
            super().print(*objects, **options)
            return
        with self.capture() as captured:
            super().print(*objects, **options)
        self.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
        self.file.flush()

    def on_broken_pipe(self) -> NoReturn:
        """Leave a closed pipe to the command line; rich would end the program with status 1."""
        raise BrokenPipeError


def make_console(*, stderr: bool = False) -> Console:
    """Return a console for results, or for progress with `stderr`.

    Off a terminal the text is plain and 120 wide (`COLUMNS` decides otherwise), so that a sentence in
    a log file or a mail is not broken at 80.
    """
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else _OFF_TERMINAL_WIDTH
    return _Console(file=stream, theme=_THEME, width=width, highlight=False, markup=False, emoji=False)


def severity_style(severity: str) -> str:
    """Return the style of a severity; a name this release does not know is not styled."""
    return severity if severity in {member.value for member in Severity} else ""
