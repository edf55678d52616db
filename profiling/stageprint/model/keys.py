"""Which table and which column something is about; the same in every run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TABLE_LEVEL: Final = ":table"
"""`column_name` of rows that speak of a whole table, as in Databricks' profile tables."""


@dataclass(frozen=True, slots=True, order=True)
class TableKey:
    """One table of one stage; the same in every run."""

    stage: str
    table: str

    def __str__(self) -> str:
        """Return ``stage.table``, as messages and findings show it."""
        return f"{self.stage}.{self.table}"


@dataclass(frozen=True, slots=True, order=True)
class ColumnKey:
    """One column of one table of one stage; `column` is `TABLE_LEVEL` for the table itself."""

    stage: str
    table: str
    column: str

    @property
    def table_key(self) -> TableKey:
        """The table the column belongs to."""
        return TableKey(self.stage, self.table)

    def __str__(self) -> str:
        """Return ``stage.table.column``, or ``stage.table`` for the table itself."""
        return f"{self.stage}.{self.table}" + ("" if self.column == TABLE_LEVEL else f".{self.column}")
