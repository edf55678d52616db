"""Distribution functions as step functions: KS, Wasserstein, medians, PSI and masses at single values use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cdf:
    """A cumulative distribution function F, right-continuous, that steps at finitely many points.

    Attributes:
        points: Where F steps, shape (n,), strictly increasing.
        cumulative: F at each point, shape (n,); the last is 1.
        size: Number of values it was computed from.
        rank_error: Bound (99 %) on the error of F, a share 0–1; 0 where F is exact.
        mass_error: Bound (99 %) on the error of the mass at any single point, a share 0–1; 0 where F is exact.
    """

    points: Floats
    cumulative: Floats
    size: float
    rank_error: float = 0.0
    mass_error: float = 0.0

    @classmethod
    def of(
        cls,
        points: Floats,
        weights: Floats,
        size: float | None = None,
        rank_error: float = 0.0,
        mass_error: float = 0.0,
    ) -> Cdf:
        """Build the function from weighted points.

        Args:
            points: Values in any order, repeated or not; at least one, none NaN.
            weights: Weight of each point, not negative.
            size: Number of values behind them; None: the sum of the weights.
            rank_error: Bound on the error of F.
            mass_error: Bound on the error of the mass at a point.

        Example:
            >>> Cdf.of(np.array([2.0, 1.0, 2.0]), np.array([1.0, 2.0, 1.0])).cumulative
            array([0.5, 1. ])
        """
        if not np.all(points[1:] >= points[:-1]):
            order = np.argsort(points, kind="stable")
            points, weights = points[order], weights[order]
        running = np.cumsum(weights, dtype=np.float64)
        last = _last(points)
        if not last.all():
            points, running = points[last], running[last]
        total = float(running[-1])
        return cls(points, running / total, total if size is None else size, rank_error, mass_error)

    @classmethod
    def mean(cls, cdfs: Sequence[Cdf]) -> Cdf:
        """Return the mean, each of equal weight; errors of independent sketches add in squares."""
        if len(cdfs) == 1:
            return cdfs[0]
        count = len(cdfs)
        return cls.of(
            np.concatenate([cdf.points for cdf in cdfs]),
            np.concatenate([cdf.masses for cdf in cdfs]),
            sum(cdf.size for cdf in cdfs),
            sqrt(sum(cdf.rank_error**2 for cdf in cdfs)) / count,
            sqrt(sum(cdf.mass_error**2 for cdf in cdfs)) / count,
        )

    @cached_property
    def masses(self) -> Floats:
        """The mass at each point, shape (n,)."""
        return steps(self.cumulative)

    def at(self, x: Floats) -> Floats:
        """Return F(x)."""
        return self.padded[np.searchsorted(self.points, x, side="right")]

    def before(self, x: Floats) -> Floats:
        """Return F(x−), the mass strictly below x."""
        return self.padded[np.searchsorted(self.points, x, side="left")]

    def mass_at(self, x: Floats) -> Floats:
        """Return the mass at x."""
        return self.at(x) - self.before(x)

    def quantile(self, p: Floats) -> Floats:
        """Return the quantiles of ranks `p` (0–1), linear between order statistics: type 7 of Hyndman & Fan 1996."""
        rank = (self.size - 1) * p
        below = np.floor(rank)
        return self._ranked(below) + (rank - below) * (self._ranked(below + 1) - self._ranked(below))

    def _ranked(self, rank: Floats) -> Floats:
        # The value of a rank, counted from 0. Half a rank more keeps a rounding error of the sum from skipping a step.
        index = np.searchsorted(self.cumulative, (rank + 0.5) / self.size, side="left")
        return self.points[np.minimum(index, self.points.size - 1)]

    def middle(self, p: Floats) -> Floats:
        """Return the mid-quantiles of ranks `p` (0–1), linear between the points F(x) − ½ mass(x).

        They move continuously with the shares: the medians of 49 % zeros with 51 % ones, and of 51 % zeros with 49 %
        ones, are close, where plain medians are a whole unit apart (Ma, Genton & Parzen 2011).
        """
        return np.interp(p, self.cumulative - self.masses / 2, self.points)

    @cached_property
    def padded(self) -> Floats:
        """F left of the first point, which is 0, and at each point; shape (n + 1,)."""
        return np.concatenate(([0.0], self.cumulative))


@dataclass(frozen=True)
class AlignedCdfs:
    """Two distribution functions at the union of their points.

    Attributes:
        points: The union, shape (n,), strictly increasing.
        a: The first function at each point.
        b: The second function at each point.
    """

    points: Floats
    a: Floats
    b: Floats

    @classmethod
    def of(cls, a: Cdf, b: Cdf) -> AlignedCdfs:
        """Evaluate both functions at the union of their points."""
        points = np.concatenate((a.points, b.points))
        order = np.argsort(points, kind="stable")  # fast: two sorted runs are merged
        points = points[order]
        last = _last(points)
        below_a = np.cumsum(order < a.points.size)[last]
        below_b = np.flatnonzero(last) + 1 - below_a
        return cls(points[last], a.padded[below_a], b.padded[below_b])

    @property
    def distance(self) -> float:
        """The Kolmogorov–Smirnov distance sup |F_a − F_b|, 0 to 1."""
        return float(np.abs(self.a - self.b).max())

    @property
    def area(self) -> float:
        """The Wasserstein distance ∫|F_a − F_b| dx, in units of the values."""
        return float(np.sum(np.abs(self.a - self.b)[:-1] * np.diff(self.points)))


def kolmogorov_smirnov(a: Cdf, b: Cdf) -> float:
    """Return the Kolmogorov–Smirnov distance sup |F_a − F_b|, 0 to 1.

    Example:
        >>> kolmogorov_smirnov(Cdf.of(np.arange(1.0, 5.0), np.ones(4)), Cdf.of(np.arange(2.0, 6.0), np.ones(4)))
        0.25
    """
    return AlignedCdfs.of(a, b).distance


def ks_error(a: Cdf, b: Cdf) -> float:
    """Return how far sketch error alone can move the KS distance: √(ε_a² + ε_b²) of the two rank errors."""
    return hypot(a.rank_error, b.rank_error)


def wasserstein(a: Cdf, b: Cdf) -> float:
    """Return the Wasserstein distance ∫|F_a − F_b| dx, in units of the values.

    Example:
        >>> wasserstein(Cdf.of(np.array([0.0, 1.0]), np.ones(2)), Cdf.of(np.array([0.0]), np.ones(1)))
        0.5
    """
    return AlignedCdfs.of(a, b).area


def mass_changes(both: AlignedCdfs) -> tuple[Floats, Floats, Floats]:
    """Return the union of points, and the mass of each of the two distributions there."""
    return both.points, steps(both.a), steps(both.b)


def steps(cumulative: Floats) -> Floats:
    """Return how much a running sum grows at each entry. It takes a third of the time of `np.diff` with `prepend`.

    Example:
        >>> steps(np.array([0.25, 1.0]))
        array([0.25, 0.75])
    """
    grown = cumulative.copy()
    grown[1:] -= cumulative[:-1]
    return grown


def _last(points: Floats) -> NDArray[np.bool_]:
    """Return a mask of the last of each run of equal points; the points are ascending."""
    last = np.ones(points.size, dtype=bool)
    np.not_equal(points[1:], points[:-1], out=last[:-1])
    return last
