"""Keys of tables, slices and columns; they are the same in every run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

TABLE_LEVEL: Final = ":table"
"""`column_name` of rows about the table itself, as in Databricks' profile tables."""

STAGE_LEVEL: Final = ":stage"
"""`table_name` of findings about a whole stage."""


class Slice(NamedTuple):
    """A part of a table's rows: those with one value of a column, or that satisfy a condition.

    Attributes:
        key: The column or condition, as configured.
        value: The value as text; `OTHER_VALUES` or `NULL_VALUE` for the remaining rows.
    """

    key: str
    value: str


OTHER_VALUES: Final = "__other__"
"""`slice_value` of rows whose value has no slice of its own."""

NULL_VALUE: Final = "__null__"
"""`slice_value` of rows in which the sliced column or condition is null."""


@dataclass(frozen=True, slots=True)
class TableKey:
    """A table of a stage, or one slice of it.

    Attributes:
        stage: The stage.
        table: The table's name in it; `STAGE_LEVEL` for the stage itself.
        slice: The slice; None: the whole table.
    """

    stage: str
    table: str
    slice: Slice | None = None

    @property
    def whole(self) -> TableKey:
        """The key without its slice."""
        return self if self.slice is None else TableKey(self.stage, self.table)

    @property
    def level(self) -> ColumnKey:
        """The column key of the table itself: its `column` is `TABLE_LEVEL`."""
        return ColumnKey(self.stage, self.table, TABLE_LEVEL, self.slice)

    def column(self, name: str) -> ColumnKey:
        """Return the key of one of the table's columns."""
        return ColumnKey(self.stage, self.table, name, self.slice)

    def of_slice(self, part: Slice | None) -> TableKey:
        """Return the key of a slice of this table, or for None that of the whole table."""
        return TableKey(self.stage, self.table, part)

    def __lt__(self, other: TableKey) -> bool:
        """Order by stage, table and slice, whole tables first."""
        return (self.stage, self.table, *_order(self.slice)) < (other.stage, other.table, *_order(other.slice))

    def __str__(self) -> str:
        """Return ``stage.table``, with the slice in brackets: ``raw.flights [origin = JFK]``; of a stage its name."""
        if self.table == STAGE_LEVEL:
            return self.stage
        return f"{self.stage}.{self.table}" + (
            "" if self.slice is None else f" [{self.slice.key} = {self.slice.value}]"
        )


@dataclass(frozen=True, slots=True)
class ColumnKey:
    """A column of a table, or of one slice of it.

    Attributes:
        stage: The stage.
        table: The table's name in it.
        column: Path of the column, such as ``address.city``; `TABLE_LEVEL` for the table itself.
        slice: The slice; None: the whole table.
    """

    stage: str
    table: str
    column: str
    slice: Slice | None = None

    @property
    def table_key(self) -> TableKey:
        """The table, or the slice of it, that the column belongs to."""
        return TableKey(self.stage, self.table, self.slice)

    @property
    def whole(self) -> ColumnKey:
        """The key without its slice."""
        return self if self.slice is None else ColumnKey(self.stage, self.table, self.column)

    def __lt__(self, other: ColumnKey) -> bool:
        """Order by stage, table, slice and column, whole tables first."""
        return (self.stage, self.table, *_order(self.slice), self.column) < (
            other.stage,
            other.table,
            *_order(other.slice),
            other.column,
        )

    def __str__(self) -> str:
        """Return ``stage.table.column``, or ``stage.table`` for the table itself."""
        return str(self.table_key) + ("" if self.column == TABLE_LEVEL else f".{self.column}")


def _order(part: Slice | None) -> tuple[str, str]:
    return ("", "") if part is None else part
