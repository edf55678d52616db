"""Names of a table's slices."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

OTHER: Final = "__other__"
"""`slice_value` of the rows whose value has no slice of its own."""
NULL: Final = "__null__"
"""`slice_value` of the rows without a value."""


class Member(NamedTuple):
    """The whole table, or one of its slices.

    Attributes:
        key: Column or condition the slice is made by; None: the whole table.
        value: The slice's value; None: the whole table.
    """

    key: str | None
    value: str | None


WHOLE: Final = Member(None, None)


NAMED: Final = r"^(\S+) \[(.*?)\u2009=\u2009(.*)\]$"
"""Name of a slice as a table of its own, ``flights [origin = JFK]``: table, key and value. No table's name holds a
blank; the blanks around the sign are thin ones, which no condition is written with."""

_NAMED = re.compile(NAMED, re.DOTALL)


def slice_name(table: str, member: Member) -> str:
    """Return what a slice is called as a table of its own; the table's name for the whole.

    Example:
        >>> split_name(slice_name("flights", Member("origin", "JFK")))
        ('flights', Member(key='origin', value='JFK'))
    """
    return table if member.key is None else f"{table} [{member.key}\u2009=\u2009{member.value}]"


def split_name(name: str) -> tuple[str, Member]:
    """Return the table and the slice of a name that `slice_name` made."""
    found = _NAMED.match(name)
    return (name, WHOLE) if found is None else (found[1], Member(found[2], found[3]))
