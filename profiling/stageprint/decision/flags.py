"""Which runs of a column are excluded from its references, by what was decided in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.decision.history import ALERTING_SEVERITIES, MAX_SUSPECT_P
from stageprint.decision.references import excluded_runs
from stageprint.model import TABLE_LEVEL, ColumnKey, Concern, Slice
from stageprint.shifts import concerns_of

KEY: Final = ("stage", "table_name", "slice_key", "slice_value", "column_name")
"""The columns of `DECISIONS` that name a column."""


def keys_of(shifts: pa.Table) -> list[ColumnKey]:
    """Return the column of each row of decided shifts, in order."""
    return [
        ColumnKey(stage, table, column, None if key is None else Slice(key, value))
        for stage, table, key, value, column in zip(*(shifts[name].to_pylist() for name in KEY), strict=True)
    ]


def alerting_columns(decided: pa.Table) -> set[ColumnKey]:
    """Return the columns with at least a warning."""
    return set(keys_of(decided.filter(pc.is_in(decided["severity"], value_set=pa.array(ALERTING_SEVERITIES)))))


def lasting_columns(decided: pa.Table) -> set[ColumnKey]:
    """Return the columns with at least a warning for missing values, and the tables with one for rows or keys.

    They are alerting whatever event was told of them: what is lost is no new state.
    """
    alerting = decided.filter(pc.is_in(decided["severity"], value_set=pa.array(ALERTING_SEVERITIES)))
    return {
        key
        for key, statistic in zip(keys_of(alerting), alerting["statistic"].to_pylist(), strict=True)
        if Concern.MISSING_VALUES in concerns_of(statistic)
        or (key.column == TABLE_LEVEL and concerns_of(statistic).isdisjoint({Concern.SCHEMA, Concern.STORAGE}))
    }


def suspect_columns(decided: pa.Table) -> set[ColumnKey]:
    """Return the columns with a p value of at most `MAX_SUSPECT_P`."""
    return set(keys_of(decided.filter(pc.less_equal(decided["p_value"], MAX_SUSPECT_P))))


def excluded_runs_by_column(
    runs: Sequence[str], alerting: Mapping[str, set[ColumnKey]], suspect: Mapping[str, set[ColumnKey]]
) -> dict[ColumnKey, set[str]]:
    """Return, for each column that was alerting or suspect, the earlier runs to exclude from its references.

    Args:
        runs: The earlier runs, oldest first.
        alerting: Run → the columns with at least a warning.
        suspect: Run → the suspect columns.
    """
    flagged, near = _runs_of(alerting, runs), _runs_of(suspect, runs)
    excluded = {key: excluded_runs(runs, flagged.get(key, ()), near.get(key, ())) for key in {*flagged, *near}}
    return {key: found for key, found in excluded.items() if found}


def _runs_of(columns: Mapping[str, set[ColumnKey]], runs: Sequence[str]) -> dict[ColumnKey, set[str]]:
    found: dict[ColumnKey, set[str]] = {}
    for run in runs:
        for key in columns.get(run, ()):
            found.setdefault(key, set()).add(run)
    return found
