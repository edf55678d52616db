"""Terminal output of a profile: one line a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from stageprint.report.columns import HEADS, column_cells
from stageprint.report.terminal.history import flag
from stageprint.report.terminal.layout import line_table


def columns_table(columns: Sequence[Mapping[str, Any]], *, flagged: bool = False) -> Table:
    """Return the columns of a profile, one a line.

    Args:
        columns: Rows of `column_profiles`, in the order to show.
        flagged: Whether the worst shift of each column is shown too.
    """
    table = line_table()
    for head in HEADS:
        # Where all do not fit, rich shortens those columns that may wrap; their cells are of one line all the same.
        title = Text(head.title, no_wrap=True, overflow="ellipsis")
        table.add_column(title, justify="left" if head.text else "right", no_wrap=not head.may_be_cut)
    if flagged:
        table.add_column("flagged", overflow="fold")
    for column in columns:
        cells = [Text(cell, no_wrap=True, overflow="ellipsis") for cell in column_cells(column)]
        table.add_row(*cells, *([flag(column)] if flagged else []))
    return table
