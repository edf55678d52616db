"""What an engine hands back of one table: the rows of its profile, or the row that says why there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow as pa

from stageprint.errors import StageprintError, one_line, without_data
from stageprint.model import Slice, TableKey
from stageprint.model.outcomes import TableOutcome
from stageprint.pipeline.profile_codec import row_keys
from stageprint.pipeline.profile_rows import TableScan, by_member, column_rows, failed_row, table_row
from stageprint.pipeline.source_notes import CountedRows, malformed_rows, other_row_count
from stageprint.ports import ProfiledTable, TableTask
from stageprint.redact import redacted

_OF_WHOLE_TABLES: Final = ("malformed_rows", "source_notes", "source_history")
"""Facts of a source that are not known of a slice."""


def profiled_rows(
    pipeline: str,
    run: str,
    key: TableKey,
    plan: TableScan,
    merged: pa.Table,
    started: float,
    facts: Mapping[str, Any],
    *,
    more: Callable[[Slice | None, int], Mapping[str, Any]] = lambda *_: {},
    repeated: Mapping[str, int] | None = None,
    counted: CountedRows | None = None,
    dropped: int = 0,
) -> ProfiledTable:
    """Return a scan's result as rows of the result tables.

    Args:
        pipeline: The pipeline.
        run: The run.
        key: The table.
        plan: What was scanned.
        merged: The scan's result, of schema `stageprint.pipeline.profile_rows.merged_schema`.
        started: When the table was begun, by the monotonic clock.
        facts: What is known of the source. ``malformed_rows`` and ``source_notes`` are those of the whole table.
        more: What else is known of the whole table or of a slice with so many rows.
        repeated: Rows beyond the first of each key; None where they were not counted.
        counted: What the source itself says of its number of rows; None: nothing.
        dropped: Number of malformed rows that the profile leaves out.
    """
    seconds = time.monotonic() - started
    rows: list[dict[str, Any]] = []
    columns = []
    for member, part in by_member(merged, plan.slices):
        own = repeated if member is None else None
        row = table_row(pipeline, run, key.of_slice(member), plan, part, seconds, facts, own)
        of_whole = {} if member is None else dict.fromkeys(_OF_WHOLE_TABLES)
        rows.append({**row, **of_whole, **more(member, row["row_count"])})
        columns.append(column_rows(part, plan.table.columns, row_keys(pipeline, run, key.of_slice(member))))
    whole = rows[0]
    notes = _notes(facts, whole["row_count"], counted, dropped)
    whole["source_notes"] = notes or None
    counts = whole["row_count"], whole["column_count"], time.monotonic() - started
    outcome = TableOutcome(run, key, "ok", *counts, notes=tuple(notes))
    return ProfiledTable(outcome, rows, pa.concat_tables(columns))


def _notes(facts: Mapping[str, Any], rows: int, counted: CountedRows | None, dropped: int) -> list[str]:
    """Return what opening the source found, then what reading its rows found."""
    bad, kind = facts.get("malformed_rows"), facts.get("source_format")
    return [
        *(facts.get("source_notes") or ()),
        *malformed_rows(bad or 0, rows, "csv" if kind == "csv" else "json", dropped=bool(dropped)),
        *other_row_count(counted, rows, dropped),
    ]


def failed_table(
    pipeline: str, task: TableTask, facts: Mapping[str, Any], started: float, error: Exception
) -> ProfiledTable:
    """Return the outcome of a table that could not be profiled.

    Args:
        pipeline: The pipeline.
        task: The table.
        facts: What is known of the source.
        started: When the table was begun, by the monotonic clock.
        error: What went wrong; the row has one line of it, without text that could be data where a column is sensitive.
    """
    run, key, seconds = task.run_id, task.key, time.monotonic() - started
    if task.table.columns.sensitive:
        text = without_data(error, [name for _, name in task.table.named_columns()])
    else:
        text = str(error) if isinstance(error, StageprintError) else f"{type(error).__name__}: {one_line(error)}"
    text = redacted(text)
    row = failed_row(pipeline, run, key, facts, text, seconds)
    notes = tuple(facts.get("source_notes") or ())
    return ProfiledTable(TableOutcome(run, key, "failed", None, None, seconds, text, notes), [row], None)
