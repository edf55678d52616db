"""Hellinger distance of the labels."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Floats, StackedLabels
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Number, Wording
from stageprint.shifts.labels._label_shift import LabelShift


class Hellinger(LabelShift):
    """Hellinger distance of the label shares.

    Formula: √(½ Σ (√p_C − √p_R)²) = √(1 − Σ √(p_C p_R)).
    """

    name: ClassVar[str] = "hellinger"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Number("Hellinger distance {} between the label shares")
    convention: ClassVar[str] = (
        "distance with the factor ½ inside the root, so that it is at most 1; rare labels pooled"
    )
    source: ClassVar[str] = "Gibbs & Su 2002, On choosing and bounding probability metrics"
    used_in_decision: ClassVar[bool] = False
    example: ClassVar[Example] = Example(
        ["a"] * 10 + ["b"] * 6 + ["c"] * 4,
        ["a"] * 9 + ["b"] * 6 + ["c"] * 4 + ["d"],
        0.1601822430069672,
        ColumnKind.STRING,
    )

    def distance(self, stack: StackedLabels, now: Floats, then: Floats) -> Floats:
        """Return the distance."""
        return np.sqrt(stack.sums((np.sqrt(now) - np.sqrt(then)) ** 2) / 2)
