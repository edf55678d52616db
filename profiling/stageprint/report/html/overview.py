"""The page over all runs: one line a run, the newest first, linked to its report."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stageprint.model import TableKey
from stageprint.model.figures import plural
from stageprint.model.judged import Judged
from stageprint.model.run_state import RunState
from stageprint.report.missing import missing_tables
from stageprint.report.rows import Row, place, worst_of
from stageprint.report.text import words

INDEX: Final = "index.html"
_MAX_FINDINGS: Final = 3
_SAFE: Final = re.compile(r"[A-Za-z0-9+_-][A-Za-z0-9.+_-]*")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.+_-]")


def page_name(run_id: str) -> str:
    """Return the file name of a run's report in a folder of reports: the run's own name where it may be one."""
    if _SAFE.fullmatch(run_id) and run_id.lower() != "index":
        return f"{run_id}.html"
    digest = hashlib.sha256(run_id.encode()).hexdigest()[:8]
    return f"{_UNSAFE.sub('-', run_id).lstrip('.')}-{digest}.html"


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run: its name, its page (None: there is none), its worst state, what to know in words, and its findings."""

    run_id: str
    page: str | None
    style: str
    verdict: str
    findings: tuple[tuple[str, str, str, str], ...]


def run_lines(
    runs: Sequence[Row],
    findings: Sequence[Row],
    states: Mapping[str, RunState],
    checks: Sequence[Row],
    judged: Mapping[str, Mapping[TableKey, Judged]],
    pages: Mapping[str, str],
) -> list[RunLine]:
    """Return the lines of the page.

    Args:
        runs: Rows of `runs`, oldest first.
        findings: Findings of all runs, worst first.
        states: Whether anything can be said of each run.
        checks: Check results of all runs.
        judged: By run, how many columns of each table were judged; a run that is not known is missing.
        pages: The runs that have a page → its file name.
    """
    found: dict[str, list[Row]] = {}
    for finding in findings:
        found.setdefault(finding["run_id"], []).append(finding)
    failed: dict[str, list[Row]] = {}
    for check in checks:
        if check["status"] == "fail":
            failed.setdefault(check["run_id"], []).append(check)
    lacking = missing_tables(findings)
    lines = []
    for row in reversed(runs):
        run, own = row["run_id"], found.get(row["run_id"], [])
        state = states.get(run, RunState.NOT_COMPARED)
        style, verdict = _verdict(state, own, failed.get(run, []), Judged.total(judged.get(run, {}).values()))
        if run in lacking and state is RunState.CURRENT:
            verdict = f"{lacking[run].sentence}; {verdict}"
        shown = tuple(
            (one["severity"], place(one), words(one["cause"]), one["sentence"]) for one in own[:_MAX_FINDINGS]
        )
        lines.append(RunLine(run, pages.get(run), style, verdict, shown))
    return lines


def _verdict(state: RunState, findings: Sequence[Row], failed: Sequence[Row], judged: Judged) -> tuple[str, str]:
    if state is not RunState.CURRENT:
        return "unknown", f"nothing can be said: it {state.sentence}"
    alerts = [one["severity"] for one in (*findings, *failed)]
    # Where everything still learns, "no findings" would be an all-clear about what nobody looked at.
    parts = [plural(len(findings), "finding")] if findings else [] if judged.nothing else ["no findings"]
    if failed:
        parts.append(f"{plural(len(failed), 'check')} failed")
    if judged.learning:
        parts.append(judged.explained)
    quiet = "unknown" if judged.nothing else "good"
    return worst_of(alerts) if alerts else quiet, ", ".join(parts)
