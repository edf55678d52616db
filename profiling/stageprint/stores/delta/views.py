"""Statements of the SQL views over a store that delta-rs reads; printing them starts no Spark."""

from __future__ import annotations

import pyarrow as pa

from stageprint.model.result_tables import ResultTable
from stageprint.pipeline.tables import all_tables
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.delta.tables import local_folder
from stageprint.stores.missing_tables import create_missing
from stageprint.stores.spark.views import view_statements


def delta_view_statements(store: DeltaStore) -> str:
    """Return SQL that makes temporary views of the tables and of the views over them, for any Spark session.

    Result tables that were never written are created in a store with results; where nothing can be written, their views
    are left out. The statements are those of `stageprint.stores.spark.store.SparkStore.view_statements`, and the same
    for every supported version of Spark.

    Args:
        store: The store.
    """
    columns = {table.name: names for table in all_tables() if (names := _columns(store, table)) is not None}
    columns |= {table.name: _columns(store, table) or [] for table in create_missing(store, columns)}
    return view_statements({name: _identifier(store.location, name) for name in columns}, columns)


def _columns(store: DeltaStore, table: ResultTable) -> list[str] | None:
    stored = store.delta_table(table)
    return None if stored is None else pa.schema(stored.schema().to_arrow()).names


def _identifier(location: str, name: str) -> str:
    """Return what Spark's SQL calls a table of the store: with its scheme, and its folder as Hadoop writes it."""
    folder = local_folder(location)
    # Not `as_uri`, which escapes: Hadoop takes `%20` for three characters.
    place = location.rstrip("/") if folder is None else f"file:/{folder.as_posix().lstrip('/')}"
    return "delta.`{}`".format(f"{place}/{name}".replace("`", "``"))
