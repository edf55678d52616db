"""Terminal output of ``stageprint incidents``: open ones first, since when, how often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from stageprint.model.figures import plural
from stageprint.report.rows import Row, place
from stageprint.report.terminal.layout import severity_list
from stageprint.report.text import named_runs, some, words

MAX_CLOSED_SHOWN: Final = 10
"""Closed incidents that are shown below the open ones; JSON output has all of them."""

_MAX_EXPLAINED_SHOWN: Final = 6
_CLOSED: Final = {
    "healed": "run {ended} did not have it any more",
    "new level": "its state is what runs are compared with from {ended} on, after {seen} that had it",
    "event": "told once: what is new is what runs are compared with from {ended} on",
    "person": "{why}",
    "removed": "{why}, since run {ended}",
}


def lines_without_incidents(runs: Sequence[str], config_file: str) -> list[str]:
    """Return a line about runs whose findings belong to no incident: an earlier release compared them.

    Args:
        runs: The runs; empty: no line.
        config_file: The configuration, for the command that mends it.
    """
    if not runs:
        return []
    were, have = ("was", "has") if len(runs) == 1 else ("were", "have")
    return [
        f"{named_runs(runs)} {were} compared by a release that kept no incidents, and {have} findings: "
        f"stageprint compare --config {config_file} --all-runs"
    ]


def print_incidents(console: Console, incidents: Sequence[Row], *, all_known: bool = True) -> None:
    """Print incidents: the open ones, the worst first, then the latest closed ones.

    Args:
        console: Where to print.
        incidents: With the keys of `stageprint.model.incident.INCIDENT_KEYS`, open ones first.
        all_known: Whether there is no run of which it is not known what incidents it has.
    """
    opened = [one for one in incidents if is_open(one)]
    closed = [one for one in incidents if not is_open(one)]
    if opened:
        console.print(severity_list((str(one["severity"]), incident_text(one)) for one in opened))
    if closed:
        shown = closed[:MAX_CLOSED_SHOWN]
        left = len(closed) - len(shown)
        console.print(f"closed{f' (the latest {len(shown)} of {len(closed):,})' if left else ''}:", style="remark")
        console.print(severity_list((str(one["status"]), incident_text(one)) for one in shown))
    console.print(tally(len(opened), len(closed), all_known=all_known))


def tally(opened: int, closed: int, *, all_known: bool = True) -> str:
    """Return how many incidents there are: ``2 open incidents, 5 closed``."""
    if not opened and not closed:
        return (
            "no incidents: no compared run has a finding or a failed check" if all_known else "no incidents are known"
        )
    return f"{plural(opened, 'open incident') if opened else 'no open incident'}, {closed:,} closed"


def is_open(incident: Row) -> bool:
    """Return whether an incident needs somebody."""
    return incident["status"] in {"new", "ongoing"}


def incident_text(incident: Row) -> Text:
    """Return an incident as lines: where, what, since when, how often, how it ended, and who said what."""
    kind = incident["class"]
    lines = Text.assemble(
        (place(incident), "where"),
        f"  {words(str(incident['cause']))}",
        f" ({kind})" if kind not in {None, "unknown", "check"} else "",
        f"  {incident['incident_id']}",
    )
    lines.append(f"\n{since_text(incident)}", style="remark")
    lines.append(f"\n{incident['sentence']}")
    explains = list(incident["explains"] or ())
    if explains:
        shown = some(explains, _MAX_EXPLAINED_SHOWN)
        lines.append(f"\nexplains {plural(len(explains), 'other shift')}: {shown}", style="remark")
    checks = list(incident["checks"] or ())
    if checks:
        lines.append(f"\nfails {plural(len(checks), 'check')}: {some(checks, _MAX_EXPLAINED_SHOWN)}", style="remark")
    if incident["acknowledged_at"] is not None and is_open(incident):
        why = incident["acknowledged_why"]
        lines.append(f"\nacknowledged {incident['acknowledged_at']:%Y-%m-%d %H:%M}{f': {why}' if why else ''}")
    for sent in (incident["notified"] or ())[-3:]:
        lines.append(f"\n{sent['event']}: told {sent['to']} {sent['at']:%Y-%m-%d %H:%M}", style="remark")
    return lines


def since_text(incident: Row) -> str:
    """Return since when an incident is there, how often it was seen, and how it ended."""
    since, last = incident["opened_run"], incident["last_run"]
    seen = plural(incident["runs_seen"], "run")
    before = incident["times_before"]
    again = f"; the same was there {plural(before, 'time')} before" if before else ""
    if is_open(incident):
        how = f"new in run {since}" if since == last and incident["runs_seen"] == 1 else f"ongoing since run {since}"
        latest = "" if since == last else f", last in {last}"
        return f"{how}{latest}; seen in {seen}{again}"
    span = f"in run {since}" if since == last else f"from run {since} to {last}"
    ended = _CLOSED.get(str(incident["closed_by"]), "").format(
        ended=incident["ended_run"], seen=seen, why=incident["why"] or "a person said so"
    )
    return f"{incident['status']}: it was there {span}; {ended}{again}"
