"""Total variation of the labels."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Floats, StackedLabels
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.labels._label_shift import LabelShift


class TotalVariation(LabelShift):
    """Share of the rows that would have to change their label to turn one mix into the other.

    Formula: ½ Σ |p_C − p_R|.
    """

    name: ClassVar[str] = "total_variation"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Part("{} of the values would have to change their label")
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "half the L1 distance, rare labels pooled"
    source: ClassVar[str] = "Gibbs & Su 2002, On choosing and bounding probability metrics"
    used_in_decision: ClassVar[bool] = False
    example: ClassVar[Example] = Example(
        ["a"] * 10 + ["b"] * 6 + ["c"] * 4, ["a"] * 9 + ["b"] * 6 + ["c"] * 4 + ["d"], 0.05, ColumnKind.STRING
    )

    def distance(self, stack: StackedLabels, now: Floats, then: Floats) -> Floats:
        """Return half the sum of the changes."""
        return stack.sums(np.abs(now - then)) / 2
