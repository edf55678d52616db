"""Which columns of a decided run later runs keep clear of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.decision.history import LOUD, WATCHED
from stageprint.decision.references import away_from
from stageprint.model import ColumnKey

KEY: Final = ("stage", "table_name", "column_name")
"""The columns of `DECISIONS` that name a column."""


def keys_of(shifts: pa.Table) -> list[ColumnKey]:
    """Return the column each row of decided shifts is about, in order."""
    return [ColumnKey(*names) for names in zip(*(shifts[name].to_pylist() for name in KEY), strict=True)]


def loud_columns(decided: pa.Table) -> set[ColumnKey]:
    """Return the columns that were at least a warning."""
    return set(keys_of(decided.filter(pc.is_in(decided["severity"], value_set=pa.array(LOUD)))))


def watched_columns(decided: pa.Table) -> set[ColumnKey]:
    """Return the columns that were nearly that; a shift without p is none."""
    return set(keys_of(decided.filter(pc.less_equal(decided["p_value"], WATCHED))))


def away_by_column(
    runs: Sequence[str], loud: Mapping[str, set[ColumnKey]], watched: Mapping[str, set[ColumnKey]]
) -> dict[ColumnKey, set[str]]:
    """Return, of every column that was flagged, the earlier runs in which it is not what it should be.

    Args:
        runs: The earlier runs, oldest first.
        loud: By run, the columns that were at least a warning.
        watched: By run, the columns that were watched.
    """
    flagged, near = _runs_of(loud, runs), _runs_of(watched, runs)
    away = {key: away_from(runs, flagged.get(key, ()), near.get(key, ())) for key in {*flagged, *near}}
    return {key: found for key, found in away.items() if found}


def _runs_of(columns: Mapping[str, set[ColumnKey]], runs: Sequence[str]) -> dict[ColumnKey, set[str]]:
    found: dict[ColumnKey, set[str]] = {}
    for run in runs:
        for key in columns.get(run, ()):
            found.setdefault(key, set()).add(run)
    return found
