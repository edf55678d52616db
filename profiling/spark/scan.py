"""The general path: any DataFrame → partial states in Python workers → merged by column in Spark.

Partial states never reach the driver; what does is one row a column, its metrics already computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql.pandas.types import from_arrow_schema

from profiling.fingerprint import TableFingerprint, TablePlan
from profiling.spark.plan import ScanPlan
from profiling.spark.rows import merged_row, merged_schema

PARTIAL = T.StructType([T.StructField("index", T.IntegerType()), T.StructField("partial", T.BinaryType())])
_PARTIAL_ARROW = pa.schema([pa.field("index", pa.int32()), pa.field("partial", pa.binary())])


def scan(plan: ScanPlan) -> pa.Table:
    """Profile the planned columns.

    Returns:
        One row per index of the plan (columns, keys, the table) in the schema of
        `profiling.spark.rows.merged_schema`, in order of `index`; complete also for a table of no rows.
    """
    schema = merged_schema()
    merged = (
        plan.frame.mapInArrow(partial_states(plan.table), PARTIAL)
        .groupBy("index")
        .applyInArrow(merger(plan.table, schema), from_arrow_schema(schema))
        .toArrow()
        .cast(schema)
    )
    have = set(merged.column("index").to_pylist())
    # A DataFrame without partitions yields no partial state at all.
    missing = [index for index in plan.table.indices if index not in have]
    if missing:
        empty = [merged_row(plan.table, index, []) for index in missing]
        merged = pa.concat_tables([merged, pa.Table.from_pylist(empty, schema)])
    return merged.sort_by("index")


def partial_states(plan: TablePlan) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the function that turns a partition's batches into one partial state a column."""

    def update(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        fingerprint = TableFingerprint(plan)
        for batch in batches:
            # Spark sends at least one column; a plan without any wants the rows alone.
            fingerprint.update(batch if plan.columns else batch.select([]))
        partials = list(fingerprint.partials())
        yield pa.RecordBatch.from_arrays(
            [
                pa.array([index for index, _ in partials], pa.int32()),
                pa.array([blob for _, blob in partials], pa.binary()),
            ],
            schema=_PARTIAL_ARROW,
        )

    return update


def merger(plan: TablePlan, schema: pa.Schema) -> Callable[[pa.Table], pa.Table]:
    """Return the function that merges one column's partial states and computes its metrics."""

    def merge(partials: pa.Table) -> pa.Table:
        index = partials.column("index")[0].as_py()
        row = merged_row(plan, index, partials.column("partial").to_pylist())
        return pa.Table.from_pylist([row], schema)

    return merge
