"""Change in the largest time without values."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Pairs
from stageprint.model import TEMPORAL, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Ratio, Wording


class GapShift(ColumnShift):
    """Change in the largest time gap between two successive values, as a ratio.

    Formula: |ln(gap_C / gap_R)|.

    The largest of many gaps varies a lot from run to run, so only a gap of several times the usual counts.
    """

    name: ClassVar[str] = "gap"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME})
    wording: ClassVar[Wording] = Ratio("largest time without values {} s")
    unit: ClassVar[str] = "natural log of a ratio"
    convention: ClassVar[str] = "seconds between two successive values"
    source: ClassVar[str] = "this project"
    kinds: ClassVar[frozenset[ColumnKind]] = TEMPORAL
    needs: ClassVar[tuple[str, ...]] = ("time_gaps",)
    max_df: ClassVar[float] = 5.0
    negligible_effect: ClassVar[float] = 0.3
    min_effect: ClassVar[float] = 1.0
    critical_effect: ClassVar[float] = 3.0
    default_scale: ClassVar[float] = 0.7
    prior_weight: ClassVar[float] = 12.0
    example: ClassVar[Example] = Example([0, 1, 2, 4], [0, 1, 2, 8], 1.0986122886681098, ColumnKind.DATE)

    def compute(self, pairs: Pairs) -> Measured:
        """Return the change; its dead zone is what the width of the buckets can hide."""
        now, then = pairs.now("largest_gap"), pairs.then("largest_gap")
        error = np.hypot(pairs.now("gap_error") / now, pairs.then("gap_error") / then)
        return Measured(
            np.abs(np.log(now / then)), error, np.zeros(len(pairs)), current_figure=now, reference_figure=then
        )
