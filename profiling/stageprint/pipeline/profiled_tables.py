"""What an engine hands back of one table: the rows of its profile, or the row that says why there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from stageprint.errors import StageprintError, one_line
from stageprint.model import Slice, TableKey
from stageprint.model.outcomes import TableOutcome
from stageprint.pipeline.profile_codec import row_keys
from stageprint.pipeline.profile_rows import TableScan, by_member, column_rows, failed_row, table_row
from stageprint.ports import ProfiledTable, TableTask
from stageprint.redact import redacted


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
) -> ProfiledTable:
    """Return a scan's result as rows of the result tables.

    Args:
        pipeline: The pipeline.
        run: The run.
        key: The table.
        plan: What was scanned.
        merged: The scan's result, of schema `stageprint.pipeline.profile_rows.merged_schema`.
        started: When the table was begun, by the monotonic clock.
        facts: What is known of the source.
        more: What else is known of the whole table or of a slice with so many rows.
        repeated: Rows beyond the first of each key; None where they were not counted.
    """
    seconds = time.monotonic() - started
    rows, columns = [], []
    for member, part in by_member(merged, plan.slices):
        own = repeated if member is None else None
        row = table_row(pipeline, run, key.of_slice(member), plan, part, seconds, facts, own)
        rows.append({**row, **more(member, row["row_count"])})
        columns.append(column_rows(part, plan.table.columns, row_keys(pipeline, run, key.of_slice(member))))
    whole = rows[0]
    outcome = TableOutcome(run, key, "ok", whole["row_count"], whole["column_count"], time.monotonic() - started)
    return ProfiledTable(outcome, rows, pa.concat_tables(columns))


def failed_table(
    pipeline: str, task: TableTask, facts: Mapping[str, Any], started: float, error: Exception
) -> ProfiledTable:
    """Return the outcome of a table that could not be profiled.

    Args:
        pipeline: The pipeline.
        task: The table.
        facts: What is known of the source.
        started: When the table was begun, by the monotonic clock.
        error: What went wrong; the row has one line of it.
    """
    run, key, seconds = task.run_id, task.key, time.monotonic() - started
    text = str(error) if isinstance(error, StageprintError) else f"{type(error).__name__}: {one_line(error)}"
    text = redacted(text)
    row = failed_row(pipeline, run, key, facts, text, seconds)
    return ProfiledTable(TableOutcome(run, key, "failed", None, None, seconds, text), [row], None)
