"""Change in the spread."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Pairs
from stageprint.model import ORDERED, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Ratio, Wording


class Spread(ColumnShift):
    """Change in the standard deviation, as a ratio.

    Formula: |ln(sd_C / sd_R)|, from exact moments.

    The reference's variance is the mean of its runs' variances: a level that moves from run to run does not widen it.
    """

    name: ClassVar[str] = "spread"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Ratio("standard deviation {}")
    unit: ClassVar[str] = "natural log of a ratio"
    convention: ClassVar[str] = "sample standard deviations (n − 1)"
    source: ClassVar[str] = "Bartlett & Kendall 1946, on the logarithm of the variance"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    needs: ClassVar[tuple[str, ...]] = ("moments",)
    max_df: ClassVar[float] = 6.5
    negligible_effect: ClassVar[float] = 0.03
    min_effect: ClassVar[float] = 0.08
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.08
    example: ClassVar[Example] = Example(
        [0.0, 1.0, 2.0, 3.0], [0.0, 2.0, 4.0, 6.0], 0.6931471805599453, ColumnKind.FLOAT
    )

    def compute(self, pairs: Pairs) -> Measured:
        """Return the change; sampling gives it a variance of (kurtosis − 1)/4 · (1/n_C + 1/n_R), at least 1/n."""
        now, then = pairs.now("variance"), pairs.then("variance")
        flat_now, flat_then = now == 0, then == 0
        both = flat_now & flat_then
        value = np.where(both, 0.0, np.abs(np.log(now / then)) / 2)
        kurtosis = np.fmax(pairs.now("kurtosis"), pairs.then("kurtosis"))
        floor = np.fmax((kurtosis - 1) / 4, 1.0) * pairs.inverse("present")
        return (
            Measured(value, np.zeros(len(pairs)), floor, current_figure=np.sqrt(now), reference_figure=np.sqrt(then))
            .because(flat_now & ~both, "all values are equal in this run")
            .because(flat_then & ~both, "all values are equal in the reference")
        )
