"""Shift of the mean."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Pairs
from stageprint.model import ORDERED, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Number, Wording


class Mean(ColumnShift):
    """Change in the mean, in units of the reference's usual spread S.

    Formula: |mean_C − mean_R| / S, from exact moments.

    It sees what a sketch cannot: a thousandfold error in a few rows moves the mean and hardly any quantile.
    """

    name: ClassVar[str] = "mean"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Number("the mean moved by {} robust standard deviations")
    unit: ClassVar[str] = "spreads S of the reference"
    convention: ClassVar[str] = "difference of arithmetic means ÷ S, S = IQR/1.349, else sd, else 1"
    source: ClassVar[str] = "Cohen, Statistical Power Analysis (1988), §2: effect size d, with a robust width"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    needs: ClassVar[tuple[str, ...]] = ("moments", "kll")
    symmetric: ClassVar[bool] = False
    max_df: ClassVar[float] = 7.0
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.05
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.05
    example: ClassVar[Example] = Example([0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0, 3.0, 9.0], 0.6745, ColumnKind.FLOAT)

    def compute(self, pairs: Pairs) -> Measured:
        """Return the shift; sampling gives it a variance of (sd/S)² (1/n_C + 1/n_R), at least 1/n."""
        value = np.abs(pairs.now("mean") - pairs.then("mean")) / pairs.scale
        width = np.fmax(pairs.now("variance"), pairs.then("variance")) / pairs.scale**2
        floor = np.fmax(width, 1.0) * pairs.inverse("present")
        return Measured(value, np.zeros(len(pairs)), floor)
