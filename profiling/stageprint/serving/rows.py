"""Rows in the forms that a service has them in, as the buffer of a `ServingProfiler` keeps them.

Nothing here imports pyarrow before rows need it: the class must be cheap to import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stageprint.errors import UsageError


def buffered(rows: Any) -> tuple[list[Any], int]:
    """Return rows as items of the buffer, and the number of rows.

    Args:
        rows: A mapping from column to value, a sequence of mappings, an Arrow record batch or table, a pandas
            DataFrame, or anything with Arrow's stream interface.

    Returns:
        Items that share no memory with a mapping or DataFrame of the caller: a dict for each row, or one Arrow table.

    Raises:
        UsageError: `rows` is none of these.
    """
    if isinstance(rows, Mapping):
        return [dict(rows)], 1
    library = type(rows).__module__.partition(".")[0]
    if library in {"pyarrow", "pandas"} or hasattr(rows, "__arrow_c_stream__"):
        return _buffered_table(rows, library)
    if isinstance(rows, Sequence) and not isinstance(rows, str | bytes | bytearray):
        for row in rows:
            if not isinstance(row, Mapping):
                message = f"rows: expected mappings from column to value, got one of type {type(row).__name__}"
                raise UsageError(message)
        return [dict(row) for row in rows], len(rows)
    message = (
        "rows: expected a mapping, a sequence of mappings, an Arrow record batch or table, or a pandas DataFrame, "
        f"got {type(rows).__name__}"
    )
    raise UsageError(message)


def grouped(items: list[Any]) -> list[Any]:
    """Return the items of a buffer in order, with neighbours of one form joined.

    Returns:
        Lists of dicts, and Arrow tables; tables are joined while their schema is the same.
    """
    groups: list[Any] = []
    rows: list[Any] = []
    tables: list[Any] = []

    def end_group() -> None:
        nonlocal rows, tables
        if rows:
            groups.append(rows)
        if tables:
            import pyarrow as pa  # noqa: PLC0415 -- loaded with the first profiler

            groups.append(pa.concat_tables(tables))
        rows, tables = [], []

    for item in items:
        if isinstance(item, dict):
            if tables:
                end_group()
            rows.append(item)
        else:
            if rows or (tables and not tables[-1].schema.equals(item.schema)):
                end_group()
            tables.append(item)
    end_group()
    return groups


def _buffered_table(rows: Any, library: str) -> tuple[list[Any], int]:
    import pyarrow as pa  # noqa: PLC0415 -- loaded with the first profiler

    if isinstance(rows, pa.RecordBatch):
        rows = pa.Table.from_batches([rows])
    elif library == "pandas":
        # A copy: Arrow would share memory that the service may write to later.
        rows = _table_or_dicts(rows.copy())
    elif not isinstance(rows, pa.Table):
        rows = pa.table(rows)
    if isinstance(rows, list):
        return rows, len(rows)
    return ([rows], rows.num_rows) if rows.num_rows else ([], 0)


def _table_or_dicts(frame: Any) -> Any:
    """Return a DataFrame as an Arrow table, or as a list of dicts where a column holds objects of several types."""
    import pyarrow as pa  # noqa: PLC0415 -- loaded with the first profiler

    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError):
        # Value by value, only those that do not fit are rejected.
        frame.columns = [str(name) for name in frame.columns]
        return frame.astype(object).where(frame.notna(), None).to_dict("records")
