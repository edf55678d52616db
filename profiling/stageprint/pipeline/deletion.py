"""Removes rows of runs from all result tables, in an order in which a stop in between never looks like an all-clear."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import pyarrow.compute as pc

from stageprint.model.manifest import MANIFEST_ID
from stageprint.model.result_tables import (
    CHECK_RESULTS,
    MANIFESTS,
    MARKS,
    NOTIFICATIONS,
    RUNS,
    SHIFTS,
    TABLE_PROFILES,
    ResultTable,
)
from stageprint.model.upkeep import TableDecision
from stageprint.model.where import NO_ROW, Where, where, where_tables
from stageprint.pipeline.marks import BAD
from stageprint.pipeline.tables import all_tables, column_profiles
from stageprint.ports import ProfileStore

_FIRST: Final = (RUNS, MANIFESTS)
"""Without its row of `runs` a run is known by its manifests alone, and all of its rows still count. With them it
disappears for every command at once, so that what is left of it clears nobody."""

_LAST: Final = (MARKS,)


def deletion_order() -> tuple[ResultTable, ...]:
    """Return every result table, in the order in which a run's rows are removed."""
    rest = [table for table in all_tables() if table not in (*_FIRST, *_LAST)]
    return (*_FIRST, *rest, *_LAST)


def rows_of_runs(store: ProfileStore, runs: Collection[str]) -> dict[str, int]:
    """Return the number of rows that each result table holds of runs, `marks` of bad runs included.

    Args:
        store: The store itself, not one that hides rows.
        runs: The runs.
    """
    return {table.name: store.read(table, _of(table, runs), ("run_id",)).num_rows for table in deletion_order()}


def remove_runs(store: ProfileStore, runs: Sequence[str]) -> dict[str, int]:
    """Remove runs from all result tables; repeat it after a stop.

    Only rows that are there when it begins are removed: a command that profiles such a run anew meanwhile writes rows
    with another manifest, and those stay.

    Args:
        store: The store itself, not one that hides rows.
        runs: The runs.

    Returns:
        Result table → rows removed; only those that held any.

    Raises:
        StoreError: The store cannot be read or written.
    """
    found: dict[str, tuple[ResultTable, Where, int]] = {}
    for table in deletion_order():
        condition = _of(table, runs)
        if MANIFEST_ID in table.arrow_schema.names:
            ids = store.read(table, condition, (MANIFEST_ID,))[MANIFEST_ID]
            rows = len(ids)
            condition &= where(**{MANIFEST_ID: pc.unique(ids).to_pylist()})
        else:
            rows = store.read(table, condition, ("run_id",)).num_rows
        if rows:
            found[table.name] = (table, condition, rows)
    for table, condition, _ in found.values():
        store.replace(table, table.empty(), condition)
    return {name: rows for name, (_, _, rows) in found.items()}


def rows_of_tables(store: ProfileStore, tables: Iterable[TableDecision]) -> dict[str, int]:
    """Return the number of rows that each result table holds of tables in some runs, their slices included.

    Args:
        store: The store itself, not one that hides rows.
        tables: The tables, each with its runs.
    """
    rows = _of_tables(tables)
    return {table.name: store.read(table, rows, ("run_id",)).num_rows for table in _tables_of_tables()}


def remove_tables(store: ProfileStore, tables: Iterable[TableDecision]) -> dict[str, int]:
    """Remove profiles, shifts and check results of tables from some runs; findings stay, and so do the runs.

    Args:
        store: The store itself, not one that hides rows.
        tables: The tables, each with its runs; slices go with their table.

    Returns:
        Result table → rows removed.

    Raises:
        StoreError: The store cannot be read or written.
    """
    tables = list(tables)
    found = rows_of_tables(store, tables)
    rows = _of_tables(tables)
    for table in _tables_of_tables():
        if found[table.name]:
            store.replace(table, table.empty(), rows)
    return found


def _tables_of_tables() -> tuple[ResultTable, ...]:
    # Shifts first: shifts without profiles would look like those of a table that disappeared.
    return (SHIFTS, CHECK_RESULTS, column_profiles(), TABLE_PROFILES)


def _of_tables(tables: Iterable[TableDecision]) -> Where:
    rows = NO_ROW
    for table in tables:
        rows |= where(run_id=table.runs) & where_tables([table.key])
    return rows


def _of(table: ResultTable, runs: Collection[str]) -> Where:
    rows = where(run_id=runs)
    if table is NOTIFICATIONS:
        return NO_ROW  # what was sent of an incident is not sent again, whatever became of its runs
    # Accepted shifts are decisions about columns and outlive the run in which they began.
    return rows & where(kind=BAD) if table is MARKS else rows
