"""Terminal output of the commands: wraps on a terminal, plain text elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from stageprint.model import TABLE_LEVEL, CheckOutcome, Finding, Severity
from stageprint.pipeline.outcome import CheckRunsOutcome, CompareOutcome, ProfileOutcome, TableOutcome
from stageprint.report.console import severity_style
from stageprint.report.text import MISSING, count, level, number, plural, seconds, share, some, spread, stored, words

Row = Mapping[str, Any]

_FAILURES_SHOWN = 20
_WORST_FIRST = [severity.value for severity in sorted(Severity, key=lambda severity: -severity.rank)][:-1]


def print_header(console: Console, pipeline: str, store: str, what: str) -> None:
    """Print the line that says what the output is about."""
    console.print(Text.assemble((pipeline, "where"), (f" · {what} · store {store}", "remark")), soft_wrap=True)


def print_profiled(console: Console, outcome: ProfileOutcome) -> None:
    """Print what `profile` did: a line a table, or a line a run where there are several."""
    runs = list(dict.fromkeys(table.run_id for table in outcome.tables))
    if runs:
        console.print(_per_table(outcome.tables) if len(runs) == 1 else _per_run(outcome.tables, runs))
    _print_failures(console, outcome.failed)
    done = len(outcome.tables) - len(outcome.failed)
    text = f"profiled {plural(done, 'table')} of {plural(len(runs), 'run')} in {seconds(outcome.seconds)}"
    console.print(Text.assemble(text, *_failed_note(outcome.failed)))


def print_compared(console: Console, outcome: CompareOutcome) -> None:
    """Print what `compare` found."""
    if outcome.findings:
        console.print(findings_table([finding_row(finding) for finding in outcome.findings]))
    print_failed_checks(console, [check_row(check) for check in outcome.checks])
    for note in outcome.notes:
        console.print(Text(f"note: {note}", style="remark"))
    _print_failures(console, outcome.failed)
    text = f"compared {plural(outcome.compared, 'column')} in {seconds(outcome.seconds)}: "
    tally = tally_text([finding.severity.value for finding in outcome.findings])
    checks = f"; {checks_tally([check.status for check in outcome.checks])}" if outcome.checks else ""
    console.print(Text.assemble(text, tally, checks, *_failed_note(outcome.failed)))


def print_checked(console: Console, outcome: CheckRunsOutcome) -> None:
    """Print what `check` found: failures, what could not be computed and why, and how many passed."""
    rows = [check_row(check) for check in outcome.checks]
    print_failed_checks(console, rows)
    for row in [row for row in rows if row["status"] == "not_computable"][:_FAILURES_SHOWN]:
        console.print(Text(f"not computable: {row['run_id']} {row['message']}", style="remark"), soft_wrap=True)
    _print_failures(console, outcome.failed)
    text = f"{checks_tally([row['status'] for row in rows])} in {seconds(outcome.seconds)}"
    console.print(Text.assemble(text, *_failed_note(outcome.failed)))


def check_row(check: CheckOutcome) -> dict[str, Any]:
    """Return a check's result with the keys the store and the machine interface use."""
    return {
        "run_id": check.run_id,
        "stage": check.key.stage,
        "table": check.key.table,
        "column": None if check.key.column == TABLE_LEVEL else check.key.column,
        "check": check.check,
        "status": check.status,
        "severity": check.severity.value,
        "expected": check.expected,
        "observed": check.observed,
        "reason": check.reason,
        "message": check.message,
    }


