"""Asks every rule about a table, and says once what is said of many columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from stageprint.first_look.base import Remark, TableLook, all_rules

_MAX_ALONE: Final = 3
"""Columns of which the same is said one by one; more are named in one sentence."""

_MAX_NAMED: Final = 8


def look_at(table: TableLook) -> list[tuple[str, Remark]]:
    """Return what is suspicious about a table: name of the rule, and what it says.

    Rules that show values do not see sensitive columns.
    """
    open_to_all = replace(table, columns=[column for column in table.columns if not column.sensitive])
    found = []
    for name, rule in all_rules().items():
        seen = table if rule.shows_no_value else open_to_all
        if seen.rows:
            found += [(name, remark) for remark in _together(list(rule().look(seen)))]
    return found


def _together(remarks: list[Remark]) -> Iterator[Remark]:
    brief = [remark for remark in remarks if remark.brief and remark.column is not None]
    if len(brief) <= _MAX_ALONE:
        yield from remarks
        return
    names = [str(remark.column) for remark in brief]
    shown = ", ".join(names[:_MAX_NAMED]) + (f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else "")
    yield Remark(None, f"has {len(names)} columns that {brief[0].brief}: {shown}", {"columns": names})
    yield from (remark for remark in remarks if remark not in brief)
