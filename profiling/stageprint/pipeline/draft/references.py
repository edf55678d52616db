"""Finds foreign keys: columns whose values are keys of another table, and whose names or values leave little doubt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from stageprint.model import ColumnKind
from stageprint.pipeline.draft.columns import ColumnFacts, TableFacts, singular, words_of
from stageprint.pipeline.draft.keys import KEY_WORDS
from stageprint.pipeline.draft.model import Concluded, DraftTable

_GENERIC: Final = frozenset({*KEY_WORDS, "name", "index"})
"""Names of keys that say nothing of what the key is of."""

_OF_ITSELF: Final = frozenset({"parent", "manager", "supervisor", "reports", "previous", "prev", "original", "mentor"})
"""Words of columns that refer to their own table."""

_ROW_NUMBER: Final = re.compile(r"(?i)_c\d+|unnamed\b.*|index|row_?(names?|numbers?|id)?|level_0|")
"""Names of columns that number rows; no number refers to them."""

_MIN_SHARE: Final = 0.7
"""Share of a text column's values that are keys, where the names agree: registries are rarely complete."""

_MIN_SHARE_OF_NUMBERS: Final = 0.9
"""The same of whole numbers, of which many are keys by chance."""

_MIN_SHARE_WITHOUT_NAME: Final = 0.9
_MIN_DISTINCT_WITHOUT_NAME: Final = 3
_FEW: Final = 10
_MIN_LENGTH_OF_FEW: Final = 3
_MIN_LENGTH_OF_MANY: Final = 2
"""Mean length of texts that are keys of a table whose name nothing mentions: few short ones are keys by chance."""

_MIN_PREFIX: Final = 3


@dataclass(frozen=True)
class Target:
    """A key that may be referred to.

    Attributes:
        table: Its table.
        facts: What is known of the table.
        column: The key.
    """

    table: DraftTable
    facts: TableFacts
    column: ColumnFacts

    @property
    def full_name(self) -> str:
        """Stage, table and column."""
        return f"{self.table.found.full_name}.{self.column.name}"


def references_of(table: DraftTable, facts: TableFacts, targets: list[Target]) -> Iterator[tuple[str, Concluded]]:
    """Yield the foreign keys of a table: column, and what it refers to.

    Args:
        table: The table.
        facts: What is known of it.
        targets: The keys of the tables that it may refer to, its own among them.
    """
    own_key = table.keys.value if table.keys is not None else ()
    for column in facts.columns.values():
        if not column.whole or column.values.distinct < 2:
            continue
        found = [
            (likeness, share, target)
            for target in targets
            if target.column.family is column.family
            and not (target.table is table and (target.column.name == column.name or not _is_of_itself(column.name)))
            and (likeness := _likeness(facts, column, target)) is not None
            and (share := _share(column, target)) is not None
            and share >= _needed(column, likeness)
        ]
        if not found:
            continue
        likeness, share, best = max(found, key=lambda one: (one[0], one[1], -one[2].facts.rows))
        # Two tables with one key refer to each other; what refers is what has no key of its own name.
        if (column.name,) == tuple(own_key) and likeness < _NAMED_AS_TABLE:
            continue
        yield (
            column.name,
            Concluded(best.full_name, _evidence(column, share, best, likeness), None if share >= 1 else share),
        )


_NAMED_AS_TABLE: Final = 4
_SAME_NAME: Final = 3
_LIKE: Final = 2
_VALUES_ALONE: Final = 1


def _likeness(facts: TableFacts, column: ColumnFacts, target: Target) -> int | None:
    """Return how well a column's name says that it refers to a key; None: it cannot."""
    mine, key = facts.words(column.name), target.facts.words(target.column.name)
    own = singular(words_of(target.table.found.name))
    numbered = _ROW_NUMBER.fullmatch(target.column.name) is not None and column.kind is not ColumnKind.STRING
    if numbered or not mine or not key or not own:
        return None
    generic = key[-1] if key[-1] in _GENERIC and len(key) == 1 else None
    full = (*own, key[-1]) if generic else key
    if _is_of_itself(column.name) and mine[-1] == key[-1]:
        return _LIKE
    is_table = mine == own and (generic is not None or key[: len(own)] == own)
    if (mine == key and generic is None) or mine == full or is_table or _ends_with(mine, full):
        as_table = "".join(own) in "".join(mine) or own[-1] in mine
        return _NAMED_AS_TABLE if as_table else _SAME_NAME
    if generic and len(mine) > 1 and mine[-1] == generic and _abbreviates(mine[-2], own[-1]):
        return _LIKE
    return _VALUES_ALONE if _values_are_enough(column, target) else None


def _values_are_enough(column: ColumnFacts, target: Target) -> bool:
    return (
        column.kind is ColumnKind.STRING
        and column.values.distinct >= _MIN_DISTINCT_WITHOUT_NAME
        and column.mean_length >= (_MIN_LENGTH_OF_FEW if column.values.distinct < _FEW else _MIN_LENGTH_OF_MANY)
        and target.column.values.distinct >= column.values.distinct
        and not column.unique
    )


def _ends_with(mine: tuple[str, ...], full: tuple[str, ...]) -> bool:
    return len(mine) > len(full) > 0 and mine[-len(full) :] == full and not set(full) <= _GENERIC


def _abbreviates(short: str, word: str) -> bool:
    return len(short) >= _MIN_PREFIX and word.startswith(short)


def _is_of_itself(name: str) -> bool:
    return bool(_OF_ITSELF & set(words_of(name)))


def _share(column: ColumnFacts, target: Target) -> float | None:
    return column.values.share_in(target.column.values)


def _needed(column: ColumnFacts, likeness: int) -> float:
    if likeness == _VALUES_ALONE:
        return _MIN_SHARE_WITHOUT_NAME
    return _MIN_SHARE if column.kind is ColumnKind.STRING and likeness >= _SAME_NAME else _MIN_SHARE_OF_NUMBERS


def _evidence(column: ColumnFacts, share: float, target: Target, likeness: int) -> str:
    count = f"{column.values.distinct:,} distinct values"
    how = "all" if share >= 1 else f"{100 * share:.3g} %"
    named = "" if likeness > _VALUES_ALONE else "; the names do not suggest it"
    return (
        f"{column.name}: {how} of {count} are among the {target.column.values.distinct:,} of {target.full_name}{named}"
    )


def without_circles(found: Mapping[str, DraftTable]) -> None:
    """Drop those of two references between a pair of keys that refer to each other, the second one."""
    targets = {
        (name, column): str(one.value) for name, table in found.items() for column, one in table.references.items()
    }
    for (name, column), target in targets.items():
        stage, table, key = target.split(".", 2)
        back = found.get(f"{stage}.{table}")
        if back is None or target == f"{name}.{column}":
            continue
        again = back.references.get(key)
        if again is not None and again.value == f"{name}.{column}" and column in found[name].references:
            del back.references[key]
