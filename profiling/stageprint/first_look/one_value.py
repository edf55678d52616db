"""A column of one value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from stageprint.first_look.base import ColumnLook, FirstLookRule, Remark, TableLook
from stageprint.first_look.base_names import words
from stageprint.model import ColumnKind

_MIN_ROWS: Final = 20
_OF_THE_RUN: Final = frozenset(
    {"year", "month", "day", "date", "dt", "ds", "run", "batch", "version", "partition", "snapshot", "source", "model",
     "loaded", "ingested", "pipeline", "tenant", "region", "country", "currency", "week", "quarter"}
)  # fmt: skip
"""Words of columns that one run may well have a single value of."""


class OneValue(FirstLookRule):
    """A column has the same value in every row: a default that nothing replaces, or a join that found one row.

    Quiet about tables with fewer than 20 rows, booleans, columns whose name says that they hold the run, its date or
    its source, and values that are part of the run's name.
    """

    name: ClassVar[str] = "one_value"

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield columns of one value and no null."""
        for column in table.columns:
            if column.rows < _MIN_ROWS or column.values < column.rows or column.figure("distinct_count") != 1:
                continue
            text = next(iter(column.labels), column.figure("min_text"))
            if text is None or self._is_of_the_run(table, column, str(text)):
                continue
            shown = f"{text!r}" if column.kind is ColumnKind.STRING else str(text)
            evidence = {"rows": column.rows, "value": text}
            yield Remark(column.name, f"is {shown} in all {column.rows:,} rows", evidence, "have one value in all rows")

    @staticmethod
    def _is_of_the_run(table: TableLook, column: ColumnLook, text: str) -> bool:
        if column.kind is ColumnKind.BOOLEAN or column.name in table.set_by_run or words(column.name) & _OF_THE_RUN:
            return True
        return len(text) > 1 and text[:10] in table.run_id
