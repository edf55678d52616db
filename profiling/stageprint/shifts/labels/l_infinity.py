"""Largest change in one label's share, on the arcsine scale."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.formulas import arcsine
from stageprint.features.pairs import Floats, Pairs, StackedLabels
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import Example, Measured
from stageprint.shifts.base_wording import Share, Wording
from stageprint.shifts.labels._label_shift import LabelShift


class LInfinity(LabelShift):
    """Largest change in any label's share, on a scale that gives rare labels more weight.

    Formula: max over labels of |h(p_C) − h(p_R)|, labels with a mean share up to 1 % pooled.

    A rare label's rise from 1 to 5 % counts for more than a common one's from 40 to 44 %.
    """

    name: ClassVar[str] = "l_infinity"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Share("the label that moved most has {} of the values")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "L∞ of arcsine-transformed shares, rare labels pooled"
    source: ClassVar[str] = "Breck et al. 2019 (TFX data validation) for L∞; Cohen 1988 for h"
    max_df: ClassVar[float] = 8.0
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.06
    example: ClassVar[Example] = Example(
        ["a"] * 10 + ["b"] * 6 + ["c"] * 4,
        ["a"] * 9 + ["b"] * 6 + ["c"] * 4 + ["d"],
        0.4510268117962624,
        ColumnKind.STRING,
    )

    def distance(self, stack: StackedLabels, now: Floats, then: Floats) -> Floats:
        """Return the largest change."""
        return stack.largest(np.abs(arcsine(now) - arcsine(then)))

    def floor(self, pairs: Pairs) -> Floats:
        """Return 4 (1/n_C + 1/n_R): the largest of many changes varies more than each."""
        return 4 * pairs.inverse("present")

    def compute(self, pairs: Pairs) -> Measured:
        """Return the change and the label it is of."""
        measured = super().compute(pairs)
        stack = pairs.labels
        change = np.abs(arcsine(stack.now) - arcsine(stack.then))
        moved = stack.largest_at(change)
        measured.current_figure, measured.reference_figure = np.full((2, len(pairs)), np.nan)
        for pair, place in stack.largest_place(change).items():
            measured.current_figure[pair], measured.reference_figure[pair] = stack.now[place], stack.then[place]
        measured.details.update({at: label for at, label in moved.items() if measured.value[at] > measured.error[at]})
        return measured
