"""Translates conditions on rows into the SQL of DataFusion, the query engine of delta-rs."""

from __future__ import annotations

from typing import Final

from stageprint.model.where import AtMost, Where
from stageprint.stores import conditions


def to_sql(rows: Where) -> str:
    """Return the SQL condition that selects rows of a result table; see `stageprint.stores.conditions.to_sql`.

    Example:
        >>> print(to_sql(Where(({"run_id": frozenset({"b", "a"}), "class": frozenset({None})},))))
        "run_id" IN ('a', 'b') AND "class" IS NULL
    """
    return conditions.to_sql(rows, _DATAFUSION)


def without_limits(rows: Where) -> Where:
    """Return a condition without its `AtMost` parts; it selects at least the same rows.

    DataFusion takes a column of a condition for constant where a file's smallest and largest value are equal, and
    Parquet leaves NaN out of both: the rows would come back with another number (deltalake 1.6).
    """
    return Where(
        tuple(
            {name: condition for name, condition in alternative.items() if not isinstance(condition, AtMost)}
            for alternative in rows.alternatives
        )
    )


def limited_columns(rows: Where) -> list[str]:
    """Return the columns that a condition names if any part of it is `AtMost`, else none."""
    if not any(isinstance(one, AtMost) for alternative in rows.alternatives for one in alternative.values()):
        return []
    return list(dict.fromkeys(name for alternative in rows.alternatives for name in alternative))


def identifier(name: str) -> str:
    """Return a column's name as a SQL identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def literal(value: str) -> str:
    """Return a text as a SQL string literal."""
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


_DATAFUSION: Final = conditions.Dialect(name=identifier, text=literal, number=repr)
