"""Change in the number of rows for each key."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import ClassVar

from stageprint.features.table import TableFeatures, mean_bounded
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableShift
from stageprint.shifts.base_wording import Ratio, Wording


class FanOut(TableShift):
    """Change in the number of rows per key: a join with duplicates on its right side multiplies rows, not keys.

    Formula: |ln of (rows ÷ keys)_C / (rows ÷ keys)_R|.

    Example:
        100 keys in 100 rows, and now in 200: ln 2 = 0.693.
    """

    name: ClassVar[str] = "fan_out"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DUPLICATES})
    wording: ClassVar[Wording] = Ratio("{} rows for each key")
    unit: ClassVar[str] = "natural log of a ratio"
    convention: ClassVar[str] = "rows ÷ distinct keys, rows with a null key included"
    source: ClassVar[str] = "Dasgupta, Lang, Rhodes & Thaler 2016 (theta sketches)"
    negligible_effect: ClassVar[float] = 0.01
    min_effect: ClassVar[float] = 0.05
    critical_effect: ClassVar[float] = 0.2
    default_scale: ClassVar[float] = 0.05
    pinned_limit: ClassVar[float | None] = 0.2
    example: ClassVar[Example] = Example(
        {"rows": 100, "keys": range(100)}, {"rows": 200, "keys": range(100)}, 0.6931471805599453
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return the change; its dead zone is that of both numbers of keys."""
        now, then = current.fan_out, mean_bounded(past, lambda run: run.fan_out)
        if now is None or then is None or not then.lower > 0:
            return NotComputable(f"no keys were kept in {'this run' if now is None else 'the reference'}")
        error = log(now.upper / now.lower) / 2 + log(then.upper / then.lower) / 2
        value = abs(log(now.value / then.value))
        return Outcome(value, error, 1 / current.rows, now=now.value, then=then.value)
