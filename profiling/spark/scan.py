"""The general path: any DataFrame → partial states in Python workers → merged by column in Spark.

Partial states never reach the driver; what does is one row a column, its metrics already computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql.pandas.types import from_arrow_schema

from profiling.fingerprint import TablePlan
from profiling.slices import NULL, OTHER, SlicedFingerprint, SlicePlan, members
from profiling.spark.plan import ScanPlan
from profiling.spark.rows import merged_row, merged_schema

PLACE = ("table", "member", "index")
"""Where a partial state belongs: the table among those of the job, the slice (0: the whole), the index of its plan."""

PARTIAL = T.StructType(
    [*(T.StructField(name, T.IntegerType()) for name in PLACE), T.StructField("partial", T.BinaryType())]
)
PROBLEM: Final = -1
"""`member` of a row that says, instead of a state, why the table cannot be read this way."""

_PARTIAL_ARROW = pa.schema([*(pa.field(name, pa.int32()) for name in PLACE), pa.field("partial", pa.binary())])


def scan(plan: ScanPlan) -> pa.Table:
    """Profile the planned columns.

    Returns:
        What `merge` returns, of the one table.
    """
    return merge(plan.frame.mapInArrow(partial_states(plan.table, plan.slices), PARTIAL), [plan])


def merge(partials: DataFrame, plans: Sequence[ScanPlan]) -> pa.Table:
    """Merge partial states by column.

    Args:
        partials: Rows in the schema `PARTIAL`.
        plans: The tables they are of; `table` counts into them.

    Returns:
        One row per table, member (the whole, slices) and index of the plan (columns, keys, the table) in the schema
        of `profiling.spark.rows.merged_schema`, in that order; complete also for a table of no rows. A slice of
        other or null values that has no rows is left out. A row of member `PROBLEM` has a reason and nothing else:
        the table's other rows are not complete.
    """
    schema = merged_schema()
    merged = (
        partials.groupBy(*PLACE)
        .applyInArrow(merger([plan.table for plan in plans], schema), from_arrow_schema(schema))
        .toArrow()
        .cast(schema)
    )
    have = set(zip(*(merged.column(name).to_pylist() for name in PLACE), strict=True))
    # A DataFrame without partitions yields no partial state at all.
    missing = [
        merged_row(plan.table, (number, member, index), [])
        for number, plan in enumerate(plans)
        for member, place in enumerate(members(plan.slices))
        if place.value not in {OTHER, NULL}
        for index in plan.table.indices
        if (number, member, index) not in have
    ]
    if missing:
        merged = pa.concat_tables([merged, pa.Table.from_pylist(missing, schema)])
    return merged.sort_by([(name, "ascending") for name in PLACE])


def partial_states(
    plan: TablePlan, slices: Sequence[SlicePlan] = ()
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the function that turns a partition's batches into one partial state a column and slice."""

    def update(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        fingerprint = SlicedFingerprint(plan, slices)
        for batch in batches:
            # Spark sends at least one column; a plan without any wants the rows alone.
            fingerprint.update(batch if batch.num_columns == plan.width + len(slices) else batch.select([]))
        yield partial_batch(0, fingerprint)

    return update


def partial_batch(table: int, fingerprint: SlicedFingerprint) -> pa.RecordBatch:
    """Return a fingerprint's partial states as rows of the schema `PARTIAL`."""
    return batch_of((table, *partial) for partial in fingerprint.partials())


def batch_of(rows: Iterable[tuple[int, int, int, bytes]]) -> pa.RecordBatch:
    """Return rows of the schema `PARTIAL`; there is at least one."""
    columns = zip(*rows, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, _PARTIAL_ARROW, strict=True)],
        schema=_PARTIAL_ARROW,
    )


def problem_row(place: tuple[int, int, int], reasons: Iterable[bytes]) -> dict[str, Any]:
    """Return a row of the scan's result that says why a table could not be read."""
    return {**dict(zip(PLACE, place, strict=True)), "not_computable": [("table", min(reasons).decode())]}


def merger(plans: Sequence[TablePlan], schema: pa.Schema) -> Callable[[pa.Table], pa.Table]:
    """Return the function that merges one column's partial states and computes its metrics."""

    def merge_one(partials: pa.Table) -> pa.Table:
        table, member, index = (partials.column(name)[0].as_py() for name in PLACE)
        blobs = partials.column("partial").to_pylist()
        if member == PROBLEM:
            return pa.Table.from_pylist([problem_row((table, member, index), blobs)], schema)
        row = merged_row(plans[table], (table, member, index), blobs)
        return pa.Table.from_pylist([row], schema)

    return merge_one
