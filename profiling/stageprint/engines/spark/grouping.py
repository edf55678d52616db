"""Reads stored profiles as a DataFrame and groups them so that columns to be compared are in the same group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.decision.flags import KEY
from stageprint.engines.spark.frames import FrameStore
from stageprint.features.compact import COMPACT_VERSION
from stageprint.model import ColumnKey
from stageprint.model.where import EVERY_ROW, where
from stageprint.pipeline.compare.column_measures import COLUMNS, STATE_COLUMNS, STATE_FIELDS
from stageprint.pipeline.compare.planning import ReferencePlan
from stageprint.pipeline.tables import column_profiles

_NAMED: Final = ("stage", "table_name", "column_name")


def stored_profiles(store: FrameStore, plan: ReferencePlan) -> DataFrame:
    """Return the stored profiles to compare as a DataFrame, with the rows of `column_measures.read_profiles`.

    Args:
        store: The store.
        plan: What is compared.
    """
    rows, table = EVERY_ROW & plan.slices.rows, column_profiles()
    no_features = F.lit(None).cast("binary").alias("compact_features")
    no_states = [F.lit(None).cast("binary").alias(name) for name in STATE_COLUMNS]
    kept = [F.col(name) for name in STATE_COLUMNS]
    named = [F.col(name) for name in COLUMNS]
    whole = (*COLUMNS, *STATE_FIELDS)
    found = store.frame(table, rows & where(run_id=plan.run_id), whole).select(*named, no_features, *kept)
    earlier = sorted(plan.needed_runs - {plan.run_id})
    if earlier:
        # Two reads, so that states are read for few earlier runs: file statistics tell which lack current features.
        of_earlier = rows & where(run_id=earlier)
        current = of_earlier & where(compact_features_version=COMPACT_VERSION)
        compact = store.frame(table, current, (*COLUMNS, "compact_features"))
        found = found.unionByName(compact.select(*named, "compact_features", *no_states))
        unlike = F.col("compact_features_version").isNull() | (F.col("compact_features_version") != COMPACT_VERSION)
        older = store.frame(table, of_earlier, (*whole, "compact_features_version")).where(unlike)
        found = found.unionByName(older.select(*named, no_features, *kept))
    return found


def grouped(frame: DataFrame, plan: ReferencePlan, groups: int) -> DataFrame:
    """Return the rows with a column `group`; columns that are compared with each other have the same group."""
    name = F.lower("column_name")
    if plan.tables:
        # Between stages a column's counterpart is in another table, under the same name.
        place = F.xxhash64(name)
    elif plan.upstream:
        origins = frame.sparkSession.createDataFrame(_origins(plan.upstream))
        frame = frame.join(F.broadcast(origins), list(_NAMED), "left")
        whole = F.when(F.col("slice_key").isNull(), F.col("origin"))
        place = F.coalesce(whole, F.xxhash64(*KEY))
    else:
        place = F.xxhash64("stage", "table_name", "slice_key", "slice_value", name)
    return frame.withColumn("group", F.pmod(place, F.lit(groups)).cast("int")).drop("origin")


def _origins(upstream: Mapping[ColumnKey, ColumnKey]) -> pa.Table:
    """Return a number for each chain of upstream columns, by the columns in the chain."""
    first: dict[ColumnKey, ColumnKey] = {}
    for key in upstream:
        way = [key]
        while way[-1] in upstream and way[-1] not in first:
            way.append(upstream[way[-1]])
        origin = first.get(way[-1], way[-1])
        first.update(dict.fromkeys(way, origin))
    numbers = {origin: number for number, origin in enumerate(dict.fromkeys(first.values()))}
    columns = [[key.stage for key in first], [key.table for key in first], [key.column for key in first]]
    return pa.table([*columns, [numbers[origin] for origin in first.values()]], names=[*_NAMED, "origin"])
