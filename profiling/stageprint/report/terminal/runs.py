"""Terminal output of ``stageprint runs list``."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from stageprint.report.rows import Row
from stageprint.report.terminal.console import severity_style
from stageprint.report.terminal.layout import fitted, line_table
from stageprint.report.text import MISSING

_LEAST_FIRST = ("date", "profiled", "previous", "learning", "missing", "failed", "tables", "status")
"""Columns that are left out of a narrow terminal, the least informative first: a run's name often is its date."""


def runs_table(rows: Sequence[Row], width: int) -> Table:
    """Return the runs of a store, one line each.

    Args:
        rows: Rows of `runs`; ``state`` holds a value of `RunState`, ``bad`` the reason a run was marked as bad,
            ``tables_missing`` the tables that the run should hold and has no profile of (None: not compared),
            ``learning`` how many of its columns were judged (None: not known), ``previous`` the run that it is
            compared with first, ``severity`` the highest of its findings (None: nothing can be said).
        width: Characters available; what does not fit is left out, and the caption says so.
    """
    table = line_table()
    for title in (
        "run",
        "date",
        "status",
        "tables",
        "failed",
        "missing",
        "profiled",
        "compared",
        "learning",
        "previous",
    ):
        figure = title in {"tables", "failed", "missing", "learning"}
        table.add_column(title, justify="right" if figure else "left", no_wrap=True)
    table.add_column("bad", overflow="fold")
    for row in rows:
        ended, learning = row["ended_at"], row["learning"]
        table.add_row(
            row["run_id"],
            str(row["logical_date"] or ""),
            "merged" if row["merged"] else row["status"],
            str(row["tables_profiled"]),
            str(row["tables_failed"]),
            MISSING if row["tables_missing"] is None else str(len(row["tables_missing"])),
            "" if ended is None else f"{ended:%Y-%m-%d %H:%M}",
            _found(row["state"], row["severity"]),
            MISSING if learning is None else f"{learning['learning']:,} of {learning['columns']:,}",
            row["previous"] or "",
            row["bad"] or "",
        )
    return fitted(table, width, _LEAST_FIRST)


def _found(state: str, severity: str | None) -> Text:
    """Return the state of a run, or in place of ``current`` the worst severity of its findings: the line is short."""
    if severity in {None, "none"}:
        return Text(state)
    return Text(str(severity), style=severity_style(str(severity)))
