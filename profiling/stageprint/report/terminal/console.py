"""The two consoles: results go to stdout, progress and remarks to stderr; plain text if they are no terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.theme import Theme

from stageprint.model import Severity
from stageprint.report.text import printable

_PLAIN_TEXT_WIDTH_CHARS = 120
_NO_LIMIT = 10_000
"""Characters; more than any line of a table has."""
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
        """Print; without the trailing blanks of rich if the output is no terminal."""
        if self.is_terminal:
            super().print(*objects, **options)
            return
        with self.capture() as captured:
            super().print(*objects, **options)
        self.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
        self.file.flush()

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Yield what is printed; only rich itself steers the terminal, names and values do not."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)

    def on_broken_pipe(self) -> NoReturn:
        """Let the command line handle a closed pipe; rich would end the program with status 1."""
        raise BrokenPipeError


def make_console(*, stderr: bool = False) -> Console:
    """Return a console for results, or with `stderr` one for progress.

    If the output is no terminal, the text is plain and 120 characters wide (or `COLUMNS`, if set), so that a
    sentence in a log file or an e-mail is not broken at 80.
    """
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else _PLAIN_TEXT_WIDTH_CHARS
    return _Console(file=stream, theme=_THEME, width=width, highlight=False, markup=False, emoji=False)


def print_whole(console: Console, table: Table) -> None:
    """Print a table; off a terminal its lines are as long as they need be, so that nothing of a value is cut off.

    `COLUMNS`, if set, limits them there too.
    """
    if not console.is_terminal and not os.environ.get("COLUMNS"):
        needed = console.measure(table, options=console.options.update(width=_NO_LIMIT)).maximum
        console.width = max(console.width, needed)
    console.print(table)


def severity_style(severity: str) -> str:
    """Return the style of a severity; empty for a name that this version does not know."""
    return severity if severity in {member.value for member in Severity} else ""
