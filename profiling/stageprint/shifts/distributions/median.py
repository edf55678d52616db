"""Shift of the median."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.distribution import Cdf
from stageprint.features.pairs import Pairs
from stageprint.model import ORDERED, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Number, Wording


class Median(ColumnShift):
    """Change in the median, in units of the reference's usual spread S.

    Formula: |med_C − med_R| / S.

    It is the median of the mid-distribution function. In a column of few values that moves with the shares instead of
    jumping from one value to the next; in a continuous column it is the usual median. Where a spike holds the middle,
    the median stays for years and jumps when the spike's share passes one half: its score is capped by that of `ks`.
    """

    name: ClassVar[str] = "median"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Number("the median moved by {} robust standard deviations")
    unit: ClassVar[str] = "spreads S of the reference"
    convention: ClassVar[str] = "median of the mid-distribution function; S = IQR/1.349, else sd, else 1"
    source: ClassVar[str] = (
        "Ma, Genton & Parzen 2011, Asymptotic properties of sample quantiles of discrete distributions"
    )
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    needs: ClassVar[tuple[str, ...]] = ("kll",)
    symmetric: ClassVar[bool] = False
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.05
    critical_effect: ClassVar[float] = 0.5
    capped_by: ClassVar[tuple[str, ...]] = ("ks",)
    default_scale: ClassVar[float] = 0.05
    example: ClassVar[Example] = Example([0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0, 5.0], 0.6745, ColumnKind.FLOAT)

    def compute(self, pairs: Pairs) -> Measured:
        """Return the shift; its dead zone spans the medians at rank ½ ± ε of either side."""
        value, error = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
        rank_error = np.zeros(len(pairs))
        for position, both in enumerate(pairs.cdfs):
            if both is not None:
                (now, now_error), (then, then_error) = (_middle(cdf) for cdf in both)
                value[position] = abs(now - then)
                error[position] = np.hypot(now_error, then_error)
                rank_error[position] = np.hypot(both[0].rank_error, both[1].rank_error)
        floor = 1.57 * pairs.inverse("present") + (rank_error / 2) ** 2
        return Measured(value / pairs.scale, error / pairs.scale, floor)


def _middle(cdf: Cdf) -> tuple[float, float]:
    low, middle, high = cdf.middle(np.array([0.5 - cdf.rank_error, 0.5, 0.5 + cdf.rank_error]))
    return float(middle), float(max(high - middle, middle - low))
