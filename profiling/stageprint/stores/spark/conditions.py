"""Translates conditions on rows into Spark SQL; needs no Spark."""

from __future__ import annotations

from typing import Final

from stageprint.model.where import Where
from stageprint.stores import conditions


def to_sql(rows: Where) -> str:
    """Return the SQL condition that selects rows of a result table; see `stageprint.stores.conditions.to_sql`.

    Example:
        >>> to_sql(Where(({"run_id": frozenset({"b", "a"}), "slice_key": frozenset({None})},)))
        "run_id IN ('a', 'b') AND slice_key IS NULL"
    """
    return conditions.to_sql(rows, _SPARK)


def literal(value: str) -> str:
    """Return a text as a SQL string literal.

    Spark puts the value of a setting or of an environment variable in the place of ``${name}``, also inside literals,
    so the dollar sign is written by its code.
    """
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\u0024{")
    return f"'{escaped}'"


_SPARK: Final = conditions.Dialect(name=str, text=literal, number=lambda value: f"{value!r}D")
