"""Terminal output of findings: what broke, worst first, or which runs have nothing to show and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console, RenderableType
from rich.text import Text

from stageprint.model import Severity, TableKey
from stageprint.model.change import changes_line
from stageprint.model.coverage import MIN_EARLIER_RUNS
from stageprint.model.figures import plural
from stageprint.model.judged import Judged
from stageprint.model.run_state import RunState
from stageprint.report.beside import folded
from stageprint.report.rows import Row, place
from stageprint.report.terminal.checks import checks_tally, print_failed_checks
from stageprint.report.terminal.layout import severity_list
from stageprint.report.text import named_runs, some, words

_MAX_EXPLAINED_SHOWN = 6
_MAX_BESIDE_SHOWN = 6
_MAX_RUNS_IN_COMMAND = 3
_ID_SHOWN = 8
"""Characters of a finding's id that are shown, with which `show` and `accept` find it."""
_PLURALS = (
    (r"^has\b", "have"),
    (r"^was\b", "were"),
    (r"^is\b", "are"),
    (r"\bit was\b", "they were"),
    (r"\bits\b", "their"),
)
_WORST_FIRST = [severity.value for severity in sorted(Severity, key=lambda severity: -severity.rank)][:-1]


def findings_table(findings: Sequence[Row]) -> RenderableType:
    """Return findings in the order given: severity on the left; place, id, sentence and consequences on the right.

    Findings about columns that moved beside another one are lines of that finding.
    """
    shown = folded(findings)
    return severity_list((str(finding["severity"]), _finding_text(finding, beside)) for finding, beside in shown)


def findings_tally(severities: Sequence[str]) -> str:
    """Return the number of findings by severity: ``2 findings (1 critical, 1 warning)``."""
    if not severities:
        return "no findings"
    counts = Counter(severities)
    ordered = [name for name in dict.fromkeys((*_WORST_FIRST, *sorted(counts))) if name in counts]
    parts = ", ".join(f"{counts[name]} {name}" for name in ordered)
    return f"{plural(len(severities), 'finding')} ({parts})"


def print_findings(console: Console, findings: Sequence[Row], checks: Sequence[Row], known: Sequence[str]) -> None:
    """Print findings, then failed checks, then how many of both there are.

    Args:
        console: Where to print.
        findings: Rows with the keys of `stageprint.model.finding.FINDING_KEYS`, in the order to show.
        checks: Check results of the same runs, passed ones too.
        known: All runs of the store, oldest first.
    """
    if findings:
        console.print(findings_table(findings))
    print_failed_checks(console, checks, known)
    tallies = []
    if findings:
        tallies.append(findings_tally([row["severity"] for row in findings]))
    if checks:
        tallies.append(checks_tally([row["status"] for row in checks]))
    if tallies:
        console.print("; ".join(tallies))


def print_nothing_found(
    console: Console,
    runs: Sequence[str],
    known: Sequence[str],
    compared: Mapping[str, Row],
    judged: Mapping[str, Judged],
) -> None:
    """Print that runs which were compared have no findings, and with what they were compared.

    Of columns that are still learning, nothing is said here: see `stageprint.report.learning`.

    Args:
        console: Where to print.
        runs: The runs.
        known: All runs of the store, oldest first.
        compared: For each of them: `columns` and `tables` (numbers with a result) and `baseline`.
        judged: How many of their columns were judged; a run that an earlier release compared is missing.
    """
    runs = [run for run in runs if run not in judged or not judged[run].nothing]
    if not runs:
        return
    counts = [compared.get(run, {"columns": 0, "baseline": "auto"}) for run in runs]
    columns, tables = (sum(int(one.get(name, 0)) for one in counts) for name in ("columns", "tables"))
    what = f"{plural(columns, 'column')} of {plural(tables, 'table')}"
    known_learning = Judged.total(judged[run] for run in runs if run in judged)
    which = (
        f" in the {plural(known_learning.whole_rule, 'column')} with enough earlier runs"
        if known_learning.learning
        else ""
    )
    if len(runs) > 1:
        console.print(f"no findings{which} for {plural(len(runs), 'run')} (compared {what})")
        return
    baseline = str(counts[0]["baseline"])
    earlier = known.index(runs[0])
    learning = runs[0] not in judged and baseline == "auto" and earlier < MIN_EARLIER_RUNS
    few = ": too few to say what is usual, so only fixed rules applied" if learning else ""
    against = f"with {plural(earlier, 'earlier run')}" if baseline == "auto" else f"against {baseline}"
    console.print(f"no findings{which} for run {runs[0]} (compared {what} {against}{few})")


