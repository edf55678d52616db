"""Kolmogorov–Smirnov distance."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.distribution import ks_error
from stageprint.features.pairs import Pairs
from stageprint.model import ORDERED, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Part, Wording


class KolmogorovSmirnov(ColumnShift):
    """Kolmogorov–Smirnov distance: the largest difference of the two cumulative distributions.

    Formula: sup |F_C − F_R| over the union of both sketches' points.

    The dead zone is √(ε_C² + ε_R²) of the sketches' rank errors, 0 where both sides hold every value. It has no p value
    of its own: with millions of rows every difference is "significant".
    """

    name: ClassVar[str] = "ks"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Part("at least {} of the values moved (Kolmogorov–Smirnov distance)")
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "two-sided two-sample statistic, distribution functions right-continuous"
    source: ClassVar[str] = "Smirnov 1939; KLL rank error: Karnin, Lang & Liberty 2016, constants of DataSketches"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    needs: ClassVar[tuple[str, ...]] = ("kll",)
    max_df: ClassVar[float] = 6.5
    negligible_effect: ClassVar[float] = 0.01
    min_effect: ClassVar[float] = 0.03
    critical_effect: ClassVar[float] = 0.20
    extreme_effect: ClassVar[float] = 0.75
    default_scale: ClassVar[float] = 0.03
    pinned_limit: ClassVar[float | None] = 0.1
    example: ClassVar[Example] = Example([1, 2, 3, 4], [2, 3, 4, 5], 0.25, ColumnKind.INTEGER)

    def compute(self, pairs: Pairs) -> Measured:
        """Return D; its mean square without any shift is about ½ (1/n_C + 1/n_R).

        Sketches add (ε/2)²: where a column's usual moves stay within the dead zone, its past residuals are all 0 and
        do not show how wide the moves are.
        """
        value = np.array([np.nan if beside is None else beside.distance for beside in pairs.side_by_side])
        error = np.array([np.nan if both is None else ks_error(*both) for both in pairs.cdfs])
        return Measured(value, error, (error / 2) ** 2 + pairs.inverse("present") / 2)
