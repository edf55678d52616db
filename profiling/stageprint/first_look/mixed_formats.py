"""Texts of several formats in one column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from stageprint.first_look.base import ColumnLook, FirstLookRule, Remark, TableLook
from stageprint.model import ColumnKind

_MIN_ROWS: Final = 20
_MIN_NUMBERS: Final = 0.95
_MIN_OTHERS: Final = 0.5
_PURE: Final = 0.995
_MIN_SHARE_OF_A_DATE_FORMAT: Final = 0.01

_DATE: Final = re.compile(
    r"9999([-/.])99\1?99|99([-/.])99\2?9999|9([-/.])9\3?9999|99 [Aa]aa 9999|9999-99-99[T ]99:99.*|99([-/.])99\4?99"
)
"""Patterns of dates."""

_FORMATS: Final = {
    "number_share": ("numbers", _MIN_NUMBERS),
    "date_share": ("dates", _MIN_OTHERS),
    "timestamp_share": ("timestamps", _MIN_OTHERS),
    "boolean_share": ("true or false", _MIN_NUMBERS),
    "json_share": ("JSON", _MIN_OTHERS),
    "uuid_share": ("UUIDs", _MIN_OTHERS),
}
"""Metric → what the texts are, and the share from which on the others are the exception."""


class MixedFormats(FirstLookRule):
    """The texts of a column have several formats: most are numbers and some are not, or dates in two orders.

    Quiet with fewer than 20 values. Quiet about numbers if they are less than 95 % of the texts, or if other texts mix
    digits and letters (136A): such columns hold codes.
    """

    name: ClassVar[str] = "mixed_formats"

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield columns of several formats."""
        for column in table.of_kinds(ColumnKind.STRING):
            if column.values < _MIN_ROWS or column.name in table.codes:
                continue
            found = self._dates(column) or self._others(column)
            if found is not None:
                yield found

    @staticmethod
    def _dates(column: ColumnLook) -> Remark | None:
        shares = {
            pattern: rows / column.values
            for pattern, rows in column.patterns.items()
            if _DATE.fullmatch(pattern) and rows / column.values >= _MIN_SHARE_OF_A_DATE_FORMAT
        }
        if len(shares) < 2 or sum(shares.values()) < _MIN_OTHERS:
            return None
        shown = ", ".join(f"{pattern} ({100 * share:.3g} %)" for pattern, share in list(shares.items())[:4])
        return Remark(column.name, f"holds dates in {len(shares)} formats: {shown}", {"formats": shares})

    @staticmethod
    def _others(column: ColumnLook) -> Remark | None:
        for metric, (what, least) in _FORMATS.items():
            share = column.figure(metric)
            if share is None or not least <= share < _PURE:
                continue
            rest = (1 - share) * column.values
            if rest < 1 or (metric == "number_share" and _holds_codes(column)):
                continue
            text = f"holds {what} in {100 * share:.3g} % of its texts, and other texts in the rest"
            return Remark(column.name, text, {metric: share})
        return None


def _holds_codes(column: ColumnLook) -> bool:
    """Return whether texts that are no numbers have digits and letters."""
    return any("9" in pattern and any(mark in pattern for mark in "Aa") for pattern in column.patterns)
