from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import SourceError
from stageprint.fingerprint import SlicedFingerprint, SlicePlan, TablePlan, plan_column
from stageprint.model import ColumnKind, SchemaField, TableKey
from stageprint.pipeline.profile_rows import TableScan, merged_row, merged_schema
from stageprint.pipeline.profiled_tables import failed_table, profiled_rows
from stageprint.pipeline.source_notes import CountedRows
from stageprint.ports import ProfiledTable, TableTask
from tests.support import shop

CONFIG: PipelineConfig = parse_config(shop.yaml(Path("nowhere")))
KEY = TableKey("raw", "orders")
SLICES = (SlicePlan("x", ("a",)),)


def profiled(facts: dict[str, Any], **more: Any) -> ProfiledTable:
    """Return the profile of three rows, sliced by their only column."""
    columns = (plan_column("x", 0, "string", ColumnKind.STRING, source=0),)
    plan = TablePlan(columns, (), CONFIG.sketches)
    fingerprint = SlicedFingerprint(plan, SLICES)
    values = pa.array(["a", "a", "b"])
    fingerprint.update(pa.record_batch([values, values], ["c0", "c1"]))
    rows = [merged_row(plan, (0, member, index), [blob]) for member, index, blob in fingerprint.partials()]
    merged = pa.Table.from_pylist(rows, merged_schema())
    scan = TableScan(plan, (SchemaField("x", "string"),), None, SLICES)
    return profiled_rows("shop", "1", KEY, scan, merged, time.monotonic(), facts, **more)


def test_notes_are_of_the_whole_table_and_in_the_outcome() -> None:
    found = profiled(
        {"source_format": "csv", "source_notes": ["1 of 2 files has 0 bytes"], "malformed_rows": 1},
        counted=CountedRows(5, "the footers of its files"),
    )
    whole, *slices = found.table_rows
    opened, malformed, counted = whole["source_notes"]
    assert opened == "1 of 2 files has 0 bytes"
    assert malformed.startswith("1 of 3 rows is malformed")
    assert counted.startswith("3 rows were read, 2 fewer than the footers of its files say (5)")
    assert found.outcome.notes == (opened, malformed, counted)
    assert whole["malformed_rows"] == 1
    assert slices
    assert [(row["malformed_rows"], row["source_notes"]) for row in slices] == [(None, None)] * len(slices)


def test_rows_that_were_left_out_are_no_missing_rows() -> None:
    counted = CountedRows(5, "the footers of its files")
    found = profiled({"source_format": "json", "malformed_rows": 2}, counted=counted, dropped=2)
    (note,) = found.outcome.notes
    assert note.startswith("2 of 5 rows are malformed")


def test_a_source_with_nothing_to_tell_has_no_notes() -> None:
    found = profiled({"source_format": "csv", "source_notes": None, "malformed_rows": 0}, counted=CountedRows(3, "x"))
    assert found.outcome.notes == ()
    assert (found.table_rows[0]["source_notes"], found.table_rows[0]["malformed_rows"]) == (None, 0)


def test_a_failed_table_keeps_what_was_found_before() -> None:
    task = TableTask("1", "raw", CONFIG.table("raw", "orders"))
    found = failed_table("shop", task, {"source_notes": ["note"]}, time.monotonic(), SourceError("gone"))
    assert (found.outcome.status, found.outcome.notes) == ("failed", ("note",))
    assert found.table_rows[0]["source_notes"] == ["note"]
