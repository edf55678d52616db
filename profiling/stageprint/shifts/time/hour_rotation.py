"""By how many hours the day was rotated."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Pairs
from stageprint.model import TIMESTAMPS, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Number, Wording
from stageprint.shifts.time._rotation import best_rotation, histograms


class HourRotation(ColumnShift):
    """Hours, −11 to 12, by which the reference's day must be rotated to fit the current one; 0 if no rotation fits.

    A rotation fits if it leaves less than a quarter of the total variation. It is stored for people and for the
    diagnosis; `hour` says how much it explains.
    """

    name: ClassVar[str] = "hour_rotation"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME})
    wording: ClassVar[Wording] = Number("the daily cycle fits best when turned by {} hours")
    unit: ClassVar[str] = "hours"
    convention: ClassVar[str] = "positive: current hours are later in the day than the reference's"
    source: ClassVar[str] = "this project; circular cross-matching of histograms"
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    needs: ClassVar[tuple[str, ...]] = ("hour_of_day",)
    used_in_decision: ClassVar[bool] = False
    signed: ClassVar[bool] = True
    example: ClassVar[Example] = Example(
        [0, 3_600_000_000], [18_000_000_000, 21_600_000_000], 5.0, ColumnKind.TIMESTAMP
    )

    def compute(self, pairs: Pairs) -> Measured:
        """Return the rotation and what it leaves."""
        value = np.full(len(pairs), np.nan)
        details = {}
        for position, now, then in zip(*histograms(pairs), strict=True):
            found = best_rotation(now, then)
            value[position] = found.hours
            if found.hours:
                details[int(position)] = f"total variation {found.before:.3f} before, {found.after:.3f} after"
        return Measured(value, np.zeros(len(pairs)), np.zeros(len(pairs)), details=details)
