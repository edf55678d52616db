"""What a draft knows of a column: its kind, its distinct values, its form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.batch.arrow_types import kind_of
from stageprint.model import ColumnKind
from stageprint.pipeline.draft.value_sets import (
    KEPT,
    KEPT_OF_KEYS,
    Codes,
    ValueSet,
    mean_length,
    value_codes,
    value_set,
)

TIMES: Final = frozenset({ColumnKind.DATE, ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ})
_WITH_VALUES: Final = TIMES | {
    ColumnKind.BOOLEAN,
    ColumnKind.INTEGER,
    ColumnKind.FLOAT,
    ColumnKind.DECIMAL,
    ColumnKind.STRING,
}
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True)
class ColumnFacts:
    """What is known of a column.

    Attributes:
        name: Its name.
        position: Its position in the table.
        kind: Its kind.
        nulls: Number of nulls.
        values: The set of its values.
        unique: Whether no value is there twice, and none is null.
        mean_length: Mean length of texts; 0 for other kinds.
        low: Smallest value of whole numbers and times; None: other kinds.
        high: Largest value likewise.
        bounds: Smallest and largest finite value of fractional numbers, as floats; None: other kinds, or there is none.
        whole: Whether its values are texts, dates or whole numbers, as those of a key are.
    """

    name: str
    position: int
    kind: ColumnKind
    nulls: int
    values: ValueSet
    unique: bool
    mean_length: float
    low: Any
    high: Any
    bounds: tuple[float, float] | None
    whole: bool

    @property
    def family(self) -> ColumnKind:
        """The kind, the same for all whose values have equal codes."""
        return ColumnKind.INTEGER if self.kind is ColumnKind.DECIMAL and self.whole else self.kind


@dataclass(frozen=True)
class TableFacts:
    """What is known of a table.

    Attributes:
        rows: Number of rows looked at.
        columns: Its columns by name, in their order, without those inside others.
        prefix: The first word of the names of all columns, as in ``l_orderkey``; empty: they have none in common.
    """

    rows: int
    columns: dict[str, ColumnFacts]
    prefix: str

    def words(self, name: str) -> tuple[str, ...]:
        """Return the words of a column's name, in lower case, without the table's prefix."""
        found = words_of(name)
        return found[1:] if self.prefix and len(found) > 1 and found[0] == self.prefix else found


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case.

    Example:
        >>> words_of("billingCustomer_ID")
        ('billing', 'customer', 'id')
    """
    return tuple(word.lower() for word in _WORD.findall(name))


def singular(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a table's name with the last one in the singular.

    Example:
        >>> singular(("order", "categories"))
        ('order', 'category')
    """
    if not words:
        return ()
    last = words[-1]
    if last.endswith("ies") and len(last) > 4:
        last = f"{last[:-3]}y"
    elif last.endswith(("sses", "xes", "ches", "shes")):
        last = last[:-2]
    elif last.endswith("s") and not last.endswith("ss") and len(last) > 3:
        last = last[:-1]
    return (*words[:-1], last)


def table_facts(rows: pa.Table) -> TableFacts:
    """Return what is to be known of a table's rows."""
    found = {}
    for position, field in enumerate(rows.schema):
        kind = kind_of(field.type)
        if kind in _WITH_VALUES and field.name not in found and not pa.types.is_duration(field.type):
            found[field.name] = _column(field.name, position, kind, rows.column(position))
    firsts = {words[0] for words in map(words_of, found) if words}
    together = len(found) > 1 and len(firsts) == 1 and all("_" in name for name in found)
    return TableFacts(rows.num_rows, found, firsts.pop() if together else "")


def codes_of(rows: pa.Table, names: Sequence[str]) -> list[Codes]:
    """Return the codes of some columns of a table."""
    return [value_codes(rows.column(name), kind_of(rows.schema.field(name).type)) for name in names]


def _column(name: str, position: int, kind: ColumnKind, values: pa.ChunkedArray) -> ColumnFacts:
    codes = value_codes(values, kind)
    known = len(values) - values.null_count
    whole = kind in TIMES | {ColumnKind.STRING, ColumnKind.INTEGER} or (
        kind is ColumnKind.DECIMAL and values.type.scale == 0
    )
    values_set = value_set(codes, KEPT)
    unique = whole and known == len(values) > 0 and values_set.distinct == known
    if unique:
        values_set = value_set(codes, KEPT_OF_KEYS)
    ordered = whole and kind is not ColumnKind.STRING and known > 0
    ends = pc.min_max(values).as_py() if ordered else {"min": None, "max": None}
    length = mean_length(values) if kind is ColumnKind.STRING else 0.0
    return ColumnFacts(
        name,
        position,
        kind,
        values.null_count,
        values_set,
        unique,
        length,
        ends["min"],
        ends["max"],
        _bounds(values, kind),
        whole,
    )


def _bounds(values: pa.ChunkedArray, kind: ColumnKind) -> tuple[float, float] | None:
    if kind not in {ColumnKind.FLOAT, ColumnKind.DECIMAL}:
        return None
    numbers = values.cast(pa.float64())
    ends = pc.min_max(numbers.filter(pc.is_finite(numbers))).as_py()
    return None if ends["min"] is None else (ends["min"], ends["max"])
