"""Change in the share of rows whose key another row has too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.formulas import arcsine
from stageprint.features.table import Bounded, TableFeatures, mean_bounded
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableShift
from stageprint.shifts.base_wording import Share, Wording


class DuplicateRows(TableShift):
    """Change in the share of rows that repeat a key.

    Formula: |h(p_C) − h(p_R)|, p = 1 − keys ÷ rows.

    Example:
        100 keys in 100 rows, and now 75 in 100: h(.25) = 1.047.
    """

    name: ClassVar[str] = "duplicate_rows"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DUPLICATES})
    wording: ClassVar[Wording] = Share("{} of the rows repeat a key")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "1 − distinct keys ÷ rows, not below 0; a row with a null key counts as a duplicate"
    source: ClassVar[str] = "Dasgupta, Lang, Rhodes & Thaler 2016 (theta sketches); Cohen 1988 for h"
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.3
    default_scale: ClassVar[float] = 0.06
    pinned_limit: ClassVar[float | None] = 0.3
    example: ClassVar[Example] = Example(
        {"rows": 100, "keys": range(100)}, {"rows": 100, "keys": range(75)}, 1.0471975511965976
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return the change; its dead zone is that of both numbers of keys."""
        now, then = duplicates(current), mean_bounded(past, duplicates)
        if now is None or then is None:
            return NotComputable(f"no keys were kept in {'this run' if now is None else 'the reference'}")
        value = abs(float(arcsine(now.value) - arcsine(then.value)))
        # Near 0 the scale is steep: the least change within the bounds says more than their widths added up.
        least = max(0.0, now.lower - then.upper, then.lower - now.upper)
        base = then.upper if now.value > then.value else now.upper
        certain = float(arcsine(base + least) - arcsine(base)) if least > 0 else 0.0
        return Outcome(value, value - certain, 1 / current.rows, now=now.value, then=then.value)


def duplicates(table: TableFeatures) -> Bounded | None:
    """Return the share of rows beyond the first of their key; None without keys or rows."""
    if table.keys is None or not table.rows > 0:
        return None
    return Bounded(
        *(min(1.0, max(0.0, 1 - keys / table.rows)) for keys in (table.keys.value, table.keys.upper, table.keys.lower))
    )
