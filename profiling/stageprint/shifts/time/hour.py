"""How much of the change in the hours of the day a rotation explains."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Pairs
from stageprint.model import TIMESTAMPS, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.time._rotation import histograms, rotations


class Hour(ColumnShift):
    """How much of the change in the hours of the day a rotation of the clock explains.

    Formula: total variation of the 24-bin histogram of hours before the best rotation, less that after it.

    A timestamp read in another time zone keeps the shape of its day and rotates it; 0 where no rotation helps.
    """

    name: ClassVar[str] = "hour"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME})
    wording: ClassVar[Wording] = Part("a rotation of the clock explains a change of {} of the hours of the day")
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "half the L1 distance of hour shares, before minus after rotation"
    source: ClassVar[str] = "this project; circular cross-matching of histograms"
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    needs: ClassVar[tuple[str, ...]] = ("hour_of_day",)
    negligible_effect: ClassVar[float] = 0.01
    min_effect: ClassVar[float] = 0.05
    critical_effect: ClassVar[float] = 0.20
    default_scale: ClassVar[float] = 0.05
    example: ClassVar[Example] = Example(
        [0, 3_600_000_000], [18_000_000_000, 21_600_000_000], 1.0, ColumnKind.TIMESTAMP
    )

    def compute(self, pairs: Pairs) -> Measured:
        """Return what the best rotation explains."""
        value = np.full(len(pairs), np.nan)
        at, now, then = histograms(pairs)
        apart = rotations(now, then)
        value[at] = np.maximum(0.0, apart[:, 0] - apart.min(axis=1, initial=np.inf))
        return Measured(value, np.zeros(len(pairs)), pairs.inverse("present"))
