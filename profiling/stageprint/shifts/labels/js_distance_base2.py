"""Jensen–Shannon distance of the labels in bits."""

from __future__ import annotations

from math import log
from typing import ClassVar

import numpy as np

from stageprint.features.formulas import jensen_shannon_terms
from stageprint.features.pairs import Floats, StackedLabels
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Number, Wording
from stageprint.shifts.labels._label_shift import LabelShift


class JensenShannonDistanceBase2(LabelShift):
    """Jensen–Shannon distance in logarithms to base 2, as scipy and Databricks show it: `js_distance` / √ln 2."""

    name: ClassVar[str] = "js_distance_base2"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Number("Jensen–Shannon distance {} (base 2) between the label shares")
    unit: ClassVar[str] = "√bit, 0–1"
    convention: ClassVar[str] = "distance (square root of the divergence), logarithm to base 2, rare labels pooled"
    source: ClassVar[str] = "Lin 1991; scipy.spatial.distance.jensenshannon(base=2)"
    used_in_decision: ClassVar[bool] = False
    example: ClassVar[Example] = Example(
        ["a"] * 10 + ["b"] * 6 + ["c"] * 4,
        ["a"] * 9 + ["b"] * 6 + ["c"] * 4 + ["d"],
        0.16108873381046174,
        ColumnKind.STRING,
    )

    def distance(self, stack: StackedLabels, now: Floats, then: Floats) -> Floats:
        """Return the square root of the divergence in bits."""
        return np.sqrt(np.maximum(0.0, stack.sums(jensen_shannon_terms(now, then))) / log(2))
