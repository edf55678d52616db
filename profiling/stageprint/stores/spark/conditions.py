"""Translates conditions on rows into Spark SQL; needs no Spark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stageprint.model.where import AtMost, Condition, Where


def to_sql(rows: Where) -> str:
    """Return the SQL condition that selects rows of a result table.

    Conditions that all alternatives share come first, so that Delta can tell from the partition columns that writers of
    other partitions do not conflict.

    Example:
        >>> to_sql(Where(({"run_id": frozenset({"b", "a"}), "slice_key": frozenset({None})},)))
        "run_id IN ('a', 'b') AND slice_key IS NULL"
    """
    if not rows.alternatives:
        return "false"
    if len(rows.alternatives) == 1:
        return " AND ".join(_conditions(rows.alternatives[0])) or "true"
    parts = list(_conditions(_implied(rows)))
    alternatives = [" AND ".join(_conditions(one)) or "true" for one in rows.alternatives]
    parts.append("(" + " OR ".join(f"({text})" for text in alternatives) + ")")
    return " AND ".join(parts)


def _implied(rows: Where) -> dict[str, Condition]:
    """Return, for the columns that occur in every alternative, the values that any alternative allows."""
    first = rows.alternatives[0]
    found: dict[str, Condition] = {}
    for name in first:
        conditions = [one.get(name) for one in rows.alternatives]
        values = [condition for condition in conditions if isinstance(condition, frozenset)]
        if len(values) == len(conditions):
            found[name] = frozenset().union(*values)
    return found


def _conditions(conditions: Mapping[str, Condition]) -> Iterator[str]:
    for name, condition in conditions.items():
        if isinstance(condition, AtMost):
            yield f"{name} <= {condition.limit!r}D"
            continue
        values = sorted((value for value in condition if value is not None), key=str)
        known = f"{name} IN ({', '.join(_literal_of(value) for value in values)})" if values else "false"
        if None in condition:
            known = f"({known} OR {name} IS NULL)" if values else f"{name} IS NULL"
        yield known


def _literal_of(value: str | int | bool) -> str:
    return literal(value) if isinstance(value, str) else str(value).lower()


def literal(value: str) -> str:
    """Return a text as a SQL string literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
