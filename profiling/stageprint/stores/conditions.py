"""Translates conditions on rows into SQL, in the dialect of a store's query engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stageprint.model.where import AtMost, Condition, Where

_MAX_FLAT_ALTERNATIVES: Final = 8
"""Number of alternatives written side by side. More are nested in halves: parsers descend once for each OR."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a query engine writes the parts of a condition.

    Attributes:
        name: Returns a column's name as an identifier.
        text: Returns a text as a string literal.
        number: Returns a number as a literal of a double.
    """

    name: Callable[[str], str]
    text: Callable[[str], str]
    number: Callable[[float], str]


def to_sql(rows: Where, dialect: Dialect) -> str:
    """Return the SQL condition that selects rows of a result table.

    Conditions that all alternatives share come first, so that Delta can tell from the partition columns that writers of
    other partitions do not conflict, and need read no other partition.
    """
    if not rows.alternatives:
        return "false"
    if len(rows.alternatives) == 1:
        return " AND ".join(_conditions(rows.alternatives[0], dialect)) or "true"
    parts = list(_conditions(_implied(rows), dialect))
    alternatives = [" AND ".join(_conditions(one, dialect)) or "true" for one in rows.alternatives]
    parts.append(_any_of(alternatives))
    return " AND ".join(parts)


def on_stored_columns(rows: Where, stored: Collection[str]) -> Where:
    """Return the condition for a table that lacks some columns: a column that it lacks is null in every row.

    Args:
        rows: The condition.
        stored: Names of the columns that the table has.
    """
    kept: list[Mapping[str, Condition]] = []
    for alternative in rows.alternatives:
        missing = {name: condition for name, condition in alternative.items() if name not in stored}
        if all(isinstance(condition, frozenset) and None in condition for condition in missing.values()):
            kept.append({name: condition for name, condition in alternative.items() if name in stored})
    return Where(tuple(kept))


def _any_of(alternatives: Sequence[str]) -> str:
    if len(alternatives) > _MAX_FLAT_ALTERNATIVES:
        middle = len(alternatives) // 2
        return f"({_any_of(alternatives[:middle])} OR {_any_of(alternatives[middle:])})"
    return "(" + " OR ".join(f"({text})" for text in alternatives) + ")"


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


def _conditions(conditions: Mapping[str, Condition], dialect: Dialect) -> Iterator[str]:
    for column, condition in conditions.items():
        name = dialect.name(column)
        if isinstance(condition, AtMost):
            yield f"{name} <= {dialect.number(condition.limit)}"
            continue
        values = sorted((value for value in condition if value is not None), key=str)
        literals = (dialect.text(value) if isinstance(value, str) else str(value).lower() for value in values)
        known = f"{name} IN ({', '.join(literals)})" if values else "false"
        if None in condition:
            known = f"({known} OR {name} IS NULL)" if values else f"{name} IS NULL"
        yield known
