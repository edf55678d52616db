"""Rows on their way into a store, and out of it: brought into this process, with the columns that were declared."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from stageprint.model.result_tables import ResultTable
from stageprint.ports import RowSource


def collected(table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table]) -> pa.Table:
    """Return rows as one Arrow table; see `stageprint.ports.ProfileStore.replace`."""
    if isinstance(rows, pa.Table):
        return rows
    if callable(rows):
        return rows()
    return pa.concat_tables([table.empty(), *(part.cast(table.arrow_schema) for part in rows.to_arrow())])


def conformed(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows with exactly the columns of a schema; those that they lack are null."""
    if rows.schema.equals(schema):
        return rows
    arrays = [
        rows[field.name].cast(field.type) if field.name in rows.column_names else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.table(arrays, schema=schema)


def read_schema(table: ResultTable, columns: Sequence[str] | None) -> pa.Schema:
    """Return the schema of what `stageprint.ports.ProfileStore.read` returns.

    Args:
        table: The table.
        columns: The columns that were asked for; None: all.
    """
    if columns is None:
        return table.arrow_schema
    return pa.schema([pa.field(name.replace(".", "_"), _type_of(table, name)) for name in columns])


def _type_of(table: ResultTable, name: str) -> pa.DataType:
    outer, _, inner = name.partition(".")
    found = table.arrow_schema.field(outer).type
    return found.field(inner).type if inner else found
