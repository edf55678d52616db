"""All result tables, those among them whose columns follow from the registered metrics and states."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from stageprint.metrics.base import all_metrics
from stageprint.model.result_tables import (
    CALIBRATION,
    CHECK_RESULTS,
    FINDINGS,
    MARKS,
    RUNS,
    SHIFTS,
    TABLE_COLUMNS,
    TABLE_PROFILES,
    Column,
    ResultTable,
)
from stageprint.states.base import all_states


@cache
def column_profiles() -> ResultTable:
    """Return the declaration of `column_profiles`: a column for every metric, a field of `states` for every state."""
    metrics = [
        Column(metric.name, metric.sql_type, f"{metric.unit}; null: {metric.null_means}")
        for metric in all_metrics().values()
    ]
    states = ",".join(f"{name}:binary" for name in state_names())
    return ResultTable(
        "column_profiles",
        (
            *TABLE_COLUMNS,
            Column("column_name", "string", "Column; a path names exactly one column"),
            Column("column_position", "int", "0-based position in the schema"),
            Column("data_type", "string", "Spark SQL type"),
            Column("column_kind", "string", "What the statistics take it for"),
            Column("compact_features_version", "int", "Version of `compact_features`"),
            *metrics,
            Column("not_computable", "map<string,string>", "Metric → why it has no value"),
            Column("compact_features", "binary", "What later comparisons need, a few KiB; made from the states"),
            Column("states", f"struct<{states}>", "Mergeable states: version byte, kind byte, payload"),
        ),
        ("pipeline", "run_id", "stage"),
    )


def state_names() -> Sequence[str]:
    """Return the registered states' names in order."""
    return list(all_states())


def all_tables() -> tuple[ResultTable, ...]:
    """Return every result table."""
    return (RUNS, TABLE_PROFILES, column_profiles(), SHIFTS, FINDINGS, CHECK_RESULTS, CALIBRATION, MARKS)
