"""Terminal output of one finding in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from stageprint.model.figures import plural
from stageprint.report.evidence import evidence_items
from stageprint.report.faulty_rows import RowQuery
from stageprint.report.next_steps import NextSteps
from stageprint.report.rows import Row, place
from stageprint.report.terminal.findings import findings_table
from stageprint.report.terminal.history import history_table
from stageprint.report.text import share

_CLOSED: Final = frozenset({"resolved", "accepted"})
"""How incidents stand that need nobody."""


def print_finding(
    console: Console,
    finding: Row,
    steps: NextSteps,
    history: Sequence[Row],
    queries: Sequence[str],
    rows: RowQuery | None = None,
) -> None:
    """Print a finding: its sentence, its evidence, its column through the runs, what to do, and SQL.

    Args:
        console: Where to print.
        finding: The finding.
        steps: What to do about it.
        history: Its column's figures run by run, oldest first; empty: it is about no column.
        queries: SQL that shows what it says.
        rows: SQL for the rows that it is about.
    """
    console.print(findings_table([{**finding, "explains": [], "beside": [], "changes": []}]))
    _list(console, f"explains {plural(len(finding['explains'] or ()), 'other shift')}", finding["explains"] or ())
    _list(console, "moved beside it, with findings of their own", finding.get("beside") or ())
    changes = [str(one["text"]) for one in finding.get("changes") or ()]
    _list(console, f"changed in run {finding['first_run']}, a coincidence in time and no proof", changes)
    confidence = finding["confidence"]
    head = "evidence" if confidence is None else f"evidence (confidence {share(confidence)})"
    items = evidence_items(finding["evidence"])
    _list(console, head, [f"{name}: {text}".replace("\n", "\n  ") for name, text in items])
    if history:
        _title(console, f"{place(finding)} through the runs")
        console.print(history_table(history, console.width))
    _list(console, "what it means", [steps.meaning] if steps.meaning else ())
    _list(console, "what to look at first", [f"{at}. {step}" for at, step in enumerate(steps.check, 1)])
    _list(console, "how to mend it", [steps.fix] if steps.fix else ())
    if rows is not None:
        number = f", {rows.number} if the finding is right" if rows.number else ""
        _title(console, f"in Spark SQL: {rows.says}{number}")
        console.print(Text(f"{rows.sql};"), soft_wrap=True)
    if queries:
        _title(console, "in SQL (`stageprint views` makes the views)")
    for query in queries:
        console.print(Text(f"{query};"), soft_wrap=True)
    name, incident = finding["finding_id"], finding.get("incident_id")
    console.print(Text(f"\nits id is {name}: `stageprint accept {name}` takes what it says as the new normal"))
    if incident is not None:
        stands = f" ({finding['incident_status']})" if finding.get("incident_status") else ""
        on_it = (
            ""
            if finding.get("incident_status") in _CLOSED
            else (f": `stageprint incidents ack {incident}` says that somebody is on it")
        )
        console.print(Text(f"its incident is {incident}{stands}{on_it}"))


def _title(console: Console, text: str) -> None:
    console.print(Text(f"\n{text}", style="where"))


def _list(console: Console, title: str, lines: Sequence[str]) -> None:
    if lines:
        _title(console, title)
        for line in lines:
            console.print(Text(f"  {line}"))
