"""Finds tables whose rows and most columns are exactly those of the last run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any, Final

from stageprint.features.exact import RELATIVE_TOLERANCE
from stageprint.model import TableKey
from stageprint.model.where import where, where_tables
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import ProfileStore
from stageprint.shifts import DeliveredAgain

MIN_EQUAL_COLUMNS: Final = 2
MIN_EQUAL_SHARE: Final = 0.5
"""Number and share of the columns with several values that must be exactly those of the last run."""

_FIGURES: Final = ("null_count", "distinct_count", "mean", "standard_deviation", "skewness", "kurtosis", "length_mean")
_ENDS: Final = ("min_text", "max_text")

_Row = Mapping[str, Any]


def delivered_again(
    store: ProfileStore, run: str, last: str, tables: Sequence[TableKey]
) -> dict[TableKey, DeliveredAgain]:
    """Return those of the tables whose columns are mostly exactly those of the last run, though not all of them.

    Args:
        store: The store.
        run: The run.
        last: The run before it.
        tables: Tables with as many rows in both runs.
    """
    if not tables:
        return {}
    rows = where(run_id=[run, last], slice_key=None) & where_tables(tables)
    names = ("run_id", "stage", "table_name", "column_name", *_FIGURES, *_ENDS)
    found: defaultdict[TableKey, dict[str, dict[str, _Row]]] = defaultdict(lambda: {run: {}, last: {}})
    for row in store.read(column_profiles(), rows, names).to_pylist():
        found[TableKey(row["stage"], row["table_name"])][row["run_id"]][row["column_name"]] = row
    again = {key: _again(runs[run], runs[last]) for key, runs in found.items()}
    return {key: one for key, one in again.items() if one is not None}


def _again(now: Mapping[str, _Row], then: Mapping[str, _Row]) -> DeliveredAgain | None:
    varying = [name for name in now.keys() & then.keys() if (now[name]["distinct_count"] or 0) > 1]
    moved = [name for name in varying if not _same(now[name], then[name])]
    equal = len(varying) - len(moved)
    if not moved or equal < MIN_EQUAL_COLUMNS or equal < MIN_EQUAL_SHARE * len(varying):
        return None
    exchanged = {
        name: other
        for name in moved
        for other in moved
        if other != name and _same(now[name], then[other]) and _same(now[other], then[name])
    }
    return DeliveredAgain(exchanged)


def _same(now: _Row, then: _Row) -> bool:
    """Return whether all exact figures of two columns are equal."""
    return all(_close(now[name], then[name]) for name in _FIGURES) and all(now[name] == then[name] for name in _ENDS)


def _close(now: float | None, then: float | None) -> bool:
    if now is None or then is None:
        return now is then
    return isclose(now, then, rel_tol=RELATIVE_TOLERANCE, abs_tol=0.0) or (now != now and then != then)  # noqa: PLR0124
