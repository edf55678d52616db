"""Change in the mean length."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Pairs
from stageprint.model import SIZED, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Ratio, Wording


class Length(ColumnShift):
    """Change in the mean length of texts, binary values, arrays or maps, as a ratio.

    Formula: |ln(mean length_C / mean length_R)|, from exact sums.

    Cut texts, texts with something added and lists that are filled in another way change their length.
    """

    name: ClassVar[str] = "length"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FORMAT})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Ratio("mean length {}")
    unit: ClassVar[str] = "natural log of a ratio"
    convention: ClassVar[str] = "mean of characters, bytes or entries of the non-null values"
    source: ClassVar[str] = "this project; delta method for the logarithm of a mean"
    kinds: ClassVar[frozenset[ColumnKind]] = SIZED
    needs: ClassVar[tuple[str, ...]] = ("lengths",)
    max_df: ClassVar[float] = 6.5
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.08
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.05
    example: ClassVar[Example] = Example(["ab", "abcd"], ["abcd", "abcdefgh"], 0.6931471805599453, ColumnKind.STRING)

    def compute(self, pairs: Pairs) -> Measured:
        """Return the change; sampling gives it a variance of (sd ÷ mean)² (1/n_C + 1/n_R)."""
        now, then = pairs.now("length_mean"), pairs.then("length_mean")
        both_empty = (now == 0) & (then == 0)
        value = np.where(both_empty, 0.0, np.abs(np.log(now / then)))
        width = np.fmax(pairs.now("length_deviation") / now, pairs.then("length_deviation") / then)
        floor = np.where(both_empty, 0.0, width**2) * pairs.inverse("present")
        return (
            Measured(value, np.zeros(len(pairs)), floor, current_figure=now, reference_figure=then)
            .because((now == 0) & ~both_empty, "all values are empty in this run")
            .because((then == 0) & ~both_empty, "all values are empty in the reference")
        )
