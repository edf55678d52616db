"""Plans the scan of an opened table: its columns and slices, and what is read for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.tables import SliceConfig, TableConfig
from stageprint.engines.local.model import LocalTable, Tally
from stageprint.engines.local.types import ARROW_TYPES
from stageprint.engines.parquet.model import SourceColumn
from stageprint.errors import OnlySparkError
from stageprint.fingerprint import SlicePlan
from stageprint.model import ColumnKind, SchemaField
from stageprint.pipeline.profile_rows import TableScan
from stageprint.pipeline.scan_plan import TableColumns, plan_table

_READABLE_AS = {ColumnKind.STRING: pa.string(), ColumnKind.FLOAT: pa.float64()}
"""Kinds that whole numbers may be profiled as without a cast by Spark's rules."""


@dataclass(frozen=True)
class LocalScan:
    """A table's plan, and the columns that are read for it.

    Attributes:
        scan: The plan.
        columns: The columns that the plan's sources count into, then the label of each slice.
    """

    scan: TableScan
    columns: tuple[SourceColumn, ...]


def plan_scan(
    opened: LocalTable, config: PipelineConfig, table: TableConfig, run: str, referenced: Collection[str]
) -> LocalScan:
    """Return the plan of a table.

    Raises:
        UsageError: A column is to be hashed, and there is no secret.
        SourceError: The configuration names a column that the table does not have.
        OnlySparkError: It asks for what only Spark does.
    """
    columns = TableColumns([(field.name, field.type) for field in opened.schema], ARROW_TYPES, table)
    planned = plan_table(columns, ARROW_TYPES, table, config.sketches, run, referenced, config.sensitive)
    for path, kind in planned.kinds.items():
        natural = ARROW_TYPES.kind(columns.all[path].leaf.type)
        if kind is not natural and not (natural is ColumnKind.INTEGER and kind in _READABLE_AS):
            message = f"table {table.name!r}: columns.kinds: {path!r} is cast to {kind.value} by Spark only"
            raise OnlySparkError(message)
    read = [_column(opened, position) for position in planned.positions]
    labels = [_label(opened, columns, one, table) for one in table.slices]
    slices = tuple(
        _slice(opened, label, one, table.min_slice_rows(one.by, planned.table.min_group_size))
        for label, one in zip(labels, table.slices, strict=True)
    )
    schema = tuple(SchemaField(one.name, ARROW_TYPES.name(one.type), one.nullable) for one in opened.schema)
    scan = TableScan(planned.table, schema, planned.event_time, slices, table)
    return LocalScan(scan, (*read, *labels))


def _column(opened: LocalTable, position: int) -> SourceColumn:
    field = opened.schema.field(position)
    mapping = opened.mapping
    return SourceColumn(
        mapping.name(field.name), mapping.type(field.name, field.type), opened.constants.get(field.name)
    )


def _label(
    opened: LocalTable, columns: TableColumns[pa.DataType], one: SliceConfig, table: TableConfig
) -> SourceColumn:
    path = columns.match(one.by)
    if path is None or columns.all[path].leaf.steps:
        what = "neither a column of the source" if path is None else "a column inside another"
        message = (
            f"table {table.name!r}: slices: {one.by!r} is {what}"
            + (" nor anything else that the local engine knows; conditions" if path is None else "; such slices")
            + " need engine spark"
        )
        raise OnlySparkError(message)
    column = _column(opened, columns.all[path].position)
    return SourceColumn(column.name, column.type, column.constant, text=True)


def _slice(opened: LocalTable, label: SourceColumn, one: SliceConfig, min_rows: int) -> SlicePlan:
    if one.values is not None:
        return SlicePlan(one.by, one.values, min_rows)
    if pa.types.is_boolean(label.type):
        return SlicePlan(one.by, ("true", "false"), min_rows)
    return SlicePlan(one.by, _most_frequent(opened, label, one.limit, min_rows), min_rows)


def _most_frequent(opened: LocalTable, label: SourceColumn, limit: int, min_rows: int) -> tuple[str, ...]:
    """Return the most frequent values; values that too few rows share are not even named."""
    counts: Counter[str] = Counter()
    for piece in opened.pieces:
        for batch in piece.batches([label], Tally()):
            found = pc.value_counts(batch.column(0).drop_null())
            counts.update(dict(zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True)))
    enough = [pair for pair in counts.items() if pair[1] >= min_rows]
    ranked: Sequence[tuple[str, int]] = sorted(enough, key=lambda item: (-item[1], item[0]))
    return tuple(value for value, _ in ranked[:limit])
