"""Moderation: a column's variance borrows strength from those of similar columns (Smyth 2004, limma)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stageprint import special

Floats = NDArray[np.float64]

LARGEST_DF = 50.0
"""Degrees of freedom of a prior whose columns differ by no more than chance."""


@dataclass(frozen=True, slots=True)
class Prior:
    """A scaled inverse χ² prior of variances.

    Attributes:
        df: d₀, the number of backtests that the prior counts for.
        variance: s₀².
    """

    df: float
    variance: float


def moderated_variance(prior_df: Floats, prior_variance: Floats, df: Floats, variance: Floats) -> Floats:
    """Return (d₀ s₀² + d s²) / (d₀ + d): variances moderated by their priors.

    Args:
        prior_df: d₀ of each variance's prior.
        prior_variance: s₀² of each variance's prior.
        df: d, degrees of freedom of each variance.
        variance: s².
    """
    return np.asarray((prior_df * prior_variance + df * variance) / (prior_df + df), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments of log variances from which a prior is fitted; they add up over parts of the columns.

    Attributes:
        count: Number of columns.
        mean: Mean of e, the log variances corrected for their bias.
        square: Sum of the squares of e about its mean.
        chance: Sum of the variances of e that sampling alone explains.
    """

    count: int
    mean: float
    square: float
    chance: float

    @classmethod
    def of(cls, variances: Floats, df: Floats) -> Moments:
        """Return the moments of positive variances, one a column, with their positive degrees of freedom."""
        if not variances.size:
            return cls(0, 0.0, 0.0, 0.0)
        half = df / 2
        e = np.log(variances) - special.digamma(half) + np.log(half)
        mean = float(e.mean())
        return cls(e.size, mean, float(np.sum((e - mean) ** 2)), float(special.polygamma(1, half).sum()))

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both parts' columns (Chan, Golub & LeVeque 1983)."""
        count = self.count + other.count
        if not count:
            return self
        apart = other.mean - self.mean
        return Moments(
            count,
            self.mean + apart * other.count / count,
            self.square + other.square + apart**2 * self.count * other.count / count,
            self.chance + other.chance,
        )

    @property
    def prior(self) -> Prior:
        """The prior that matches mean and variance of the log variances; needs at least one column."""
        excess = (self.square - self.chance) / self.count
        if excess <= 0:
            return Prior(LARGEST_DF, float(np.exp(self.mean)))
        d0 = min(LARGEST_DF, 2 * inverse_trigamma(excess))
        return Prior(d0, float(np.exp(self.mean + special.digamma(d0 / 2) - np.log(d0 / 2))))


def inverse_trigamma(value: float) -> float:
    """Return y with trigamma(y) = `value` > 0, by Newton's method on 1/trigamma (Smyth 2004, appendix).

    Example:
        >>> round(inverse_trigamma(np.pi**2 / 6), 12)
        1.0
    """
    y = 0.5 + 1 / value
    for _ in range(20):  # converges quadratically from any start
        trigamma = float(special.polygamma(1, y))
        y += trigamma * (1 - trigamma / value) / float(special.polygamma(2, y))
    return y
