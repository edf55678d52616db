"""Finds the columns that identify a table's rows: one, else the fewest that do so together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from math import prod
from typing import Final

from stageprint.model import ColumnKind
from stageprint.pipeline.draft.columns import TIMES, ColumnFacts, TableFacts, singular, words_of
from stageprint.pipeline.draft.value_sets import Codes, repeated, row_codes

KEY_WORDS: Final = frozenset({"id", "key", "uuid", "guid", "code", "no", "nr", "number", "num", "pk", "sk", "rowid"})
"""Words that names of keys end with."""

MAX_TEXT_CHARACTERS: Final = 40
"""Mean length of the texts of a key at most; longer ones are descriptions."""

_MAX_COLUMNS: Final = 4
_MAX_CANDIDATES: Final = 12
_MIN_ROWS: Final = 2
_MIN_ROWS_OF_A_COMBINATION: Final = 20
_DENSE: Final = 20
"""Whole numbers of a range of so many times the rows would have repeated if they were drawn from it at random."""


def key_score(table: str, facts: TableFacts, column: ColumnFacts) -> int:
    """Return how much a column looks like a key by its name and place, from 0 (not at all)."""
    words = facts.words(column.name)
    joined = "".join(words)
    own = singular(words_of(table))
    named = bool(words) and (words[-1] in KEY_WORDS or (joined.endswith(("id", "key", "code")) and len(joined) > 3))
    is_own = "".join(words[:-1]) in {"", "".join(own), own[-1] if own else ""} or joined.startswith("".join(own))
    score = (4 if named and is_own else 2 if named else 0) + (2 if column.position == 0 else 0)
    return score - (2 if column.kind in TIMES else 0)


def single_keys(table: str, facts: TableFacts) -> list[str]:
    """Return the columns that identify rows alone, the likeliest key first."""
    if facts.rows < _MIN_ROWS:
        return []
    ranked = sorted(
        (-key_score(table, facts, column), column.position, column.name)
        for column in facts.columns.values()
        if column.unique and column.mean_length <= MAX_TEXT_CHARACTERS and _is_no_chance(table, facts, column)
    )
    return [name for _, _, name in ranked]


def _is_no_chance(table: str, facts: TableFacts, column: ColumnFacts) -> bool:
    """Return whether a column without repeated values would be a key, not only a column of few rows."""
    score = key_score(table, facts, column)
    if score >= 4 or (score >= 2 and column.position == 0 and column.kind is ColumnKind.STRING):
        return True
    if column.kind is ColumnKind.STRING:
        return score >= 2
    if column.family is ColumnKind.INTEGER:
        span = int(column.high) - int(column.low) + 1
        return span <= _DENSE * facts.rows and (score >= 2 or (column.position == 0 and facts.rows >= 10))
    return column.position == 0 and facts.rows >= 10


def combination_candidates(
    table: str, facts: TableFacts, references: Collection[str], event_time: str | None
) -> list[str]:
    """Return the columns that may be part of a key of several, the likeliest first."""
    ranked = []
    for column in facts.columns.values():
        if not column.whole or column.nulls or column.values.distinct < 2 or column.mean_length > MAX_TEXT_CHARACTERS:
            continue
        score = key_score(table, facts, column) + (3 if column.name in references else 0)
        score += 3 if column.name == event_time else 0
        ranked.append((-score, column.position, column.name))
    return [name for _, _, name in sorted(ranked)][:_MAX_CANDIDATES]


def combinations_to_try(facts: TableFacts, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield sets of columns that have as many values together as there are rows, the fewest and likeliest first."""
    if facts.rows < _MIN_ROWS_OF_A_COMBINATION:
        return
    place = {name: at for at, name in enumerate(names)}
    for size in range(2, _MAX_COLUMNS + 1):
        found = [
            chosen
            for chosen in combinations(names, size)
            if prod(facts.columns[name].values.distinct for name in chosen) >= facts.rows
        ]
        yield from sorted(found, key=lambda chosen: sum(place[name] for name in chosen))


def identifies(codes: dict[str, Codes], names: Sequence[str], at_first: int = 20_000) -> bool:
    """Return whether some columns identify the rows that codes are given of."""
    for rows in (at_first, None):
        chosen = row_codes([codes[name][:rows] for name in names])
        if repeated(chosen):
            return False
    return True


def in_table_order(facts: TableFacts, names: Sequence[str]) -> tuple[str, ...]:
    """Return names of columns in the order of the table."""
    return tuple(sorted(names, key=lambda name: facts.columns[name].position))
