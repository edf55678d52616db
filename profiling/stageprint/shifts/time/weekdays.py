"""Change of the mix of days of the week."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Pairs
from stageprint.model import TEMPORAL, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Part, Wording

MIN_DAYS = 5
"""Days of the week that both sides must have."""


class Weekdays(ColumnShift):
    """Change of the mix of days of the week.

    Formula: total variation of the two histograms, half the sum of |p_C − p_R|.

    Only where both sides have at least five of the seven days: a run of one day is always of another day.
    """

    name: ClassVar[str] = "weekdays"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME})
    wording: ClassVar[Wording] = Part("{} of the times moved to other days of the week")
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "half the L1 distance of the shares, in UTC (as written, without time zone)"
    source: ClassVar[str] = "total variation distance"
    kinds: ClassVar[frozenset[ColumnKind]] = TEMPORAL
    needs: ClassVar[tuple[str, ...]] = ("weekday",)
    max_df: ClassVar[float] = 6.0
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.1
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.1
    prior_weight: ClassVar[float] = 8.0
    example: ClassVar[Example] = Example([0, 1, 2, 3, 4, 5, 6, 6], [0, 1, 2, 3, 4, 5, 6, 0], 0.125, ColumnKind.DATE)

    def compute(self, pairs: Pairs) -> Measured:
        """Return the distance; sampling gives it a variance of at most 7/4 · (1/n_C + 1/n_R)."""
        value = np.full(len(pairs), np.nan)
        for position, (features, reference) in enumerate(zip(pairs.current, pairs.reference, strict=True)):
            now, then = features.weekdays, reference.weekdays
            if now is not None and then is not None and min(np.count_nonzero(now), np.count_nonzero(then)) >= MIN_DAYS:
                value[position] = np.abs(now - then).sum() / 2
        measured = Measured(value, np.zeros(len(pairs)), 7 / 4 * pairs.inverse("present"))
        return measured.because(np.isnan(value), f"fewer than {MIN_DAYS} days of the week on one side")
