"""Change in the number of rows for each upstream row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.table import TableFeatures, mean_of
from stageprint.model import Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Ratio, Wording
from stageprint.shifts.table._volume import VolumeShift


class RowRatio(VolumeShift):
    """Change in the number of rows per upstream row of the same run.

    Formula: |ln(ratio_C / ratio_R)|, ratio = rows ÷ rows of the upstream table.

    It is exact and does not depend on how many rows arrive: a filter or a join that works as always leaves it
    unchanged.

    Example:
        A join that kept 1,000 of 1,000 rows and keeps 850 of 1,000 has moved by −ln .85 = 0.163.
    """

    name: ClassVar[str] = "row_ratio"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.ROWS, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Ratio("{} rows for each upstream row")
    negligible_effect: ClassVar[float] = 0.005
    min_effect: ClassVar[float] = 0.02
    critical_effect: ClassVar[float] = 0.10
    default_scale: ClassVar[float] = 0.05
    pinned_limit: ClassVar[float | None] = 0.15
    example: ClassVar[Example] = Example(
        {"rows": 1000, "upstream": 1000}, {"rows": 850, "upstream": 1000}, 0.16251892949777494
    )

    def figure(self, table: TableFeatures) -> float:
        """Return rows for each upstream row."""
        return table.row_ratio

    def chance(self, now: float, then: float, current: TableFeatures, past: Sequence[TableFeatures]) -> float:
        """Return the variance of a share of rows kept at random, and of one row where all are kept."""
        del now
        kept = abs(1 - then) / then
        sizes = (current.upstream_rows, mean_of(past, lambda run: run.upstream_rows) * len(past))
        return sum(kept / rows + 1 / rows**2 for rows in sizes)
