"""Rows on their way into a store and out of it, as Arrow tables in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.model.result_tables import ResultTable
from stageprint.model.where import AtMost, Condition, Where
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


def mask_of(table: pa.Table, rows: Where) -> pa.ChunkedArray | pa.Array:
    """Return for each row of an Arrow table whether a condition selects it; never null."""
    found = pa.repeat(False, table.num_rows)
    for alternative in rows.alternatives:
        found = pc.or_(found, _mask_of(table, alternative))
    return found


def _mask_of(table: pa.Table, alternative: Mapping[str, Condition]) -> pa.ChunkedArray | pa.Array:
    found = pa.repeat(True, table.num_rows)
    for name, condition in alternative.items():
        column = table[name]
        if isinstance(condition, AtMost):
            own = pc.fill_null(pc.less_equal(column, condition.limit), False)
        else:
            values = pa.array([value for value in condition if value is not None], column.type)
            own = pc.is_in(column, value_set=values)
            if None in condition:
                own = pc.or_(own, pc.is_null(column))
        found = pc.and_(found, own)
    return found


def _type_of(table: ResultTable, name: str) -> pa.DataType:
    outer, _, inner = name.partition(".")
    found = table.arrow_schema.field(outer).type
    return found.field(inner).type if inner else found