def print_unclear(console: Console, lines: Sequence[str]) -> None:
    """Print what must be known before anything else: see `unclear_lines` and `failed_again_lines`."""
    for line in lines:
        console.print(line, style="warning", soft_wrap=True)


def failed_again_lines(failed: Mapping[str, Mapping[TableKey, str]]) -> list[str]:
    """Return one line for each table that could not be profiled again.

    Args:
        failed: Run → the tables, each with the error.
    """
    return [
        f"run {run}: {key} could not be profiled again ({error}); what is said of it is about its earlier profile"
        for run, tables in failed.items()
        for key, error in tables.items()
    ]


def print_missing(console: Console, missing: Mapping[str, str]) -> None:
    """Print what runs lack, one unbroken line a run.

    Args:
        console: Where to print.
        missing: Run → what it lacks, in words.
    """
    for line in missing_lines(missing):
        console.print(line, style="failed", soft_wrap=True)


def missing_lines(missing: Mapping[str, str]) -> list[str]:
    """Return one line for each run that lacks tables."""
    return [f"run {run}: {sentence}" for run, sentence in missing.items()]


def unclear_lines(unclear: Mapping[str, RunState], config_file: str) -> list[str]:
    """Return one line for each state that runs are in, with the command that ends it."""
    by_state: dict[RunState, list[str]] = {}
    for run, state in unclear.items():
        by_state.setdefault(state, []).append(run)
    lines = []
    for state, runs in by_state.items():
        sentence = state.sentence if len(runs) == 1 else _of_several(state.sentence)
        names = " ".join(f"--run {run}" for run in runs[:_MAX_RUNS_IN_COMMAND])
        more = " …" if len(runs) > _MAX_RUNS_IN_COMMAND else ""
        lines.append(f"{named_runs(runs)} {sentence}: stageprint {state.remedy} --config {config_file} {names}{more}")
    return lines


def _of_several(sentence: str) -> str:
    """Return a sentence about one run as one about several."""
    for one, several in _PLURALS:
        sentence = re.sub(one, several, sentence)
    return sentence


def _finding_text(finding: Row, beside: Sequence[Row]) -> Text:
    run, kind = finding["run_id"], finding["class"]
    lines = Text.assemble(
        (place(finding), "where"),
        f"  {words(str(finding['cause']))}",
        f" ({kind})" if kind not in {None, "unknown"} else "",
        f"  run {run}",
        _since(finding),
        (f"  {finding['finding_id'][:_ID_SHOWN]}", "remark"),
    )
    lines.append(f"\n{finding['sentence']}")
    explains = list(finding["explains"] or ())
    if explains:
        shown = some(explains, _MAX_EXPLAINED_SHOWN)
        lines.append(f"\nexplains {plural(len(explains), 'other shift')}: {shown}", style="remark")
    alternatives = list(finding["alternatives"] or ())
    if alternatives:
        lines.append(f"\ncould also be: {some([words(name) for name in alternatives])}", style="remark")
    changed = changes_line(finding.get("changes"))
    if changed is not None:
        lines.append(f"\n{changed}", style="remark")
    for other in beside[:_MAX_BESIDE_SHOWN]:
        lines.append(f"\nbeside it, {other['severity']}: ", style="remark")
        lines.append(place(other), "where")
        lines.append(f"  {words(str(other['cause']))}: {other['sentence']}")
    if len(beside) > _MAX_BESIDE_SHOWN:
        lines.append(f"\nand {plural(len(beside) - _MAX_BESIDE_SHOWN, 'other finding')} beside it", style="remark")
    return lines


def _since(finding: Row) -> str:
    """Return since when a finding is there, and how its incident stands now where that is known."""
    since, run = finding["first_run"], finding["run_id"]
    status, stands = finding.get("status"), finding.get("incident_status")
    is_new = status == "new" if status is not None else since == run
    if is_new:
        told = ", new in this run"
    elif since in {None, run}:
        told = "" if status is None else ", ongoing"
    else:
        told = f", ongoing since {since}" if status is not None else f", since {since}"
    return told if stands in {None, "new", "ongoing"} else f"{told}; {stands} since"
