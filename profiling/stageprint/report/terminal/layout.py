"""The two layouts of terminal output: a table with one line per row, and a list of entries beside their severity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from stageprint.report.terminal.console import severity_style

GAP_CHARS: Final = 3
"""Characters between two columns of `line_table`."""

MIN_TEXT_CHARS: Final = 24
"""Characters that a column of longer texts, which go on in the next line, has at least."""


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


def fitted(table: Table, width: int, least_first: Sequence[str]) -> Table:
    """Return a table without the columns that its width has no room for; its caption names them.

    Args:
        table: Rows of single lines.
        width: Characters available.
        least_first: Titles of the columns that may be left out, the least informative first.
    """
    natural = {}
    for column in table.columns:
        longest = max(cell_len(str(text)) for text in (column.header, *column.cells))
        natural[str(column.header)] = GAP_CHARS + (longest if column.no_wrap else min(longest, MIN_TEXT_CHARS))
    left_out: list[str] = []
    while sum(natural.values()) - GAP_CHARS > width and len(left_out) < len(least_first):
        left_out.append(least_first[len(left_out)])
        natural.pop(left_out[-1], None)
    if not left_out:
        return table
    kept = [column for column in table.columns if str(column.header) not in left_out]
    found = line_table()
    for column in kept:
        found.add_column(column.header, justify=column.justify, no_wrap=column.no_wrap, overflow=column.overflow)
    for cells in zip(*(column.cells for column in kept), strict=True):
        found.add_row(*cells)
    found.caption, found.caption_justify = f"left out for lack of room: {', '.join(left_out)}", "left"
    return found


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
