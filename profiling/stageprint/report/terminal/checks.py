"""Terminal output of check results: the checks that failed, worst first, and how many passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from stageprint.model import Severity
from stageprint.model.figures import plural
from stageprint.report.rows import Row, place
from stageprint.report.terminal.layout import severity_list
from stageprint.report.text import some

_STATUS_WORDS: Final = (("fail", "failed"), ("not_computable", "not computable"), ("pass", "passed"))


def print_failed_checks(console: Console, checks: Sequence[Row], runs: Sequence[str] = ()) -> None:
    """Print the checks that failed, worst first; a check that failed in several runs is one entry.

    Args:
        console: Where to print.
        checks: Results with the keys of `stageprint.report.json_output.CHECK_KEYS`.
        runs: Runs, oldest first; without them `checks` are in the order of their runs.
    """
    order = {run: index for index, run in enumerate(runs)}
    checks = sorted(checks, key=lambda row: order.get(row["run_id"], 0))
    failed: dict[tuple[Any, ...], list[Row]] = {}
    for row in checks:
        if row["status"] == "fail":
            failed.setdefault((place(row), row["check"], row["expected"], row["severity"]), []).append(row)
    if failed:
        worst_first = sorted(failed.values(), key=lambda rows: -Severity(rows[0]["severity"]).rank)
        console.print(severity_list((str(rows[0]["severity"]), _failed_text(rows)) for rows in worst_first))


def checks_tally(statuses: Sequence[str]) -> str:
    """Return the number of checks by status: ``9 checks (1 failed, 2 not computable, 6 passed)``."""
    counts = Counter(statuses)
    parts = ", ".join(f"{counts[status]:,} {word}" for status, word in _STATUS_WORDS if counts[status])
    return f"{plural(len(statuses), 'check')}{f' ({parts})' if parts else ''}"


def _failed_text(rows: Sequence[Row]) -> Text:
    """Return one entry about a check's failures; its figures are those of the latest run."""
    newest, runs = rows[-1], [str(row["run_id"]) for row in rows]
    when = f"run {runs[0]}" if len(runs) == 1 else f"{plural(len(runs), 'run')}: {some(runs)}"
    lines = Text.assemble((place(newest), "where"), f"  check {newest['check']} failed  {when}")
    lines.append(f"\nexpected {newest['expected']}, found {newest['observed']}")
    if len(runs) > 1:
        lines.append(f" (run {runs[-1]})")
    return lines
