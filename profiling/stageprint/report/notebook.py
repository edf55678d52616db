"""How profiles and comparisons show themselves in a notebook and at a prompt: as text, and as HTML."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stageprint.model.figures import plural
from stageprint.report.columns import HEADS, column_cells
from stageprint.report.rows import place
from stageprint.report.terminal.columns import columns_table
from stageprint.report.terminal.console import print_whole
from stageprint.report.terminal.findings import findings_tally
from stageprint.report.terminal.layout import severity_list
from stageprint.report.text import printable, words

_WIDTH_CHARS: Final = 120
"""Where the output is no terminal, such as in a notebook, and `COLUMNS` is not set."""
_NUMBER: Final = ' style="text-align: right"'


def columns_text(name: str, rows: int, columns: Sequence[Mapping[str, Any]], notes: Iterable[str]) -> str:
    """Return a profile as text: a headline, one line a column, and notes.

    Args:
        name: What the table is called.
        rows: Its number of rows.
        columns: Rows of `column_profiles`.
        notes: What was found besides the rows.
    """
    return "\n".join([_headline(name, rows, len(columns)), _table(columns_table(columns)), *map(_note, notes)])


def columns_html(name: str, rows: int, columns: Sequence[Mapping[str, Any]], notes: Iterable[str]) -> str:
    """Return a profile as HTML; see `columns_text`. Everything from the data is escaped."""
    aligned = ["" if head.text else _NUMBER for head in HEADS]
    head = "".join(f"<th{how}>{escape(one.title)}</th>" for one, how in zip(HEADS, aligned, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f"<td{how}>{_safe(cell)}</td>" for cell, how in zip(column_cells(column), aligned, strict=True))
        + "</tr>"
        for column in columns
    )
    return (
        f"<p><b>{_safe(_headline(name, rows, len(columns)))}</b></p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        + "".join(f"<p>{_safe(_note(note))}</p>" for note in notes)
    )


def findings_text(name: str, columns: int, findings: Sequence[Mapping[str, Any]], *, with_stages: bool = False) -> str:
    """Return findings as text, worst first, or that there are none.

    Args:
        name: What was compared, such as the table.
        columns: Number of its columns.
        findings: Rows of `findings`.
        with_stages: Whether there are several stages, whose names then stand before those of tables.
    """
    if not findings:
        return _nothing(name, columns)
    where = place if with_stages else _where
    entries = ((str(row["severity"]), _entry(row, where(row))) for row in findings)
    shown = severity_list(entries)
    return f"{_drawn(lambda console: console.print(shown))}\n{_tally(findings)}"


def findings_html(name: str, columns: int, findings: Sequence[Mapping[str, Any]]) -> str:
    """Return findings as HTML; see `findings_text`. Everything from the data is escaped."""
    if not findings:
        return f"<p>{_safe(_nothing(name, columns))}</p>"
    rows = "".join(
        f"<tr><td><b>{_safe(str(row['severity']).upper())}</b></td><td><b>{_safe(_where(row))}</b> "
        f"{_safe(words(str(row['cause'])))}<br>{_safe(str(row['sentence']))}</td></tr>"
        for row in findings
    )
    return f"<table><tbody>{rows}</tbody></table><p>{_safe(_tally(findings))}</p>"


def _entry(row: Mapping[str, Any], where: str) -> Text:
    return Text(f"{where}  {words(str(row['cause']))}\n{row['sentence']}")


def _nothing(name: str, columns: int) -> str:
    return f"no findings: {plural(columns, 'column')} of {name} compared; only what is gross or exact shows at once"


def _tally(findings: Sequence[Mapping[str, Any]]) -> str:
    return findings_tally([str(row["severity"]) for row in findings])


def _where(row: Mapping[str, Any]) -> str:
    return str(row["table"]) if row.get("column") is None else f"{row['table']}.{row['column']}"


def _headline(name: str, rows: int, columns: int) -> str:
    return f"{name}: {plural(rows, 'row')}, {plural(columns, 'column')}"


def _note(note: str) -> str:
    return f"note: {note}"


def _safe(text: str) -> str:
    return escape(printable(text))


def _width() -> int | None:
    """Return the width of the terminal, or what `COLUMNS` says; None: there is neither."""
    known = sys.stdout.isatty() or os.environ.get("COLUMNS")
    return shutil.get_terminal_size().columns if known else None


def _table(shown: Table) -> str:
    width = _width()
    return _drawn(lambda console: print_whole(console, shown) if width is None else console.print(shown))


def _drawn(draw: Callable[[Console], None]) -> str:
    target = io.StringIO()
    # In a notebook rich shows what it prints there as well, in place of the file, unless it is told not to.
    console = Console(
        file=target,
        width=_width() or _WIDTH_CHARS,
        highlight=False,
        markup=False,
        emoji=False,
        color_system=None,
        force_jupyter=False,
    )
    draw(console)
    # `Text` keeps characters that steer a terminal.
    return "\n".join(printable(line).rstrip() for line in target.getvalue().split("\n")).rstrip("\n")
