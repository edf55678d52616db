"""Distribution functions as steps: what KS, Wasserstein, atoms, medians and PSI are computed from."""

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
    """A right-continuous step function.

    Attributes:
        points: Where it steps, strictly increasing.
        upto: Its value from each point on; the last is 1.
        size: Number of values behind it.
        rank_error: Bound on the error of any value (99 %), 0 where exact.
        mass_error: Bound on the error of the mass at any single point, 0 where exact.
    """

    points: Floats
    upto: Floats
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
        """Build it from points (in any order, repeated or not) and their weights, whose sum is the default `size`.

        Example:
            >>> Cdf.of(np.array([2.0, 1.0, 2.0]), np.array([1.0, 2.0, 1.0])).upto
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
        """Return the equal-weight mean; independent sketch errors average out, so they add in squares."""
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
        """The mass at each point."""
        return steps(self.upto)

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
        """Return quantiles, linear between order statistics (type 7 of Hyndman & Fan, numpy's default)."""
        rank = (self.size - 1) * p
        below = np.floor(rank)
        return self._ranked(below) + (rank - below) * (self._ranked(below + 1) - self._ranked(below))

    def _ranked(self, rank: Floats) -> Floats:
        # The rank-th smallest value from 0; half a rank keeps rounding in the running sum from skipping a step.
        index = np.searchsorted(self.upto, (rank + 0.5) / self.size, side="left")
        return self.points[np.minimum(index, self.points.size - 1)]

    def middle(self, p: Floats) -> Floats:
        """Return quantiles of the mid-distribution function, linear between F(x) − ½ mass(x).

        Unlike the plain quantile they move continuously with the shares: the median of 49 % zeros and 51 % ones
        is next to that of 51 % and 49 %, not a whole unit away (Ma, Genton & Parzen 2011).
        """
        return np.interp(p, self.upto - self.masses / 2, self.points)

    @cached_property
    def padded(self) -> Floats:
        """Its values left of the first point and from each point on."""
        return np.concatenate(([0.0], self.upto))


@dataclass(frozen=True)
class Both:
    """Two distributions at the union of both's points, between which neither steps.

    Attributes:
        points: The union.
        a: First distribution there.
        b: Second one.
    """

    points: Floats
    a: Floats
    b: Floats

    @classmethod
    def of(cls, a: Cdf, b: Cdf) -> Both:
        """Lay two distributions side by side."""
        points = np.concatenate((a.points, b.points))
        order = np.argsort(points, kind="stable")  # quick: it merges two ascending runs
        points = points[order]
        last = _last(points)
        below_a = np.cumsum(order < a.points.size)[last]
        below_b = np.flatnonzero(last) + 1 - below_a
        return cls(points[last], a.padded[below_a], b.padded[below_b])

    @property
    def distance(self) -> float:
        """The largest distance, sup |F_a − F_b|."""
        return float(np.abs(self.a - self.b).max())

    @property
    def area(self) -> float:
        """The area between them, ∫|F_a − F_b| dx."""
        return float(np.sum(np.abs(self.a - self.b)[:-1] * np.diff(self.points)))


def kolmogorov_smirnov(a: Cdf, b: Cdf) -> float:
    """Return sup |F_a − F_b| over the union of both's points.

    Example:
        >>> kolmogorov_smirnov(Cdf.of(np.arange(1.0, 5.0), np.ones(4)), Cdf.of(np.arange(2.0, 6.0), np.ones(4)))
        0.25
    """
    return Both.of(a, b).distance


def ks_error(a: Cdf, b: Cdf) -> float:
    """Return what sketch error alone can make of the KS statistic: √(ε_a² + ε_b²), never more than ε_a + ε_b."""
    return hypot(a.rank_error, b.rank_error)


def wasserstein(a: Cdf, b: Cdf) -> float:
    """Return ∫|F_a − F_b| dx.

    Example:
        >>> wasserstein(Cdf.of(np.array([0.0, 1.0]), np.ones(2)), Cdf.of(np.array([0.0]), np.ones(1)))
        0.5
    """
    return Both.of(a, b).area


def mass_changes(both: Both) -> tuple[Floats, Floats, Floats]:
    """Return (points, mass in a, mass in b) at the union of both's points."""
    return both.points, steps(both.a), steps(both.b)


def steps(upto: Floats) -> Floats:
    """Return by how much a running sum grows at each entry; `np.diff` with something before it takes thrice as long.

    Example:
        >>> steps(np.array([0.25, 1.0]))
        array([0.25, 0.75])
    """
    grown = upto.copy()
    grown[1:] -= upto[:-1]
    return grown


def _last(points: Floats) -> NDArray[np.bool_]:
    """Return which of ascending points is the last of its equals."""
    last = np.ones(points.size, dtype=bool)
    np.not_equal(points[1:], points[:-1], out=last[:-1])
    return last