def print_failed_checks(console: Console, checks: Sequence[Row], runs: Sequence[str] = ()) -> None:
    """Print the checks that failed, worst first, one entry each with the figures of the latest run it failed in.

    Args:
        console: Where to print.
        checks: Results with the keys of `stageprint.report.machine.CHECK_KEYS`.
        runs: Runs, oldest first; without them `checks` are in the order of their runs.
    """
    order = {run: index for index, run in enumerate(runs)}
    checks = sorted(checks, key=lambda row: order.get(row["run_id"], 0))
    failed: dict[tuple[Any, ...], list[Row]] = {}
    for row in checks:
        if row["status"] == "fail":
            failed.setdefault((place(row), row["check"], row["expected"], row["severity"]), []).append(row)
    if not failed:
        return
    grid = Table.grid(padding=(0, 2, 1, 0), expand=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for rows in sorted(failed.values(), key=lambda rows: -Severity(rows[0]["severity"]).rank):
        severity = str(rows[0]["severity"])
        grid.add_row(Text(severity.upper(), style=severity_style(severity)), _check_text(rows))
    console.print(grid)


def checks_tally(statuses: Sequence[str]) -> str:
    """Return how many checks there are and how they ended: ``9 checks (1 failed, 2 not computable)``."""
    counts = Counter(statuses)
    parts = ", ".join(f"{counts[status]:,} {end}" for status, end in _CHECK_ENDS if counts[status])
    ends = f" ({parts})" if parts else ""
    return f"{plural(len(statuses), 'check')}{ends}"


_CHECK_ENDS = (("fail", "failed"), ("not_computable", "not computable"), ("pass", "passed"))


def _check_text(rows: Sequence[Row]) -> Text:
    newest, runs = rows[-1], [str(row["run_id"]) for row in rows]
    when = f"run {runs[0]}" if len(runs) == 1 else f"{plural(len(runs), 'run')}: {some(runs)}"
    lines = Text.assemble((place(newest), "where"), f"  check {newest['check']} failed  {when}")
    lines.append(f"\nexpected {newest['expected']}, found {newest['observed']}")
    if len(runs) > 1:
        lines.append(f" (run {runs[-1]})")
    return lines


def finding_row(finding: Finding) -> dict[str, Any]:
    """Return a finding with the keys the store and the machine interface use."""
    column = finding.origin.column
    return {
        "finding_id": finding.finding_id,
        "run_id": finding.run_id,
        "severity": finding.severity.value,
        "cause": finding.cause,
        "class": finding.finding_class,
        "stage": finding.origin.stage,
        "table": finding.origin.table,
        "column": None if column == TABLE_LEVEL else column,
        "first_run": finding.first_run,
        "explains": list(finding.explains),
        "confidence": finding.confidence,
        "alternatives": list(finding.alternatives),
        "evidence": dict(finding.evidence),
        "sentence": finding.sentence,
    }


def findings_table(findings: Sequence[Row]) -> RenderableType:
    """Return findings in the order given: severity at the left, place, sentence and consequences beside it."""
    grid = Table.grid(padding=(0, 2, 1, 0), expand=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for finding in findings:
        severity = str(finding["severity"])
        grid.add_row(Text(severity.upper(), style=severity_style(severity)), _finding_text(finding))
    return grid


def place(finding: Row) -> str:
    """Return ``stage.table.column``, or ``stage.table`` where the finding or check is about the table."""
    parts = [finding["stage"], finding["table"]]
    if finding["column"] not in {None, TABLE_LEVEL}:
        parts.append(finding["column"])
    return ".".join(str(part) for part in parts)


def tally_text(severities: Sequence[str]) -> str:
    """Return how many findings there are: ``2 findings (1 critical, 1 warning)``."""
    if not severities:
        return "no findings"
    counts = Counter(severities)
    ordered = [name for name in dict.fromkeys((*_WORST_FIRST, *sorted(counts))) if name in counts]
    parts = ", ".join(f"{counts[name]} {name}" for name in ordered)
    return f"{plural(len(severities), 'finding')} ({parts})"


def print_nothing_found(
    console: Console, runs: Sequence[str], known: Sequence[str], compared: Mapping[str, Row], config_file: str
) -> None:
    """Say that there are no findings, and on what ground: a run nobody compared is no healthy run.

    Args:
        console: Where to print.
        runs: Runs asked for.
        known: All runs, oldest first.
        compared: Of the runs that were compared: `columns` with a result, and the `baseline`.
        config_file: The configuration, for the command that is shown.
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


def runs_table(rows: Sequence[Row]) -> Table:
    """Return the runs of a store, a line each.

    Args:
        rows: Rows of `runs`; ``bad`` holds why a person marked the run, or None.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("run", "date", "status", "tables", "failed", "profiled"):
        table.add_column(title, justify="right" if title in {"tables", "failed"} else "left", no_wrap=True)
    table.add_column("bad", overflow="fold")
    for row in rows:
        ended = row["ended_at"]
        table.add_row(
            row["run_id"],
            str(row["logical_date"] or ""),
            "merged" if row["merged"] else row["status"],
            str(row["tables_profiled"]),
            str(row["tables_failed"]),
            "" if ended is None else f"{ended:%Y-%m-%d %H:%M}",
            row["bad"] or "",
        )
    return table


def history_table(rows: Sequence[Row], width: int) -> Table:
    """Return one column through the runs.

    Measures that no run has are left out; where `width` is too small the least telling go, and it says so.

    Args:
        rows: One a run, as the store returns them.
        width: Characters there are.
    """
    shown = [
        column for column in _HISTORY if column[0] in _ALWAYS or any(row.get(column[0]) is not None for row in rows)
    ]
    cells = {key: [render(row.get(key), str(row.get("data_type"))) for row in rows] for key, _, _, render in shown}
    flags = [_flag(row) for row in rows]
    widths = {key: max(len(title), *map(len, cells[key])) + _GAP for key, title, _, _ in shown}
    free = width - max(len("flagged"), *(min(len(flag), _FLAG) for flag in flags))
    left_out = []
    for key, title in _DROPPED_FIRST:
        if sum(widths.values()) <= free:
            break
        if widths.pop(key, None) is not None:
            left_out.append(title)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, caption_justify="left")
    if left_out:
        table.caption = f"left out, the terminal is narrow: {', '.join(left_out)}"
    for key, title, justify, _ in shown:
        if key in widths:
            table.add_column(title, justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    table.add_column("flagged", overflow="fold")
    for index, flag in enumerate(flags):
        table.add_row(*(Text(cells[key][index]) for key in widths), flag)
    return table


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
        lines.append(f"\nexplains {plural(len(explains), 'other shift')}: {some(explains, 6)}", style="remark")
    alternatives = list(finding["alternatives"] or ())
    if alternatives:
        lines.append(f"\ncould also be: {some([words(name) for name in alternatives])}", style="remark")
    return lines


def _per_table(tables: Sequence[TableOutcome]) -> Table:
    grid = _summary_table("table", "rows", "columns", "time")
    for table in tables:
        if table.status == "ok":
            grid.add_row(str(table.key), count(table.rows), count(table.columns), seconds(table.seconds))
        else:
            grid.add_row(Text(str(table.key), style="failed"), Text("failed", style="failed"), MISSING, MISSING)
    return grid


def _per_run(tables: Sequence[TableOutcome], runs: Sequence[str]) -> Table:
    grid = _summary_table("run", "tables", "failed", "rows", "columns")
    for run in runs:
        mine = [table for table in tables if table.run_id == run]
        good = [table for table in mine if table.status == "ok"]
        failed = len(mine) - len(good)
        grid.add_row(
            run,
            count(len(good)),
            Text(count(failed), style="failed" if failed else ""),
            count(sum(table.rows or 0 for table in good)),
            count(sum(table.columns or 0 for table in good)),
        )
    return grid


def _summary_table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(first, no_wrap=True)
    for title in others:
        table.add_column(title, justify="right", no_wrap=True)
    return table


def _print_failures(console: Console, failed: Sequence[TableOutcome]) -> None:
    """Print a line for each failed table, unbroken, so that it can be searched for."""
    if not failed:
        return
    console.print()
    for table in failed[:_FAILURES_SHOWN]:
        text = Text.assemble((f"failed: {table.run_id} {table.key}", "failed"), f" {table.error or ''}")
        console.print(text, soft_wrap=True)
    if len(failed) > _FAILURES_SHOWN:
        console.print(f"failed: {len(failed) - _FAILURES_SHOWN:,} more; table_profiles.error in the store has them all")
    console.print()


def _failed_note(failed: Sequence[TableOutcome]) -> list[tuple[str, str]]:
    return [(f"; {plural(len(failed), 'table')} failed", "failed")] if failed else []


def _flag(row: Row) -> Text:
    severity = row.get("severity")
    if row.get("status") == "failed":
        return Text("not profiled", style="failed")
    if severity in {None, Severity.NONE.value}:
        return Text("")
    why = row.get("cause") or row.get("statistic")
    return Text(f"{severity}{f': {words(str(why))}' if why else ''}", style=severity_style(str(severity)))


def _plain(show: Callable[[Any], str]) -> Callable[[Any, str], str]:
    return lambda value, data_type: show(value)  # noqa: ARG005 -- the same whatever the type


def _top(items: Any) -> str:
    if not items:
        return MISSING
    first = items[0]
    return f"{number(first['item'])} ({count(first['count'])})"


_GAP = 3
_FLAG = 24
_DROPPED_FIRST = (
    ("standard_deviation", "sd"),
    ("mean", "mean"),
    ("distinct_count", "distinct"),
    ("top_items", "most frequent"),
    ("min_text", "min"),
    ("max_text", "max"),
)
_ALWAYS = ("run_id", "row_count", "null_share")
_HISTORY: tuple[tuple[str, str, str, Callable[[Any, str], str]], ...] = (
    ("run_id", "run", "left", _plain(str)),
    ("row_count", "rows", "right", _plain(count)),
    ("null_share", "nulls", "right", _plain(share)),
    ("distinct_count", "distinct", "right", _plain(count)),
    ("min_text", "min", "right", stored),
    ("median", "median", "right", level),
    ("max_text", "max", "right", stored),
    ("mean", "mean", "right", level),
    ("standard_deviation", "sd", "right", spread),
    ("top_items", "most frequent", "left", _plain(_top)),
)
