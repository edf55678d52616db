"""Conditions that select rows of a result table to be read or replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stageprint.model.keys import TableKey

Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class AtMost:
    """The condition that a number is not null and at most `limit`."""

    limit: float


Condition = frozenset[Value] | AtMost


@dataclass(frozen=True, slots=True)
class Where:
    """Selects the rows that satisfy at least one alternative; every store translates it into its own query language.

    Attributes:
        alternatives: Each maps columns to conditions, all of which a row must satisfy. A condition is the set of
            allowed values, where None stands for null, or `AtMost`. ``()`` selects no row, ``({},)`` every row.
    """

    alternatives: tuple[Mapping[str, Condition], ...] = ({},)

    def __or__(self, other: Where) -> Where:
        """Select the rows that either side selects."""
        return Where(self.alternatives + other.alternatives)

    def __and__(self, other: Where) -> Where:
        """Select the rows that both sides select.

        Raises:
            ValueError: Both sides limit the same number by `AtMost`.
        """
        both = []
        for mine in self.alternatives:
            for theirs in other.alternatives:
                shared = {name: _intersection(name, mine[name], theirs[name]) for name in mine.keys() & theirs.keys()}
                if frozenset() not in shared.values():
                    both.append({**mine, **theirs, **shared})
        return Where(tuple(both))


EVERY_ROW = Where()
NO_ROW = Where(())


def where(**columns: Value | AtMost | Iterable[Value]) -> Where:
    """Select the rows whose columns have the given values.

    Args:
        columns: Column → a value, several allowed values, or `AtMost`; None is null.

    Example:
        >>> where(run_id=["2013-05", "2013-06"], slice_key=None).alternatives[0]["slice_key"]
        frozenset({None})
    """
    return Where(({name: _condition(value) for name, value in columns.items()},))


def where_tables(tables: Iterable[TableKey]) -> Where:
    """Select the rows of tables and of their slices, with one alternative per stage.

    Args:
        tables: The tables; none selects no row.
    """
    stages: dict[str, list[str]] = {}
    for key in tables:
        stages.setdefault(key.stage, []).append(key.table)
    rows = NO_ROW
    for stage, names in stages.items():
        rows |= where(stage=stage, table_name=names)
    return rows


def _intersection(name: str, mine: Condition, theirs: Condition) -> Condition:
    if isinstance(mine, AtMost) or isinstance(theirs, AtMost):
        message = f"both sides limit {name}"
        raise ValueError(message)
    return mine & theirs


def _condition(value: Value | AtMost | Iterable[Value]) -> Condition:
    if isinstance(value, AtMost):
        return value
    if value is None or isinstance(value, (str, int)):
        return frozenset((value,))
    return frozenset(value)
