"""Pearson's chi-squared of the labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import stats

from stageprint.features.pairs import Floats, Pairs
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Number, Wording


@dataclass(frozen=True, slots=True)
class Homogeneity:
    """Tests of whether the rows of a table of counts have one distribution.

    Attributes:
        chi2: Pearson's statistic.
        df: Degrees of freedom.
        p: Its p value.
        g: Likelihood ratio statistic.
        p_g: Its p value.
        cramers_v: Effect size 0–1.
    """

    chi2: float
    df: int
    p: float
    g: float
    p_g: float
    cramers_v: float

    def overdispersed(self, phi: float) -> tuple[float, float]:
        """Return (F, p) for counts that vary φ times as much as independent rows would.

        Args:
            phi: Median over the history of χ²/df, at least 1.
        """
        return self.chi2 / self.df / phi, float(stats.chi2.sf(self.chi2 / phi, self.df))


def homogeneity(table: Floats) -> Homogeneity:
    """Test a table of counts, one distribution a row; columns without a count are left out."""
    table = table[:, table.sum(axis=0) > 0]
    total = table.sum()
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / total
    df = (table.shape[0] - 1) * (table.shape[1] - 1)
    chi2 = float(((table - expected) ** 2 / expected).sum())
    filled = table > 0
    g = float(2 * (table[filled] * np.log(table[filled] / expected[filled])).sum())
    # One label alone leaves nothing to test: no degree of freedom, and no evidence against homogeneity.
    p, p_g = (float(stats.chi2.sf(value, df)) if df else 1.0 for value in (chi2, g))
    v = float(np.sqrt(chi2 / total / min(table.shape[0] - 1, table.shape[1] - 1))) if df else 0.0
    return Homogeneity(chi2, df, p, g, p_g, v)


class ChiSquared(ColumnShift):
    """Pearson's χ² of the 2 × B table of label counts, rare labels pooled.

    Its dead zone is the degrees of freedom B − 1, its mean without any shift, so that p = χ² distribution's
    ``sf(value, df=error)``. With many rows every p is next to 0: stored and not decided on.
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
