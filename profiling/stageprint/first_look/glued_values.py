"""Several values in one text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from stageprint.first_look.base import ColumnLook, FirstLookRule, Remark, TableLook
from stageprint.model import ColumnKind

_SEPARATORS: Final = (";", "|", ",")
_MIN_SHARE: Final = 0.3
_MIN_LABELS: Final = 3
_MAX_NEW_PARTS: Final = 0.6
"""Distinct parts ÷ parts at most: values that are glued together are values of one list."""


class GluedValues(FirstLookRule):
    """Several values are glued together in one text, such as "red;blue": the share of each value is unknown.

    At least three in ten texts contain the separator, and the parts between separators repeat. Quiet about sentences,
    decimal commas and separators followed by a blank.
    """

    name: ClassVar[str] = "glued_values"

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield columns with such texts."""
        for column in table.of_kinds(ColumnKind.STRING):
            if (column.figure("json_share") or 0) > _MIN_SHARE or column.name in table.codes:
                continue
            for separator in _SEPARATORS:
                share = self._share(column, separator)
                if share is not None:
                    text = f"holds several values glued together by {separator!r} in {100 * share:.3g} % of its texts"
                    yield Remark(column.name, text, {"separator": separator, "share": share})
                    break

    @staticmethod
    def _share(column: ColumnLook, separator: str) -> float | None:
        labels = column.labels
        glued = {
            label: rows
            for label, rows in labels.items()
            if separator in label
            and f"{separator} " not in label
            and all(label.split(separator))
            and not label.replace(separator, "").replace(".", "").replace("-", "").isdigit()
        }
        if len(glued) < _MIN_LABELS:
            return None
        parts = [part for label in glued for part in label.split(separator)]
        share = sum(glued.values()) / max(sum(labels.values()), 1)
        return share if share >= _MIN_SHARE and len(set(parts)) <= _MAX_NEW_PARTS * len(parts) else None
