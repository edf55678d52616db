"""The schema of decided shifts, and their conversion to `model.ShiftRecord`."""

from __future__ import annotations

import pyarrow as pa

from stageprint.model import ColumnKey, ReferenceResult, Severity, ShiftRecord, Slice

REFERENCES = pa.list_(
    pa.struct(
        [
            pa.field("reference", pa.string()),
            pa.field("value", pa.float64()),
            pa.field("residual", pa.float64()),
            pa.field("scale", pa.float64()),
            pa.field("backtests", pa.int32()),
        ]
    )
)

DECISIONS = pa.schema(
    [
        pa.field("stage", pa.string(), nullable=False),
        pa.field("table_name", pa.string(), nullable=False),
        pa.field("slice_key", pa.string()),
        pa.field("slice_value", pa.string()),
        pa.field("column_name", pa.string(), nullable=False),
        pa.field("statistic", pa.string(), nullable=False),
        pa.field("value", pa.float64()),
        pa.field("error", pa.float64()),
        pa.field("references", REFERENCES, nullable=False),
        pa.field("expected_low", pa.float64()),
        pa.field("expected_high", pa.float64()),
        pa.field("effect", pa.float64()),
        pa.field("score", pa.float64()),
        pa.field("p_value", pa.float64()),
        pa.field("q_value", pa.float64()),
        pa.field("severity", pa.string(), nullable=False),
        pa.field("deterministic", pa.bool_(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("explanation", pa.string(), nullable=False),
    ]
)


def to_records(decisions: pa.Table) -> list[ShiftRecord]:
    """Return decided shifts as records, in the order of the rows."""
    records = []
    for row in decisions.select(DECISIONS.names).to_pylist():
        part, value = row.pop("slice_key"), row.pop("slice_value")
        own = None if part is None else Slice(part, value)
        key = ColumnKey(row.pop("stage"), row.pop("table_name"), row.pop("column_name"), own)
        references = tuple(ReferenceResult(**reference) for reference in row.pop("references"))
        records.append(ShiftRecord(key=key, references=references, severity=Severity(row.pop("severity")), **row))
    return records
