"""The two layouts of terminal output: a table with one line per row, and a list of entries beside their severity."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.table import Table
from rich.text import Text

from stageprint.report.terminal.console import severity_style


def line_table(first: str = "", *numbers: str) -> Table:
    """Return a table whose rows are single lines.

    Args:
        first: Title of the leftmost column; without it the table starts without columns.
        numbers: Titles of the columns after it, aligned to the right.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    if first:
        table.add_column(first, no_wrap=True)
    for title in numbers:
        table.add_column(title, justify="right", no_wrap=True)
    return table


def severity_list(entries: Iterable[tuple[str, Text]]) -> Table:
    """Return entries one below the other, each with its severity to the left of its text.

    Args:
        entries: Severity and text of each entry, in the order to show.
    """
    grid = Table.grid(padding=(0, 2, 1, 0), expand=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for severity, text in entries:
        grid.add_row(Text(severity.upper(), style=severity_style(severity)), text)
    return grid
