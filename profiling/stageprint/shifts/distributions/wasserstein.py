"""Wasserstein distance."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.distribution import ks_error
from stageprint.features.pairs import Pairs
from stageprint.model import ORDERED, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Number, Wording


class Wasserstein(ColumnShift):
    """Earth mover's distance: how far values moved on average, in units of the reference's usual spread S.

    Formula: ∫ |F_C − F_R| dx / S.

    A single far outlier moves it without bound, so it never alerts.
    """

    name: ClassVar[str] = "wasserstein"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Number("the values moved by {} robust standard deviations on average")
    unit: ClassVar[str] = "spreads S of the reference"
    convention: ClassVar[str] = "first Wasserstein (earth mover's) distance ÷ S, S = IQR/1.349, else sd, else 1"
    source: ClassVar[str] = "Vallender 1974"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    needs: ClassVar[tuple[str, ...]] = ("kll",)
    used_in_decision: ClassVar[bool] = False
    symmetric: ClassVar[bool] = False
    example: ClassVar[Example] = Example([0.0, 1.0, 3.0, 8.0], [5.0, 6.0, 8.0], 1.2847619047619048, ColumnKind.FLOAT)

    def compute(self, pairs: Pairs) -> Measured:
        """Return the distance; its dead zone is the rank error over the whole range."""
        value, error = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
        for position, (both, beside) in enumerate(zip(pairs.cdfs, pairs.side_by_side, strict=True)):
            if both is not None and beside is not None and all(np.isfinite(cdf.points[[0, -1]]).all() for cdf in both):
                now, then = both
                value[position] = beside.area
                width = max(now.points[-1], then.points[-1]) - min(now.points[0], then.points[0])
                error[position] = ks_error(now, then) * width
        return Measured(value / pairs.scale, error / pairs.scale, pairs.inverse("present"))
