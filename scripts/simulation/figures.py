"""Counts as rates with their confidence intervals."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats


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
