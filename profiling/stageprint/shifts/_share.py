"""Change in a share, on the arcsine scale: what the null, NaN, zero, empty, blank and true shares have in common."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.formulas import arcsine
from stageprint.features.pairs import Pairs
from stageprint.shifts.base import ColumnShift, Measured


class ShareShift(ColumnShift):
    """|h(p_C) − h(p_R)| of an exact share, h(p) = 2·arcsin√p.

    Attributes:
        share: The share's name in `Shape`.
        of: The count the share is of.
    """

    share: ClassVar[str]
    of: ClassVar[str] = "present"
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    source: ClassVar[str] = "Cohen, Statistical Power Analysis (1988), §6: effect size h"
    needs: ClassVar[tuple[str, ...]] = ("counts",)
    max_df: ClassVar[float] = 8.0
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.3
    default_scale: ClassVar[float] = 0.06
    pinned_limit: ClassVar[float | None] = 0.3

    def compute(self, pairs: Pairs) -> Measured:
        """Return the change; sampling gives it a variance of 1/n_C + 1/n_R."""
        now, then = pairs.now(self.share), pairs.then(self.share)
        value = np.abs(arcsine(now) - arcsine(then))
        return Measured(value, np.zeros(len(pairs)), pairs.inverse(self.of), current_figure=now, reference_figure=then)
