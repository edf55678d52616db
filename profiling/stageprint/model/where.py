"""Which rows of a result table are read or replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class AtMost:
    """Condition on a number: not null, and no larger than `limit`."""

    limit: float


Condition = frozenset[Value] | AtMost


@dataclass(frozen=True, slots=True)
class Where:
    """Rows that satisfy at least one of several alternatives; every store turns this into its own language.

    Attributes:
        alternatives: Each maps a column to the values it may have (None among them: null) or to `AtMost`; a row
            satisfies it where every column does. No alternative at all selects no row, an empty one every row.
    """

    alternatives: tuple[Mapping[str, Condition], ...] = ({},)

    def __or__(self, other: Where) -> Where:
        """Return the rows that satisfy either."""
        return Where(self.alternatives + other.alternatives)

    def __and__(self, other: Where) -> Where:
        """Return the rows that satisfy both; a column may be named on one side only.

        Raises:
            ValueError: Both sides name a column.
        """
        both = []
        for mine in self.alternatives:
            for theirs in other.alternatives:
                if mine.keys() & theirs.keys():
                    message = f"both sides name {', '.join(sorted(mine.keys() & theirs.keys()))}"
                    raise ValueError(message)
                both.append({**mine, **theirs})
        return Where(tuple(both))

    @property
    def columns(self) -> set[str]:
        """The columns that are looked at."""
        return {name for alternative in self.alternatives for name in alternative}


EVERY_ROW = Where()
NO_ROW = Where(())


def where(**columns: Value | AtMost | Iterable[Value]) -> Where:
    """Return the rows whose columns have the given values.

    Args:
        columns: By column one value, several of which it may have any, or `AtMost`.

    Example:
        >>> where(run_id=["2013-05", "2013-06"], slice_key=None).alternatives[0]["slice_key"]
        frozenset({None})
    """
    return Where(({name: _condition(value) for name, value in columns.items()},))


def _condition(value: Value | AtMost | Iterable[Value]) -> Condition:
    if isinstance(value, AtMost):
        return value
    if value is None or isinstance(value, (str, int)):
        return frozenset((value,))
    return frozenset(value)
