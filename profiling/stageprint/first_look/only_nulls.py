"""A column without any value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from stageprint.first_look.base import FirstLookRule, Remark, TableLook


class OnlyNulls(FirstLookRule):
    """A column is null in every row: nothing fills it, or what should fill it fails.

    Quiet about nested columns and empty tables.
    """

    name: ClassVar[str] = "only_nulls"
    shows_no_value: ClassVar[bool] = True

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield columns of nulls alone."""
        for column in table.columns:
            inside = any(mark in column.name for mark in (".", "[", "{"))
            if column.rows and not column.values and not inside:
                text = f"is null in all {column.rows:,} rows"
                yield Remark(column.name, text, {"rows": column.rows}, "are null in all rows")
