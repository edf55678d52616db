"""The list of all result tables, and the declaration of `column_profiles`, which follows from the registries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from stageprint.metrics.base import all_metrics
from stageprint.model.manifest import ManifestKind
from stageprint.model.result_table import PARTITIONS
from stageprint.model.result_tables import (
    CALIBRATION,
    CHECK_RESULTS,
    FINDINGS,
    INCIDENTS,
    MANIFESTS,
    MARKS,
    NOTIFICATIONS,
    RUNS,
    SHIFTS,
    TABLE_COLUMNS,
    TABLE_PROFILES,
    WRITTEN_BY,
    Column,
    ResultTable,
)
from stageprint.states.base import all_states


@cache
def column_profiles() -> ResultTable:
    """Return the declaration of `column_profiles`: a column per metric, and a field of `states` per state."""
    metrics = [
        Column(metric.name, metric.sql_type, f"{metric.unit}; null: {metric.null_means}")
        for metric in all_metrics().values()
    ]
    states = ",".join(f"{name}:binary" for name in state_names())
    return ResultTable(
        "column_profiles",
        (
            *TABLE_COLUMNS,
            Column("column_name", "string", "Path of the column, such as fare, address.city or tags[]"),
            Column("column_position", "int", "Position of its top-level column in the table, from 0"),
            Column("data_type", "string", "Spark SQL type of the source's column"),
            Column(
                "column_kind",
                "string",
                "Kind as which it is profiled: boolean, integer, float, decimal, date, timestamp, timestamp_ntz, "
                "string, binary, array, map or other",
            ),
            Column(
                "sensitive",
                "string",
                "What may be stored of the column's values: off, hashed, or the number of rows that must share one; "
                "null: the column is not sensitive",
            ),
            Column(
                "hash_key_id",
                "string",
                "Identifier of the secret that values of a sensitive column were hashed with; null: none were",
            ),
            Column("compact_features_version", "int", "Format version of compact_features; null: there are none"),
            *metrics,
            Column("not_computable", "map<string,string>", "Metric that is null and the reason"),
            Column(
                "compact_features",
                "binary",
                "Summary of the states, a few KiB, that later runs are compared with; null: they are compared with "
                "the states",
            ),
            Column(
                "states",
                f"struct<{states}>",
                "Mergeable states, each a version byte, a kind byte and the payload; null: not kept for this kind",
            ),
            WRITTEN_BY,
        ),
        PARTITIONS,
        ManifestKind.PROFILE,
    )


def state_names() -> Sequence[str]:
    """Return the names of the registered states, in alphabetical order."""
    return list(all_states())


def all_tables() -> tuple[ResultTable, ...]:
    """Return every result table."""
    return (
        *(MANIFESTS, RUNS, TABLE_PROFILES, column_profiles(), SHIFTS, FINDINGS, INCIDENTS, CHECK_RESULTS),
        *(CALIBRATION, MARKS, NOTIFICATIONS),
    )
