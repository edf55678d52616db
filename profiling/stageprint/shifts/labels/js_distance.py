"""Jensen–Shannon distance of the labels."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.formulas import jensen_shannon_terms
from stageprint.features.pairs import Floats, Pairs, StackedLabels
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import Example
from stageprint.shifts.base_wording import Number, Wording
from stageprint.shifts.labels._label_shift import LabelShift


class JensenShannonDistance(LabelShift):
    """Jensen–Shannon distance of the label shares, labels with a mean share up to 1 % pooled.

    Formula: √JSD in natural logarithms, at most √ln 2 = 0.83.

    The *distance* is the square root of the *divergence*.
    """

    name: ClassVar[str] = "js_distance"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Number("Jensen–Shannon distance {} between the label shares")
    unit: ClassVar[str] = "√nat, 0–0.83"
    convention: ClassVar[str] = "distance (square root of the divergence), natural logarithm, rare labels pooled"
    source: ClassVar[str] = "Lin 1991; Endres & Schindelin 2003 for the root as a metric"
    max_df: ClassVar[float] = 8.0
    negligible_effect: ClassVar[float] = 0.01
    min_effect: ClassVar[float] = 0.03
    critical_effect: ClassVar[float] = 0.20
    default_scale: ClassVar[float] = 0.03
    pinned_limit: ClassVar[float | None] = 0.1
    example: ClassVar[Example] = Example(
        ["a"] * 10 + ["b"] * 6 + ["c"] * 4,
        ["a"] * 9 + ["b"] * 6 + ["c"] * 4 + ["d"],
        0.13411516813945484,
        ColumnKind.STRING,
    )

    def distance(self, stack: StackedLabels, now: Floats, then: Floats) -> Floats:
        """Return the square root of the divergence in nats."""
        return np.sqrt(np.maximum(0.0, stack.sums(jensen_shannon_terms(now, then))))

    def floor(self, pairs: Pairs) -> Floats:
        """Return (B − 1)/8 · (1/n_C + 1/n_R), the mean divergence of two samples over B labels; B at least 5."""
        entries = pairs.labels.spread(np.maximum(pairs.labels.entries, 5).astype(np.float64))
        return (entries - 1) / 8 * pairs.inverse("present")
