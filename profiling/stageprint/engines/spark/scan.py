"""The general path: Python workers make partial states from a DataFrame's rows, and Spark merges them by column.

Partial states never reach the driver. It receives one row per column, with the metrics already computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.parquet.gathering import gathered
from stageprint.engines.spark.compat import apply_to_groups, spark_schema_of, to_arrow
from stageprint.engines.spark.plan import ScanPlan
from stageprint.engines.spark.transfer import arrow_batches
from stageprint.errors import StateError, without_data
from stageprint.fingerprint import SlicedFingerprint, SlicePlan, TablePlan, members
from stageprint.model import NULL_VALUE, OTHER_VALUES
from stageprint.pipeline.profile_rows import merged_row, merged_schema

PLACE = ("table", "member", "index")
"""Where a partial state belongs: number of the table in the job, number of the slice (0: the whole table), index in the
table's plan (0 and up: columns, below: keys and the table itself)."""

PARTIAL = T.StructType(
    [*(T.StructField(name, T.IntegerType()) for name in PLACE), T.StructField("partial", T.BinaryType())]
)
_STATES_PER_GROUP: Final = 512
"""Partial states merged by one call of a Python worker: about 15 MiB, so that the calls themselves cost little."""

PROBLEM: Final = -1
"""`member` of a row that holds the reason why the table cannot be read on the fast path, instead of a state."""

MALFORMED: Final = -2
"""`member` of a row that holds a number of malformed rows, as text, instead of a state."""

PARTIAL_ARROW = pa.schema([*(pa.field(name, pa.int32()) for name in PLACE), pa.field("partial", pa.binary())])


def scan(plan: ScanPlan) -> pa.Table:
    """Profile the planned columns of one table.

    Returns:
        The merged states and metrics; see `merge`.
    """
    with arrow_batches(plan.frame.sparkSession):
        if plan.make_marked is None:
            return merge(plan.frame.mapInArrow(partial_states(plan.table, plan.slices), PARTIAL), [plan])
        states = partial_states(plan.table, plan.slices, marks=True, drops=plan.drops_malformed)
        return merge(plan.make_marked().mapInArrow(states, PARTIAL), [plan])


def malformed_rows(merged: pa.Table) -> int | None:
    """Return the number of malformed rows in the result of a scan; None: they were not marked."""
    for row in merged.filter(pc.equal(merged["member"], MALFORMED))["not_computable"].to_pylist():
        return int(dict(row)["rows"])
    return None


def merge(partials: DataFrame, plans: Sequence[ScanPlan], states: int | None = None) -> pa.Table:
    """Merge partial states by column.

    Args:
        partials: Rows in the schema `PARTIAL`.
        plans: The tables; `table` is the position of a table among them.
        states: Upper bound of the number of partial states; None: not known. With a bound, several places share one
            group of about `_STATES_PER_GROUP` states, since every group costs Spark milliseconds; without, every place
            is a group of its own.

    Returns:
        One row per table, member (whole table or slice) and index of the plan (columns, keys, the table itself), in
        the schema `merged_schema`, sorted by these three. A table without rows has its rows all the same; slices of
        other or null values without rows are left out. A row whose member is `MALFORMED` holds a number of rows; see
        `malformed_rows`. A row whose member is `PROBLEM` holds only the reason why the
        table could not be read; the table's other rows are then incomplete.
    """
    schema = merged_schema()
    groups = max(
        -(-(states or 0) // _STATES_PER_GROUP),
        int(partials.sparkSession.conf.get("spark.sql.shuffle.partitions") or 1),
    )
    keys = PLACE if states is None else [F.pmod(F.xxhash64(*PLACE), F.lit(groups)).alias("group")]
    merge_group = merger([plan.table for plan in plans], schema)
    merged = to_arrow(apply_to_groups(partials, keys, merge_group, spark_schema_of(schema))).cast(schema)
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
    plan: TablePlan, slices: Sequence[SlicePlan] = (), *, marks: bool = False, drops: bool = False
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the function that turns a partition's batches into one partial state per column and slice.

    Args:
        plan: The plan.
        slices: How the table is sliced.
        marks: Whether the last column of a batch says of each row whether it is malformed; such rows are counted.
        drops: Whether malformed rows are left out.
    """

    def update(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        fingerprint = SlicedFingerprint(plan, slices)
        malformed = 0
        for batch in gathered(batches):
            if marks:
                mark = batch.column(batch.num_columns - 1)
                found = mark.true_count
                malformed += found
                batch = batch.filter(pc.invert(mark)) if drops and found else batch  # noqa: PLW2901 -- what is left
                batch = batch.select(range(batch.num_columns - 1))  # noqa: PLW2901 -- as above
            # Spark sends at least one column; a plan without columns needs only the number of rows.
            rows = batch if batch.num_columns == plan.width + len(slices) else batch.select([])
            update_quietly(fingerprint, rows)
        yield partial_batch(0, fingerprint)
        if marks:
            yield batch_of([(0, MALFORMED, 0, str(malformed).encode())])

    return update


def update_quietly(fingerprint: SlicedFingerprint, batch: pa.RecordBatch) -> None:
    """Take in a record batch; where a column is sensitive, an error quotes no value: Spark logs it with its traceback.

    Raises:
        StateError: The batch cannot be taken in.
    """
    try:
        fingerprint.update(batch)
    except Exception as error:
        if not fingerprint.plan.is_sensitive:
            raise
        text = without_data(error, [column.path for column in fingerprint.plan.columns])
    else:
        return
    raise StateError(text)


def partial_batch(table: int, fingerprint: SlicedFingerprint) -> pa.RecordBatch:
    """Return a fingerprint's partial states as rows of the schema `PARTIAL`."""
    return batch_of((table, *partial) for partial in fingerprint.partials())


def batch_of(rows: Iterable[tuple[int, int, int, bytes]]) -> pa.RecordBatch:
    """Return a batch of schema `PARTIAL` from its rows, of which there is at least one."""
    columns = zip(*rows, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, PARTIAL_ARROW, strict=True)],
        schema=PARTIAL_ARROW,
    )


def problem_row(place: tuple[int, int, int], reasons: Iterable[bytes]) -> dict[str, Any]:
    """Return the row of a scan's result that holds the reason why a table could not be read."""
    return _said(place, "table", min(reasons).decode())


def _said(place: tuple[int, int, int], what: str, text: str) -> dict[str, Any]:
    return {**dict(zip(PLACE, place, strict=True)), "not_computable": [(what, text)]}


def merger(plans: Sequence[TablePlan], schema: pa.Schema) -> Callable[[pa.Table], pa.Table]:
    """Return the function that merges the partial states of some columns and computes their metrics."""

    def merge_group(partials: pa.Table) -> pa.Table:
        blobs: dict[tuple[int, int, int], list[bytes]] = {}
        places = zip(*(partials.column(name).to_pylist() for name in PLACE), strict=True)
        for (table, member, index), blob in zip(places, partials.column("partial").to_pylist(), strict=True):
            blobs.setdefault((table, member, index), []).append(blob)
        rows = []
        for place, found in blobs.items():
            if place[1] == PROBLEM:
                rows.append(problem_row(place, found))
            elif place[1] == MALFORMED:
                rows.append(_said(place, "rows", str(sum(int(count) for count in found))))
            else:
                rows.append(merged_row(plans[place[0]], place, found))
        return pa.Table.from_pylist(rows, schema)

    return merge_group
