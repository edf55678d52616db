"""Share that went from one label to another."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.formulas import arcsine
from stageprint.features.labels import MAX_EXCHANGE_LABELS
from stageprint.features.pairs import Floats, Pairs, StackedLabels
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import Example, Measured
from stageprint.shifts.base_wording import Number, Wording
from stageprint.shifts.labels._label_shift import LabelShift

MIN_SHARE_OF_OTHER_LABELS = 0.05
"""Smallest share of all other labels from which the change of the two with them is estimated."""


class LabelFlow(LabelShift):
    """Share that moved from one label to another, apart from what all other labels did.

    Formula: the smaller of one label's gain and another's loss, each against what it would be had it changed as the
    rest did.

    Shares add up to one, so a label that grows takes from all others alike; that does not count here. Healthy labels
    move one by one. Two that move at once, apart from all others and in opposite directions, are what mapping some rows
    of one label to another leaves behind.
    """

    name: ClassVar[str] = "label_flow"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.LABELS})
    wording: ClassVar[Wording] = Number("one label gained what another lost, {} on the arcsine scale")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "largest over pairs of labels, each ratio to the rest split between both runs"
    source: ClassVar[str] = "this project; log-ratios of compositions (Aitchison 1982), on Cohen's scale of shares"
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.5
    # Two moves at once: the tail of the lesser falls twice as fast as that of one, which has 6 to 8.
    max_df: ClassVar[float] = 16.0
    default_scale: ClassVar[float] = 0.04
    example: ClassVar[Example] = Example(
        ["A"] * 8 + ["B"] * 8 + ["C"] * 16,
        ["A"] * 16 + ["C"] * 16,
        0.5235987755982989,
        ColumnKind.STRING,
    )

    def distance(self, stack: StackedLabels, now: Floats, then: Floats) -> Floats:
        """Return the flow between the largest labels."""
        return flow(*stack.of_largest(now, then, MAX_EXCHANGE_LABELS))

    def floor(self, pairs: Pairs) -> Floats:
        """Return the sampling variance of the lesser of two changes."""
        return 2 * super().floor(pairs)

    def compute(self, pairs: Pairs) -> Measured:
        """Return the flow; its dead zone is what the bounds of the shares leave open."""
        found = super().compute(pairs)
        found.error = np.nan_to_num(found.error)
        return found.because(np.isnan(found.value), "no two labels with others beside them")


def flow(now: Floats, then: Floats) -> Floats:
    """Return the lesser of gain and loss for the two labels for which that is most; NaN where no two have others.

    Args:
        now: Shares of the labels, a row for each column; they need not sum to 1.
        then: Shares in the reference.

    Example:
        >>> round(float(flow(np.array([[0.25, 0.25, 0.5]]), np.array([[0.5, 0.0, 0.5]]))[0]), 12)
        0.523598775598
        >>> round(float(flow(np.array([[0.2, 0.32, 0.48]]), np.array([[0.0, 0.4, 0.6]]))[0]), 12)
        0.0
    """
    first, second = np.triu_indices(now.shape[1], 1)
    rest_now, rest_then = (1 - shares[:, first] - shares[:, second] for shares in (now, then))
    counts = (rest_now >= MIN_SHARE_OF_OTHER_LABELS) & (rest_then >= MIN_SHARE_OF_OTHER_LABELS)
    # Half of what the others did is taken off one side, half is put on the other: either run may be the reference.
    half = np.sqrt(np.where(counts, rest_now, 1.0) / np.where(counts, rest_then, 1.0))
    change = [arcsine(now[:, label] / half) - arcsine(then[:, label] * half) for label in (first, second)]
    lesser = np.where(change[0] * change[1] < 0, np.minimum(*map(np.abs, change)), 0.0)
    return np.where(counts.any(axis=1), np.max(np.where(counts, lesser, 0.0), axis=1, initial=0.0), np.nan)
