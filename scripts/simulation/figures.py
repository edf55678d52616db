"""Counts as rates with their confidence intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

RESAMPLES = 2000
"""Resamples of `clustered`."""


@dataclass(frozen=True)
class Rate:
    """A count out of a number of trials.

    Attributes:
        hits: The count.
        trials: The number of trials.
    """

    hits: int
    trials: int

    @property
    def share(self) -> float:
        """Hits over trials; 0 without trials."""
        return self.hits / self.trials if self.trials else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % confidence interval of the share (Clopper & Pearson 1934); (0, 1) without trials.

        Example:
            >>> [round(bound, 4) for bound in Rate(0, 100).interval]
            [0.0, 0.0362]
        """
        if not self.trials:
            return 0.0, 1.0
        found = stats.binomtest(self.hits, self.trials).proportion_ci(0.95, method="exact")
        return float(found.low), float(found.high)

    def per_100k(self) -> str:
        """Return hits per 100,000 trials with their interval."""
        low, high = (100_000 * bound for bound in self.interval)
        return f"{100_000 * self.share:,.1f} ({low:,.1f}–{high:,.1f})"

    def percent(self) -> str:
        """Return per cent with the interval."""
        low, high = (100 * bound for bound in self.interval)
        return f"{100 * self.share:.0f} ({low:.0f}–{high:.0f})"


def clustered(counts: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Return the 95 % interval of a share whose trials come in clusters, such as the columns of a store.

    Whole clusters are drawn again, with replacement (Efron & Tibshirani 1993, percentile bootstrap). Where all clusters
    have the same share it says nothing; then the interval of Clopper & Pearson is that of one trial for each cluster.

    Args:
        counts: Hits and trials of each cluster.

    Example:
        >>> low, high = clustered([(0, 10), (10, 10), (5, 10), (4, 10)])
        >>> low < 0.475 < high
        True
        >>> clustered([(0, 10), (0, 10)]) == Rate(0, 2).interval
        True
    """
    hits, trials = np.array(counts, dtype=np.float64).T
    if len({hit / trial for hit, trial in counts}) <= 1:
        return Rate(round(len(counts) * float(hits.sum() / trials.sum())), len(counts)).interval
    drawn = np.random.default_rng(0).integers(0, len(counts), (RESAMPLES, len(counts)))
    low, high = np.quantile(hits[drawn].sum(axis=1) / trials[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)
