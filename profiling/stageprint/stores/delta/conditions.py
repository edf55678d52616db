"""Translates conditions on rows into the SQL of DataFusion, the query engine of delta-rs."""

from __future__ import annotations

from typing import Final

from stageprint.model.where import Where
from stageprint.stores import conditions


def to_sql(rows: Where) -> str:
    """Return the SQL condition that selects rows of a result table; see `stageprint.stores.conditions.to_sql`.

    Example:
        >>> print(to_sql(Where(({"run_id": frozenset({"b", "a"}), "class": frozenset({None})},))))
        "run_id" IN ('a', 'b') AND "class" IS NULL
    """
    return conditions.to_sql(rows, _DATAFUSION)


def identifier(name: str) -> str:
    """Return a column's name as a SQL identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def literal(value: str) -> str:
    """Return a text as a SQL string literal."""
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


_DATAFUSION: Final = conditions.Dialect(name=identifier, text=literal, number=repr)
