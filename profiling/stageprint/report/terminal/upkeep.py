"""Terminal and JSON output of the commands that remove rows and files: maintain, runs delete, purge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import add
from typing import Any

from rich.console import Console
from rich.text import Text

from stageprint.model.figures import plural
from stageprint.model.upkeep import DeleteOutcome, MaintainOutcome, PurgeOutcome, StoredFiles
from stageprint.report.terminal.layout import line_table
from stageprint.report.text import count, seconds, size, some


def print_maintained(console: Console, outcome: MaintainOutcome) -> None:
    """Print which runs and tables were removed, which were kept and why, and rows, files and bytes of each table."""
    removed = [run for run in outcome.runs if run.removed]
    verb = "would be removed" if outcome.dry_run else "removed"
    for run in outcome.runs:
        text = f"run {run.run_id} {verb}: {run.reason}" if run.removed else f"run {run.run_id} kept: {run.reason}"
        console.print(Text(text), soft_wrap=True)
    for table in outcome.tables:
        of_runs = f"{plural(len(table.runs), 'run')} ({some(list(table.runs))})"
        console.print(Text(f"table {table.key} {verb} from {of_runs}"), soft_wrap=True)
    grid = line_table("result table", "rows removed", "files", "then", "bytes", "then", "with old versions", "then")
    for one in outcome.result_tables:
        grid.add_row(
            one.table,
            count(one.rows_removed),
            count(one.before.files),
            count(one.after.files),
            size(one.before.bytes),
            size(one.after.bytes),
            _all(one.before),
            _all(one.after),
        )
    console.print(grid)
    _print_notes(console, outcome.notes)
    before, after = (_total([getattr(one, when) for one in outcome.result_tables]) for when in ("before", "after"))
    files = f"{count(before.files)} files ({size(before.bytes)})"
    then = "" if outcome.dry_run else f", now {count(after.files)} ({size(after.bytes)})"
    leftovers = f"; {plural(outcome.leftovers, 'row')} of stopped commands" if outcome.leftovers else ""
    console.print(f"{plural(len(removed), 'run')} {verb}{leftovers}; {files}{then}, in {seconds(outcome.seconds)}")


def maintained_objects(outcome: MaintainOutcome) -> Iterator[dict[str, Any]]:
    """Yield what `maintain` did as JSON objects, each of a kind: its ``what`` is run, table, result_table or note."""
    for run in outcome.runs:
        yield {"what": "run", "run_id": run.run_id, "removed": run.removed, "reason": run.reason}
    for table in outcome.tables:
        yield {"what": "table", "stage": table.key.stage, "table": table.key.table, "runs": list(table.runs)}
    for one in outcome.result_tables:
        yield {
            "what": "result_table",
            "result_table": one.table,
            "rows_removed": one.rows_removed,
            **_object(one.before, "before"),
            **_object(one.after, "after"),
        }
    for note in outcome.notes:
        yield {"what": "note", "note": note}


def print_deleted(console: Console, outcome: DeleteOutcome) -> None:
    """Print how many rows of runs were deleted, and what later comparisons lose."""
    _print_notes(console, outcome.notes)
    verb = "would delete" if outcome.dry_run else "deleted"
    console.print(f"{verb} {plural(len(outcome.runs), 'run')}: {_rows(outcome.rows)}", soft_wrap=True)


def print_purged(console: Console, outcome: PurgeOutcome) -> None:
    """Print what was removed of a column, and which bytes of it are left until when."""
    verb = "would remove" if outcome.dry_run else "removed"
    console.print(f"{verb} {_rows(outcome.rows)}", soft_wrap=True)
    changed = {name: rows for name, rows in outcome.changed.items() if rows}
    if changed:
        console.print(f"{'would clear' if outcome.dry_run else 'cleared'} {_rows(changed)}", soft_wrap=True)
    if outcome.runs:
        console.print(Text(f"findings lost their evidence in runs {some(list(outcome.runs))}"), soft_wrap=True)
    _print_notes(console, outcome.notes)
    if outcome.dry_run:
        return
    for left in outcome.bytes_left:
        console.print(Text(left, style="failed"), soft_wrap=True)
    if not outcome.bytes_left:
        console.print("no byte of it is left in the files of the store")


def _print_notes(console: Console, notes: Any) -> None:
    for note in notes:
        console.print(Text(f"note: {note}", style="remark"), soft_wrap=True)


def _rows(rows: Mapping[str, int]) -> str:
    found = [f"{plural(number, 'row')} of {name}" for name, number in rows.items() if number]
    return ", ".join(found) or "no row"


def _all(files: StoredFiles) -> str:
    return f"{count(files.all_files)} / {size(files.all_bytes)}"


def _total(files: list[StoredFiles]) -> StoredFiles:
    return reduce(add, files, StoredFiles(0, 0, 0, 0))


def _object(files: StoredFiles, when: str) -> dict[str, int | None]:
    return {
        f"files_{when}": files.files,
        f"bytes_{when}": files.bytes,
        f"all_files_{when}": files.all_files,
        f"all_bytes_{when}": files.all_bytes,
    }
