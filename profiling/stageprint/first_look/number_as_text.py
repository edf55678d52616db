"""Numbers that are stored as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from stageprint.first_look.base import ColumnLook, FirstLookRule, Remark, TableLook
from stageprint.first_look.base_names import CODES, words
from stageprint.model import ColumnKind

_MIN_SHARE: Final = 0.995
_MIN_VALUES: Final = 20
_MIN_CODE_LENGTH: Final = 5


class NumberAsText(FirstLookRule):
    """All texts of a column are numbers: they sort as text, and their range is not compared.

    Quiet about codes: keys and foreign keys, column names such as zip or phone, leading zeros, and numbers that all
    have the same length of five or more digits.
    """

    name: ClassVar[str] = "number_as_text"

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield columns of texts that are numbers."""
        for column in table.of_kinds(ColumnKind.STRING):
            share = column.figure("number_share")
            if share is None or share < _MIN_SHARE or column.values < _MIN_VALUES:
                continue
            if column.figure("distinct_count") == 1 or column.name in table.codes or self._is_code(column):
                continue
            text = "holds numbers that are stored as text"
            yield Remark(column.name, text, {"number_share": share}, "hold numbers that are stored as text")

    @staticmethod
    def _is_code(column: ColumnLook) -> bool:
        if words(column.name) & CODES:
            return True
        if any(len(label) > 1 and label[0] == "0" and label.isdigit() for label in column.labels):
            return True
        shortest, longest = column.figure("length_min"), column.figure("length_max")
        digits = all(set(pattern) <= {"9", "…"} for pattern in column.patterns)
        return bool(digits and shortest == longest and (shortest or 0) >= _MIN_CODE_LENGTH)
