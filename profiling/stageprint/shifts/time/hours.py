"""Change of the mix of hours of the day."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Pairs
from stageprint.model import TIMESTAMPS, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Part, Wording


class Hours(ColumnShift):
    """Change of the mix of hours of the day.

    Formula: total variation of the two histograms, half the sum of |p_C − p_R|.
    """

    name: ClassVar[str] = "hours"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME})
    wording: ClassVar[Wording] = Part("{} of the times moved to other hours of the day")
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "half the L1 distance of the shares, in UTC (as written, without time zone)"
    source: ClassVar[str] = "total variation distance"
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    needs: ClassVar[tuple[str, ...]] = ("hour_of_day",)
    max_df: ClassVar[float] = 6.0
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.1
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.1
    prior_weight: ClassVar[float] = 8.0
    example: ClassVar[Example] = Example(
        [0, 3_600_000_000, 7_200_000_000, 10_800_000_000],
        [0, 3_600_000_000, 7_200_000_000, 18_000_000_000],
        0.25,
        ColumnKind.TIMESTAMP,
    )

    def compute(self, pairs: Pairs) -> Measured:
        """Return the distance; sampling gives it a variance of at most 24/4 · (1/n_C + 1/n_R)."""
        value = np.full(len(pairs), np.nan)
        for position, (features, reference) in enumerate(zip(pairs.current, pairs.reference, strict=True)):
            now, then = features.hours, reference.hours
            if now is not None and then is not None:
                value[position] = np.abs(now - then).sum() / 2
        return Measured(value, np.zeros(len(pairs)), 24 / 4 * pairs.inverse("present"))
