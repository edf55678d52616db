"""Terminal output of findings: what broke, worst first, or which runs have nothing to show and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console, RenderableType
from rich.text import Text

from stageprint.model import Severity
from stageprint.report.rows import Row, place
from stageprint.report.terminal.checks import checks_tally, print_failed_checks
from stageprint.report.terminal.layout import severity_list
from stageprint.report.text import plural, some, words

_MAX_EXPLAINED_SHOWN = 6
_WORST_FIRST = [severity.value for severity in sorted(Severity, key=lambda severity: -severity.rank)][:-1]


def findings_table(findings: Sequence[Row]) -> RenderableType:
    """Return findings in the order given: severity on the left; place, sentence and consequences on the right."""
    return severity_list((str(finding["severity"]), _finding_text(finding)) for finding in findings)


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
    console: Console, runs: Sequence[str], known: Sequence[str], compared: Mapping[str, Row], config_file: str
) -> None:
    """Print that there are no findings for the compared runs, and how to compare the others.

    Args:
        console: Where to print.
        runs: Runs asked for.
        known: All runs of the store, oldest first.
        compared: For each run that was compared: `columns` (number with a result) and `baseline`.
        config_file: The configuration, shown in the suggested command.
    """
    done = [run for run in runs if run in compared]
    if len(done) == 1:
        columns, baseline = int(compared[done[0]]["columns"]), str(compared[done[0]]["baseline"])
        earlier = known.index(done[0])
        against = f"with {plural(earlier, 'earlier run')}" if baseline == "auto" else f"against {baseline}"
        console.print(f"no findings for run {done[0]} (compared {plural(columns, 'column')} {against})")
    elif done:
        columns = sum(int(compared[run]["columns"]) for run in done)
        console.print(f"no findings for {plural(len(done), 'run')} (compared {plural(columns, 'column')})")
    missing = [run for run in runs if run not in compared]
    if missing:
        what = f"run {missing[0]} has" if len(missing) == 1 else f"{plural(len(missing), 'run')} ({some(missing)}) have"
        command = f"stageprint compare --config {config_file} --run {missing[0]}"
        console.print(f"{what} not been compared yet: {command}", soft_wrap=True)


def _finding_text(finding: Row) -> Text:
    since, run = finding["first_run"], finding["run_id"]
    kind = finding["class"]
    lines = Text.assemble(
        (place(finding), "where"),
        f"  {words(str(finding['cause']))}",
        f" ({kind})" if kind not in {None, "unknown"} else "",
        f"  run {run}",
        f", since {since}" if since not in {None, run} else ", new in this run" if since == run else "",
    )
    lines.append(f"\n{finding['sentence']}")
    explains = list(finding["explains"] or ())
    if explains:
        shown = some(explains, _MAX_EXPLAINED_SHOWN)
        lines.append(f"\nexplains {plural(len(explains), 'other shift')}: {shown}", style="remark")
    alternatives = list(finding["alternatives"] or ())
    if alternatives:
        lines.append(f"\ncould also be: {some([words(name) for name in alternatives])}", style="remark")
    return lines
