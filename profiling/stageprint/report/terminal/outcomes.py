"""Terminal output of the commands that write: what was profiled, compared or checked, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stageprint.model.figures import plural
from stageprint.model.finding import finding_object
from stageprint.model.judged import Judged
from stageprint.model.outcomes import CheckRunsOutcome, CompareOutcome, NotifyOutcome, ProfileOutcome, TableOutcome
from stageprint.redact import redacted
from stageprint.report.learning import learning_lines
from stageprint.report.rows import check_row, place
from stageprint.report.terminal.checks import checks_tally, print_failed_checks
from stageprint.report.terminal.findings import findings_table, findings_tally, print_missing
from stageprint.report.terminal.layout import line_table
from stageprint.report.text import MISSING, count, seconds

_MAX_FAILURES_SHOWN: Final = 20
_MAX_NOTES_SHOWN: Final = 20


def print_header(console: Console, pipeline: str, store: str, what: str) -> None:
    """Print the line that names the pipeline, what is shown of it, and the store."""
    console.print(
        Text.assemble((pipeline, "where"), (f" · {what} · store {redacted(store)}", "remark")), soft_wrap=True
    )


def print_profiled(console: Console, outcome: ProfileOutcome) -> None:
    """Print what `profile` did: one line per table, or one line per run if there are several runs."""
    runs = list(dict.fromkeys(table.run_id for table in outcome.tables))
    if runs:
        console.print(_per_table(outcome.tables) if len(runs) == 1 else _per_run(outcome.tables, runs))
    _print_failures(console, outcome.failed)
    _print_failures(console, outcome.incomplete, "incomplete")
    print_source_notes(
        console, [(f"{table.run_id} {table.key}", note) for table in outcome.tables for note in table.notes]
    )
    if outcome.engine is not None:
        console.print(Text(outcome.engine, style="remark"), soft_wrap=True)
    done = len(outcome.tables) - len(outcome.failed)
    text = f"profiled {plural(done, 'table')} of {plural(len(runs), 'run')} in {seconds(outcome.seconds)}"
    console.print(Text.assemble(text, *_failed_note(outcome.failed)))


def print_source_notes(console: Console, notes: Sequence[tuple[str, str]]) -> None:
    """Print one unbroken line for each note about a source.

    Args:
        console: Where to print.
        notes: Run and table, and a sentence about what the table's source holds.
    """
    for table, note in notes[:_MAX_NOTES_SHOWN]:
        console.print(Text.assemble((f"note: {table}", "warning"), f" {note}"), soft_wrap=True)
    if len(notes) > _MAX_NOTES_SHOWN:
        more = len(notes) - _MAX_NOTES_SHOWN
        text = f"note: {more:,} more; column `source_notes` of `table_profiles` in the store has them all"
        console.print(text, soft_wrap=True)


def print_compared(console: Console, outcome: CompareOutcome) -> None:
    """Print what `compare` found: what is missing first, findings, failed checks, notes, and a last line of totals."""
    lacking = {run: coverage.sentence for run, coverage in outcome.coverage.items() if coverage.missing}
    print_missing(console, lacking)
    judged = {run: coverage.columns_judged for run, coverage in outcome.coverage.items()}
    for line in learning_lines(judged):
        console.print(Text(line, style="warning"), soft_wrap=True)
    if outcome.findings:
        console.print(findings_table([finding_object(finding) for finding in outcome.findings]))
    print_failed_checks(console, [check_row(check) for check in outcome.checks])
    for note in outcome.notes:
        console.print(Text(f"note: {note}", style="remark"))
    _print_failures(console, outcome.failed)
    tables = f" of {_tables_compared(outcome)}" if outcome.coverage else ""
    text = f"compared {plural(outcome.compared, 'column')}{tables} in {seconds(outcome.seconds)}: "
    tally = findings_tally([finding.severity.value for finding in outcome.findings])
    if not outcome.findings and (learning := Judged.total(judged.values())).learning:
        some_judged = f"no findings in the {plural(learning.whole_rule, 'column')} with enough earlier runs"
        tally = some_judged if learning.whole_rule else "no column has enough earlier runs to be judged yet"
    checks = f"; {checks_tally([check.status for check in outcome.checks])}" if outcome.checks else ""
    console.print(Text.assemble(text, tally, checks, *_failed_note(outcome.failed)))


def print_notified(console: Console, outcome: NotifyOutcome, *, dry_run: bool) -> None:
    """Print which alerts were sent; of a dry run, what each would hold.

    Args:
        console: Where to print.
        outcome: What `notify` did.
        dry_run: Whether nothing was sent.
    """
    for sent in outcome.alerts:
        alert = sent.alert
        first = alert.incidents[0]
        what = place(first) if alert.total == 1 else plural(alert.total, "incident")
        told = f"{alert.event.value}: {what}, {alert.severity.value}"
        if dry_run:
            console.print(Text(f"would send to {sent.to}: {told}"), soft_wrap=True)
            for one in alert.incidents:
                console.print(Text(f"  {one['sentence']}", style="remark"), soft_wrap=True)
        elif sent.problem is None:
            console.print(Text(f"sent to {sent.to}: {told}"), soft_wrap=True)
        else:
            console.print(Text(sent.problem, style="failed"), soft_wrap=True)
    if not outcome.alerts:
        opened = plural(outcome.opened, "open incident")
        which = f"of {opened} people were told already, or no rule matches" if outcome.opened else "no open incident"
        console.print(f"nothing to send: {which}")


def print_checked(console: Console, outcome: CheckRunsOutcome) -> None:
    """Print what `check` found: failed checks, checks that could not be computed and why, and the totals."""
    rows = [check_row(check) for check in outcome.checks]
    print_failed_checks(console, rows)
    for row in [row for row in rows if row["status"] == "not_computable"][:_MAX_FAILURES_SHOWN]:
        console.print(Text(f"not computable: {row['run_id']} {row['message']}", style="remark"), soft_wrap=True)
    _print_failures(console, outcome.failed)
    for note in outcome.notes:
        console.print(Text(f"note: {note}", style="remark"), soft_wrap=True)
    text = f"{checks_tally([row['status'] for row in rows])} in {seconds(outcome.seconds)}"
    console.print(Text.assemble(text, *_failed_note(outcome.failed)))


def _tables_compared(outcome: CompareOutcome) -> str:
    """Return the number of tables compared in all runs: ``11 tables``, or ``9 of 11 tables (2 learning)``."""
    expected = sum(len(coverage.expected) for coverage in outcome.coverage.values())
    profiled = sum(coverage.profiled for coverage in outcome.coverage.values())
    learning = sum(len(coverage.learning) for coverage in outcome.coverage.values())
    of = "" if profiled == expected else f"{profiled:,} of "
    return f"{of}{plural(expected, 'table')}{f' ({learning:,} learning)' if learning else ''}"


def _per_table(tables: Sequence[TableOutcome]) -> Table:
    grid = line_table("table", "rows", "columns", "time")
    for table in tables:
        if table.status == "ok":
            grid.add_row(str(table.key), count(table.rows), count(table.columns), seconds(table.seconds))
        else:
            grid.add_row(Text(str(table.key), style="failed"), Text("failed", style="failed"), MISSING, MISSING)
    return grid


def _per_run(tables: Sequence[TableOutcome], runs: Sequence[str]) -> Table:
    grid = line_table("run", "tables", "failed", "rows", "columns")
    for run in runs:
        of_run = [table for table in tables if table.run_id == run]
        good = [table for table in of_run if table.status == "ok"]
        failed = len(of_run) - len(good)
        grid.add_row(
            run,
            count(len(good)),
            Text(count(failed), style="failed" if failed else ""),
            count(sum(table.rows or 0 for table in good)),
            count(sum(table.columns or 0 for table in good)),
        )
    return grid


def _print_failures(console: Console, failed: Sequence[TableOutcome], what: str = "failed") -> None:
    """Print one unbroken line for each table that failed, or that was read in part, so that logs can be searched."""
    if not failed:
        return
    console.print()
    for table in failed[:_MAX_FAILURES_SHOWN]:
        error = (table.error or "").removeprefix(f"{table.key} ")  # many begin with the table
        text = Text.assemble((f"{what}: {table.run_id} {table.key}", "failed"), f" {error}")
        console.print(text, soft_wrap=True)
    if len(failed) > _MAX_FAILURES_SHOWN:
        more = len(failed) - _MAX_FAILURES_SHOWN
        console.print(f"{what}: {more:,} more; column `error` of `table_profiles` in the store has them all")
    console.print()


def _failed_note(failed: Sequence[TableOutcome]) -> list[tuple[str, str]]:
    return [(f"; {plural(len(failed), 'table')} failed", "failed")] if failed else []
