"""Finds the files that delta-rs reads and cannot replace: those of Spark for names that are not ASCII.

Spark writes such names into the log as they are, delta-rs (1.6) percent-encodes them. What delta-rs says it removes is
then no file that it knows: for it, though not for Spark, the rows would be there twice.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from deltalake import DeltaTable

from stageprint.errors import StoreError
from stageprint.model.where import Where
from stageprint.pipeline.tables import all_tables
from stageprint.stores.delta.tables import open_table, table_uri


def irreplaceable(stored: DeltaTable, which: Where) -> list[str]:
    """Return the files that may hold rows that a condition selects and that delta-rs cannot replace.

    Args:
        stored: The table at its latest version.
        which: The condition.
    """
    files = pa.table(stored.get_add_actions()).to_pylist()
    return [file["path"] for file in files if not file["path"].isascii() and _may_hold(file["partition"] or {}, which)]


def has_irreplaceable(location: str, which: Where) -> bool:
    """Tell whether any result table of a store has files that `irreplaceable` returns; False: or it cannot be read."""
    for table in all_tables():
        try:
            stored = open_table(table_uri(location, table.name), {})
        except StoreError:  # whoever reads it says why
            continue
        if stored is not None and irreplaceable(stored, which):
            return True
    return False


def _may_hold(partition: Mapping[str, object], which: Where) -> bool:
    return any(
        all(
            not isinstance(condition, frozenset) or name not in partition or partition[name] in condition
            for name, condition in alternative.items()
        )
        for alternative in which.alternatives
    )
