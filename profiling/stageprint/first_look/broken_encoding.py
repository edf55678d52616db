"""Texts that were decoded by the wrong rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from stageprint.first_look.base import FirstLookRule, Remark, TableLook
from stageprint.model import ColumnKind

_BROKEN: Final = re.compile("\ufffd|Ã[\u0080-\u00bf©¤¶¼§±¡³Ÿ]|Â[\u0080-\u00bf ]|â€|Ð[\u0080-\u00bf]")
"""The replacement character, and what UTF-8 looks like that was read as Latin-1 or Windows-1252."""


class BrokenEncoding(FirstLookRule):
    """Texts contain "Ã©" or "�": UTF-8 was read as Latin-1 or the other way round, and letters are lost.

    Looks at the most frequent texts only.
    """

    name: ClassVar[str] = "broken_encoding"

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield columns with such texts."""
        for column in table.of_kinds(ColumnKind.STRING):
            found = {label: rows for label, rows in column.labels.items() if _BROKEN.search(label)}
            if found:
                example = next(iter(found))
                text = f"holds texts that were decoded wrongly, such as {example!r} ({sum(found.values()):,} rows)"
                yield Remark(column.name, text, {"texts": len(found), "rows": sum(found.values())})
