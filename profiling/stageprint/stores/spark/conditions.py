"""Translates conditions on rows into Spark SQL; needs no Spark."""

from __future__ import annotations

from typing import Final

from stageprint.model.spark_sql import text_literal
from stageprint.model.where import Where
from stageprint.stores import conditions


def to_sql(rows: Where) -> str:
    """Return the SQL condition that selects rows of a result table; see `stageprint.stores.conditions.to_sql`.

    Example:
        >>> to_sql(Where(({"run_id": frozenset({"b", "a"}), "slice_key": frozenset({None})},)))
        "run_id IN ('a', 'b') AND slice_key IS NULL"
    """
    return conditions.to_sql(rows, _SPARK)


_SPARK: Final = conditions.Dialect(name=str, text=text_literal, number=lambda value: f"{value!r}D")
