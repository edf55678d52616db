"""Fragment names of the page: the targets of links to tables and columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from stageprint.report.html.views import TableView


def anchor(*parts: str) -> str:
    """Return a unique fragment name for a stage, table or column, made of characters that every browser accepts."""
    return "-".join(map(_fragment, parts))


@cache
def _fragment(part: str) -> str:
    return "".join(c if c.isalnum() else f"_{ord(c):x}_" for c in part)


def anchors_of(tables: Iterable[TableView]) -> dict[str, str]:
    """Return the anchor of every table and column on the page, by ``stage.table`` and ``stage.table.column``."""
    found = {}
    for table in tables:
        name = f"{table.stage}.{table.name}"
        found[name] = table.anchor
        found |= {f"{name}.{column.name}": column.anchor for column in table.columns}
    return found


def nearest_anchor(name: str, anchors: Mapping[str, str]) -> str | None:
    """Return the column's anchor, else its table's (a removed column has no row), else None."""
    while name not in anchors:
        name, dot, _ = name.rpartition(".")
        if not dot:
            return None
    return anchors[name]
