"""Change in the labels' entropy."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.formulas import entropy_terms
from stageprint.features.pairs import Pairs
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Number, Wording


class Entropy(ColumnShift):
    """Change in the labels' entropy: it falls when labels collapse into one and rises when one splits.

    Formula: H_C − H_R, H = −Σ p ln p, labels with a mean share up to 1 % pooled.

    It does not depend on what the labels are called.
    """

    name: ClassVar[str] = "entropy"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Number("the entropy of the labels changed by {} nats")
    unit: ClassVar[str] = "nats"
    convention: ClassVar[str] = "signed change of Shannon's entropy, natural logarithm, rare labels pooled"
    source: ClassVar[str] = "Shannon 1948"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    needs: ClassVar[tuple[str, ...]] = ("frequent_items",)
    signed: ClassVar[bool] = True
    max_df: ClassVar[float] = 6.0
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.08
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.08
    example: ClassVar[Example] = Example(["a", "b"], ["a", "a"], -0.6931471805599453, ColumnKind.STRING)

    def compute(self, pairs: Pairs) -> Measured:
        """Return the change; its dead zone is how far each term can move within its bounds."""
        stack = pairs.labels
        now_low, now_high, then_low, then_high = stack.bounds
        now, then = entropy_terms(stack.now), entropy_terms(stack.then)
        vague = _reach(now, now_low, now_high) + _reach(then, then_low, then_high)
        return Measured(stack.sums(now - then), stack.sums(vague), pairs.inverse("present"))


def _reach(
    term: np.ndarray[tuple[int], np.dtype[np.float64]],
    low: np.ndarray[tuple[int], np.dtype[np.float64]],
    high: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.maximum(np.abs(entropy_terms(low) - term), np.abs(entropy_terms(high) - term))
