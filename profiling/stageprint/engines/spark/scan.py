"""The general path: any DataFrame → partial states in Python workers → merged by column in Spark.

Partial states never reach the driver; what does is one row a column, its metrics already computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql.pandas.types import from_arrow_schema

from stageprint.engines.spark.arrow_read import BATCH_BYTES, BATCH_ROWS
from stageprint.engines.spark.plan import ScanPlan
from stageprint.fingerprint import SlicedFingerprint, SlicePlan, TablePlan, members
from stageprint.model import NULL_VALUE, OTHER_VALUES
from stageprint.pipeline.profile_rows import merged_row, merged_schema

PLACE = ("table", "member", "index")
"""Where a partial state belongs: the table among those of the job, the slice (0: the whole), the index of its plan."""

PARTIAL = T.StructType(
    [*(T.StructField(name, T.IntegerType()) for name in PLACE), T.StructField("partial", T.BinaryType())]
)
_A_GROUP: Final = 512
"""Partial states merged by one call: some 15 MiB, and small next to what a call costs."""

PROBLEM: Final = -1
"""`member` of a row that says, instead of a state, why the table cannot be read this way."""

PARTIAL_ARROW = pa.schema([*(pa.field(name, pa.int32()) for name in PLACE), pa.field("partial", pa.binary())])


def scan(plan: ScanPlan) -> pa.Table:
    """Profile the planned columns.

    Returns:
        What `merge` returns, of the one table.
    """
    return merge(plan.frame.mapInArrow(partial_states(plan.table, plan.slices), PARTIAL), [plan])


def merge(partials: DataFrame, plans: Sequence[ScanPlan], states: int | None = None) -> pa.Table:
    """Merge partial states by column.

    Args:
        partials: Rows in the schema `PARTIAL`.
        plans: The tables they are of; `table` counts into them.
        states: Number of partial states at most; None: not known. Where it is, places share groups of `_A_GROUP`
            states, since a group costs Spark milliseconds; otherwise each is a group, however many states it has.

    Returns:
        One row per table, member (the whole, slices) and index of the plan (columns, keys, the table) in the schema
        `merged_schema`, in that order; complete also for a table of no rows. A slice of other or null values that has
        no rows is left out. A row of member `PROBLEM` has a reason and nothing else:
        the table's other rows are not complete.
    """
    schema = merged_schema()
    groups = max(
        -(-(states or 0) // _A_GROUP), int(partials.sparkSession.conf.get("spark.sql.shuffle.partitions") or 1)
    )
    merged = (
        partials.groupBy(*PLACE if states is None else [F.pmod(F.xxhash64(*PLACE), F.lit(groups)).alias("group")])
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
        if place is None or place.value not in {OTHER_VALUES, NULL_VALUE}
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
        for batch in gathered(batches):
            # Spark sends at least one column; a plan without any wants the rows alone.
            fingerprint.update(batch if batch.num_columns == plan.width + len(slices) else batch.select([]))
        yield partial_batch(0, fingerprint)

    return update


def gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of small batches together, up to the size that the fast path reads at once.

    What the states do once a batch costs as much as their work on ten thousand rows, which is how many Spark sends by
    default (lineitem, one core: 126 ns a value in batches of 10,000 rows, 65 ns in those of 131,072).
    """
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if held and (rows + batch.num_rows > BATCH_ROWS or size + batch.nbytes > BATCH_BYTES):
            yield from _joined(held)
            held, rows, size = [], 0, 0
        held.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
    yield from _joined(held)


def _joined(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    if len(batches) < 2:
        return batches
    found: list[pa.RecordBatch] = pa.Table.from_batches(batches).combine_chunks().to_batches()
    return found


def partial_batch(table: int, fingerprint: SlicedFingerprint) -> pa.RecordBatch:
    """Return a fingerprint's partial states as rows of the schema `PARTIAL`."""
    return batch_of((table, *partial) for partial in fingerprint.partials())


def batch_of(rows: Iterable[tuple[int, int, int, bytes]]) -> pa.RecordBatch:
    """Return rows of the schema `PARTIAL`; there is at least one."""
    columns = zip(*rows, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, PARTIAL_ARROW, strict=True)],
        schema=PARTIAL_ARROW,
    )


def problem_row(place: tuple[int, int, int], reasons: Iterable[bytes]) -> dict[str, Any]:
    """Return a row of the scan's result that says why a table could not be read."""
    return {**dict(zip(PLACE, place, strict=True)), "not_computable": [("table", min(reasons).decode())]}


def merger(plans: Sequence[TablePlan], schema: pa.Schema) -> Callable[[pa.Table], pa.Table]:
    """Return the function that merges the partial states of some columns and computes their metrics."""

    def merge_group(partials: pa.Table) -> pa.Table:
        blobs: dict[tuple[int, int, int], list[bytes]] = {}
        places = zip(*(partials.column(name).to_pylist() for name in PLACE), strict=True)
        for (table, member, index), blob in zip(places, partials.column("partial").to_pylist(), strict=True):
            blobs.setdefault((table, member, index), []).append(blob)
        rows = [
            problem_row(place, found) if place[1] == PROBLEM else merged_row(plans[place[0]], place, found)
            for place, found in blobs.items()
        ]
        return pa.Table.from_pylist(rows, schema)

    return merge_group
