"""Pearson's chi-squared of the labels."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Pairs
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Number, Wording


class ChiSquared(ColumnShift):
    """Pearson's χ² between the label counts of both sides, rare labels pooled.

    Formula: Pearson's χ² of the 2 × B table of label counts.

    The dead zone is the degrees of freedom B − 1, its mean without any shift; the p value is ``chi2.sf(value,
    df=error)``. With many rows every p value is next to 0, so it never alerts.
    """

    name: ClassVar[str] = "chi_squared"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Number("χ² {}")
    unit: ClassVar[str] = "χ²"
    convention: ClassVar[str] = "test of homogeneity of two samples, no continuity correction, rare labels pooled"
    source: ClassVar[str] = "Pearson 1900"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    needs: ClassVar[tuple[str, ...]] = ("frequent_items",)
    used_in_decision: ClassVar[bool] = False
    example: ClassVar[Example] = Example(
        ["a"] * 520 + ["b"] * 300 + ["c"] * 180,
        ["a"] * 1040 + ["b"] * 560 + ["c"] * 400,
        2.3095429029671206,
        ColumnKind.STRING,
    )

    def compute(self, pairs: Pairs) -> Measured:
        """Return the statistic."""
        stack = pairs.labels
        n_now, n_then = pairs.now("present"), pairs.then("present")
        repeats = stack.entries
        held = np.flatnonzero([pair is not None for pair in stack.pairs])
        now = stack.now * np.repeat(n_now[held], repeats)
        then = stack.then * np.repeat(n_then[held], repeats)
        # χ² of two samples: Σ (o_C √(n_R/n_C) − o_R √(n_C/n_R))² / (o_C + o_R).
        ratio = np.sqrt(np.repeat(n_then[held] / n_now[held], repeats))
        both = now + then
        terms = np.where(both > 0, (now * ratio - then / ratio) ** 2 / np.where(both > 0, both, 1.0), 0.0)
        df = stack.sums((both > 0).astype(np.float64)) - 1
        return Measured(stack.sums(terms), np.maximum(df, 0.0), 2 * np.maximum(df, 0.0))
