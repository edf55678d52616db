"""Calibration of scores on the store's own past: an empirical distribution with an exponential tail.

Student's t is too light for real data. Where a class of columns (kind × statistic × length of history × quiet or not)
has some 200,000 past scores, their own tail says how often a healthy column scores as much. Smaller stores use the
score's own p.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KEPT = 1000
"""Largest scores kept of a class and run."""

ENOUGH = 200_000
"""Past scores from which a class is calibrated."""

LEAST_EXCESS = 0.43
"""Least mean excess of a tail: that of p itself, log₁₀ e."""


@dataclass(frozen=True)
class Tail:
    """Past scores of a class: how many, and the largest of them.

    Attributes:
        count: Number of past scores N.
        top: The largest, in falling order.
    """

    count: int
    top: Floats

    @classmethod
    def of(cls, scores: Floats, kept: int = KEPT) -> Tail:
        """Keep the largest of `scores`."""
        return cls(scores.size, np.sort(scores)[::-1][:kept])

    @classmethod
    def merge(cls, tails: Iterable[Tail], kept: int = KEPT) -> Tail:
        """Return the tail of all scores behind `tails`: exact as far as each of them kept enough."""
        found = list(tails)
        top = np.concatenate([tail.top for tail in found]) if found else np.zeros(0)
        return cls(sum(tail.count for tail in found), np.sort(top)[::-1][:kept])

    @property
    def exceedances(self) -> int:
        """k, how many of the largest scores shape the tail: 2·10⁻⁴ N, at least 20 and at most 60."""
        return int(min(60, max(20, 2e-4 * self.count)))

    @cached_property
    def threshold(self) -> float:
        """u, the (k+1)-th largest score."""
        return float(self.top[self.exceedances])

    @cached_property
    def mean_excess(self) -> float:
        """β, the mean by which the k largest scores exceed u."""
        return max(float((self.top[: self.exceedances] - self.threshold).mean()), LEAST_EXCESS)

    def p(self, scores: Floats) -> Floats:
        """Return how often a healthy column scores as much.

        Above u the exponential tail (k+1)/(N+1)·exp(−(L − u)/β), below it the rank among the past scores; 1 where a
        score is below all that were kept.
        """
        k, total = self.exceedances, self.count + 1
        rising = self.top[::-1]
        above = rising.size - np.searchsorted(rising, scores, side="left")
        kept_all = rising.size == self.count
        rank = np.where(kept_all | (above < rising.size), (1 + above) / total, 1.0)
        tail = (k + 1) / total * np.exp(-np.maximum(0.0, scores - self.threshold) / self.mean_excess)
        return np.asarray(np.where(scores > self.threshold, tail, rank), dtype=np.float64)
