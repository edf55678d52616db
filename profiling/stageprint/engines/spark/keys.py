"""Counts rows that repeat a key exactly: from the theta sketch if it is exact, otherwise by an aggregation in Spark."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import and_
from typing import Final

import pyarrow as pa
from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.spark.compat import to_arrow
from stageprint.engines.spark.plan import ScanPlan
from stageprint.pipeline.profile_codec import KEY_JOIN
from stageprint.pipeline.profile_rows import key_states

_MAX_ROWS_FOR_ONE_TASK: Final = 1 << 18
"""A table of at most this many rows is grouped in one task: no shuffle, and one Spark job instead of three."""


def repeated_keys(plan: ScanPlan, merged: pa.Table) -> Mapping[str, int]:
    """Count the rows beyond the first of each key; rows with a null in the key do not count.

    Up to 2^``sketches.theta_lg_k`` keys, the theta sketch holds every key and its count is exact. For more keys the key
    columns are read again and grouped. The second read counts its rows itself, so that rows that were added in between
    are not mistaken for duplicates.

    Args:
        plan: The scan.
        merged: The rows of the whole table in the result of `stageprint.engines.spark.scan.scan`.

    Returns:
        Key, as column names joined by ``+`` → number of rows.
    """
    places = {column.path: index for index, column in enumerate(plan.table.columns)}
    found = {}
    for paths, (counts, theta) in zip(plan.table.keys, key_states(plan.table, merged), strict=True):
        name = KEY_JOIN.join(paths)
        if theta is not None and not theta.is_estimation:
            found[name] = counts.rows - counts.nulls - round(theta.estimate().estimate)
            continue
        columns = [F.col(f"k{number}") for number in range(len(paths))]
        keyed = plan.frame.select(*(_column(plan, places[path]).alias(f"k{n}") for n, path in enumerate(paths)))
        keyed = keyed.where(reduce(and_, (column.isNotNull() for column in columns)))
        if counts.rows <= _MAX_ROWS_FOR_ONE_TASK:
            keyed = keyed.coalesce(1)
        repeated = to_arrow(keyed.groupBy(*columns).count().agg(F.sum(F.col("count") - 1).alias("repeated")))
        found[name] = repeated.column("repeated")[0].as_py() or 0
    return found


def _column(plan: ScanPlan, index: int) -> Column:
    column = F.col(f"c{plan.table.sources[index]}")
    for step in plan.table.columns[index].steps:
        column = column.getField(f"f{step}")
    return column
