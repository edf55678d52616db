"""Numbers of which some are a hundred or a thousand times the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log10
from typing import ClassVar, Final

from stageprint.first_look.base import NUMBERS, FirstLookRule, Remark, TableLook

_FACTORS: Final = (60.0, 100.0, 1_000.0, 3_600.0, 1_000_000.0)
_MAX_OFF: Final = 0.08
"""How far the two groups' distance may be from a factor, in powers of ten."""

_MIN_DISTINCT: Final = 50
_MIN_POINTS: Final = 5
"""Percent of the values that each of the two groups has at least."""

_MAX_OTHER_WIDTH: Final = 0.5
"""By how many powers of ten the widths of the groups may differ."""


class MixedUnits(FirstLookRule):
    """Some numbers are 60, 100, 1,000, 3,600 or a million times the others: two units in one column.

    The positive values fall into two groups of at least 5 % each that lie about one of these factors apart. On a
    logarithmic scale the groups are about equally wide, and the gap between them is wider than half of either. Quiet
    about columns with fewer than 50 distinct values.
    """

    name: ClassVar[str] = "mixed_units"

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield columns whose numbers fall into two such groups."""
        for column in table.of_kinds(*NUMBERS):
            grid: Sequence[float] = [one for one in column.figure("quantile_grid_101") or () if one > 0]
            if (
                len(grid) < 90
                or int(column.figure("distinct_count") or 0) < _MIN_DISTINCT
                or column.name in table.codes
            ):
                continue
            found = _two_groups(sorted(map(log10, grid)))
            if found is not None:
                factor, share = found
                small = f"{100 * min(share, 1 - share):.0f} %"
                which = "larger" if share <= 0.5 else "smaller"
                how = f"about {factor:,.0f} times {which} than the others"
                text = f"seems to hold two units: {small} of its values are {how}"
                yield Remark(column.name, text, {"factor": factor, "share_larger": share})


def _two_groups(logs: Sequence[float]) -> tuple[float, float] | None:
    """Return the factor between two groups of values and the share of the larger ones; None: they are no two groups."""
    at = max(range(1, len(logs)), key=lambda place: logs[place] - logs[place - 1])
    low, high = logs[:at], logs[at:]
    if min(len(low), len(high)) < _MIN_POINTS:
        return None
    gap = high[0] - low[-1]
    widths = low[-1] - low[0], high[-1] - high[0]
    distance = high[len(high) // 2] - low[len(low) // 2]
    if gap <= max(widths) * 0.5 or abs(widths[0] - widths[1]) > _MAX_OTHER_WIDTH:
        return None
    factor = min(_FACTORS, key=lambda one: abs(log10(one) - distance))
    return (factor, len(high) / len(logs)) if abs(log10(factor) - distance) <= _MAX_OFF else None
