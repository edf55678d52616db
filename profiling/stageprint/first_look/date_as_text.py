"""Dates and times that are stored as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from stageprint.first_look.base import FirstLookRule, Remark, TableLook
from stageprint.model import ColumnKind

_MIN_SHARE: Final = 0.995
_MIN_VALUES: Final = 5


class DateAsText(FirstLookRule):
    """All texts of a column are dates or times: stored as text, their range, gaps and freshness are unknown.

    Declare them in ``columns.kinds`` to have them profiled as dates or times.
    """

    name: ClassVar[str] = "date_as_text"

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield columns of texts that are dates or times."""
        for column in table.of_kinds(ColumnKind.STRING):
            for metric, what in (("date_share", "dates"), ("timestamp_share", "timestamps")):
                share = column.figure(metric)
                if share is not None and share >= _MIN_SHARE and column.values >= _MIN_VALUES:
                    brief = f"hold {what} that are stored as text"
                    yield Remark(column.name, f"holds {what} that are stored as text", {metric: share}, brief)
