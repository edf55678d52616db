"""Terminal output of ``stageprint status``."""

from __future__ import annotations

import datetime as dt

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stageprint.model.figures import plural
from stageprint.model.run_status import RunStatus, StatusVerdict
from stageprint.report.text import MISSING, some

_STYLES = {StatusVerdict.WELL: "bold green", StatusVerdict.UNKNOWN: "bold yellow"}
_ALARM = "bold red"


def print_status(console: Console, status: RunStatus) -> None:
    """Print the verdict with its sentence, then the facts about the run."""
    console.print(
        Text.assemble((status.verdict.value.upper(), _STYLES.get(status.verdict, _ALARM)), "  ", status.sentence)
    )
    if status.state is not None:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for title, text in _facts(status):
            grid.add_row(title, text)
        console.print(grid)
    for note in status.notes:
        console.print(Text(f"note: {note}"))


def _facts(status: RunStatus) -> list[tuple[str, str]]:
    return [
        ("run", str(status.run_id)),
        ("profiled", _shown(status.profiled_at)),
        ("compared", f"{_shown(status.compared_at)}, {status.state}"),
        ("tables", f"{status.tables_profiled} profiled{_listed(status)}"),
        *([("learning", str(status.learning["sentence"]))] if status.learning and status.learning["learning"] else []),
        ("findings", _findings(status)),
        *([("expected by", status.expected_by)] if status.expected_by is not None else []),
    ]


def _findings(status: RunStatus) -> str:
    known = [(status.findings, "finding"), (status.failed_checks, "failed check")]
    counts = [plural(number, what) for number, what in known if number is not None]
    if not counts:
        return f"{MISSING}, {status.state}"
    worst = "none" if status.worst_severity is None else f"at worst {status.worst_severity}"
    return f"{', '.join(counts)}; {worst}"


def _listed(status: RunStatus) -> str:
    named = [("failed", status.tables_failed), ("missing", status.tables_missing)]
    return "".join(f", {len(tables)} {what} ({some(tables)})" for what, tables in named if tables)


def _shown(moment: dt.datetime | None) -> str:
    return MISSING if moment is None else f"{moment.astimezone(dt.timezone.utc):%Y-%m-%d %H:%M} UTC"
