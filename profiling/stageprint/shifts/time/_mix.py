"""Change in a histogram of times: what the mixes of hours and of weekdays have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from stageprint.features.column import ColumnFeatures, Floats, Reference
from stageprint.features.pairs import Pairs
from stageprint.model import Concern
from stageprint.shifts.base import ColumnShift, Measured


class MixShift(ColumnShift):
    """Total variation of two histograms of times, half the sum of |p_C − p_R|.

    Attributes:
        cells: Number of cells of the histogram.
        min_cells: Cells that both sides must have a time in.
    """

    cells: ClassVar[int]
    min_cells: ClassVar[int] = 0
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME})
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "half the L1 distance of the shares, in UTC (as written, without time zone)"
    source: ClassVar[str] = "total variation distance"
    max_df: ClassVar[float] = 6.0
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.1
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.1
    prior_weight: ClassVar[float] = 8.0

    @abstractmethod
    def histogram(self, side: ColumnFeatures | Reference) -> Floats | None:
        """Return the shares of a side's times in the cells; None: they are not known."""

    def compute(self, pairs: Pairs) -> Measured:
        """Return the distance; sampling gives it a variance of at most cells/4 · (1/n_C + 1/n_R)."""
        value = np.full(len(pairs), np.nan)
        for position, (features, reference) in enumerate(zip(pairs.current, pairs.reference, strict=True)):
            now, then = self.histogram(features), self.histogram(reference)
            if now is None or then is None:
                continue
            if min(np.count_nonzero(now), np.count_nonzero(then)) >= self.min_cells:
                value[position] = np.abs(now - then).sum() / 2
        return Measured(value, np.zeros(len(pairs)), self.cells / 4 * pairs.inverse("present"))
