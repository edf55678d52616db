"""Change in the mix of days of the week."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.column import ColumnFeatures, Floats, Reference
from stageprint.features.pairs import Pairs
from stageprint.model import TEMPORAL, ColumnKind
from stageprint.shifts.base import Example, Measured
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.time._mix import MixShift


class Weekdays(MixShift):
    """Change in the mix of days of the week.

    Formula: total variation of the two histograms, half the sum of |p_C − p_R|.

    Only where both sides have at least five of the seven days: a run of one day is always of another day.
    """

    name: ClassVar[str] = "weekdays"
    wording: ClassVar[Wording] = Part("{} of the times moved to other days of the week")
    kinds: ClassVar[frozenset[ColumnKind]] = TEMPORAL
    needs: ClassVar[tuple[str, ...]] = ("weekday",)
    cells: ClassVar[int] = 7
    min_cells: ClassVar[int] = 5
    example: ClassVar[Example] = Example([0, 1, 2, 3, 4, 5, 6, 6], [0, 1, 2, 3, 4, 5, 6, 0], 0.125, ColumnKind.DATE)

    def histogram(self, side: ColumnFeatures | Reference) -> Floats | None:
        """Return the shares of the seven days."""
        return side.weekdays

    def compute(self, pairs: Pairs) -> Measured:
        """Return the distance, and why there is none."""
        measured = super().compute(pairs)
        return measured.because(np.isnan(measured.value), f"fewer than {self.min_cells} days of the week on one side")
