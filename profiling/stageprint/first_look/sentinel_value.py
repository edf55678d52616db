"""Values that stand for "not known"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from stageprint.first_look.base import NUMBERS, TIMES, ColumnLook, FirstLookRule, Remark, TableLook
from stageprint.model import ColumnKind

_NUMBERS: Final = frozenset(
    sign * (10**digits - 1) for sign in (-1, 1) for digits in (2, 3, 4, 5, 6, 7, 8, 9)
) | {-1, -2147483648, 2147483647, 1e20, -1e20, 1e30, -1e30}  # fmt: skip
_DAYS: Final = frozenset(
    {"0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01", "1971-01-01", "1980-01-01",
     "2038-01-19", "2049-12-31", "2050-12-31", "2079-06-06", "2099-12-31", "2100-01-01", "2262-04-11", "2999-12-31",
     "3000-01-01", "9999-12-31"}
)  # fmt: skip
_TEXTS: Final = frozenset(
    {"n/a", "na", "#n/a", "n.a.", "n/d", "null", "(null)", "nan", "nil", "undefined", "missing", "\\n", "-", "--", "?",
     "??", ".", "tbd", "not available", "not applicable", "#ref!", "#value!"}
)  # fmt: skip
_MAX_SHARE: Final = 0.5
_YEAR_DAYS: Final = 365


class SentinelValue(FirstLookRule):
    """A placeholder for "not known": -999, 1970-01-01, "N/A". Means, ranges and models take it for a real value.

    A number or day counts only at an end of the range, and only if it is farther from all other values than these are
    from each other; -1 counts if all other values are whole numbers of 1 or more. A text counts only in a column with
    at least three distinct texts; "NA" does not count among codes of two letters. Quiet if most values are such.
    """

    name: ClassVar[str] = "sentinel_value"

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield columns with such a value."""
        for column in table.of_kinds(*NUMBERS, *TIMES):
            if column.name not in table.codes:
                yield from self._at_an_end(column)
        for column in table.of_kinds(ColumnKind.STRING):
            yield from self._among_labels(column)

    def _at_an_end(self, column: ColumnLook) -> Iterator[Remark]:
        grid: Sequence[float] = column.figure("quantile_grid_101") or ()
        if len(grid) < 3 or grid[0] == grid[-1]:
            return
        for value, text, sign in (
            (grid[0], column.figure("min_text"), 1),
            (grid[-1], column.figure("max_text"), -1),
        ):
            if not self._is_known(column, value, str(text)):
                continue
            others = [one for one in grid if one != value]
            share = (len(grid) - len(others)) / len(grid)
            if len(set(others)) < 3 or share > _MAX_SHARE:
                continue
            gap = min(sign * (one - value) for one in others)
            if value == -1:
                alone = column.figure("negative_count") == self._rows(column) and not column.figure("zero_count")
                if not alone or min(others) < 1:
                    continue
            elif gap <= max(others) - min(others):
                continue
            if column.kind in TIMES and gap < _YEAR_DAYS * (1 if column.kind is ColumnKind.DATE else 86_400e6):
                continue
            yield self._remark(column, str(text), self._rows(column, str(text)))

    @staticmethod
    def _is_known(column: ColumnLook, value: float, text: str) -> bool:
        if column.kind in NUMBERS:
            return value in _NUMBERS and not (value == -1 and column.kind is not ColumnKind.INTEGER)
        return text[:10] in _DAYS

    @staticmethod
    def _rows(column: ColumnLook, text: str = "-1") -> int | None:
        return column.labels.get(text)

    def _among_labels(self, column: ColumnLook) -> Iterator[Remark]:
        labels = column.labels
        if int(column.figure("distinct_count") or 0) < 3:
            return
        short = all(len(label) <= 2 for label in labels)
        found = {label: rows for label, rows in labels.items() if label.strip().casefold() in _TEXTS}
        found = {label: rows for label, rows in found.items() if not (short and label.casefold() == "na")}
        rows = sum(found.values())
        if found and rows <= _MAX_SHARE * column.values:
            yield self._remark(column, next(iter(found)), rows)

    @staticmethod
    def _remark(column: ColumnLook, value: str, rows: int | None) -> Remark:
        known = "" if rows is None else f" in {rows:,} of {column.values:,} rows"
        shown = value if column.kind is not ColumnKind.STRING else repr(value)
        how = "" if column.kind is ColumnKind.STRING or value == "-1" else ", far from all other values"
        text = f"is {shown}{known}{how}: it may stand for 'not known'"
        return Remark(column.name, text, {"value": value, "rows": rows}, "hold values for 'not known'")
