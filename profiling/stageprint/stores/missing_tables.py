"""Result tables that a store with results does not have yet: an earlier release did not know them."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from stageprint.errors import StoreError
from stageprint.model.result_tables import ResultTable
from stageprint.model.where import NO_ROW
from stageprint.pipeline.tables import all_tables
from stageprint.ports import ProfileStore


def create_missing(store: ProfileStore, existing: Collection[str]) -> list[ResultTable]:
    """Create the result tables that a store lacks, each without rows.

    Args:
        store: The store.
        existing: Names of the tables that it has; empty: it has no results, and nothing is created.

    Returns:
        The tables that were created; not all that are missing, or none, where nothing can be written.
    """
    created: list[ResultTable] = []
    with suppress(StoreError):
        for table in all_tables() if existing else ():
            if table.name not in existing:
                store.append(table, table.empty(), NO_ROW)
                created.append(table)
    return created
