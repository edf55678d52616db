"""Calibration of scores on the store's own past: an empirical distribution with an exponential tail.

Student's t is too light for real data, and too heavy for most columns. Where a class of columns (see
`stageprint.decision.classes`) has `MIN_PAST_SCORES`, their own tail says how often a healthy column scores as much.
Smaller stores use the score's own p.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_KEPT_SCORES = 1000
"""Largest scores kept of a class and run."""

MIN_PAST_SCORES = 50_000
"""Past scores from which a class is calibrated: the 20 largest are what a column scores once in 2,500 comparisons."""

MIN_EXCEEDANCES = 20
"""Largest scores that a tail needs to have a shape of its own."""

MAX_KEPT_ALERTING_SCORES = 100
"""Least of the loud scores kept."""

MAX_CHANCE_ALERT_SHARE = 2e-5
"""Share of past scores that may be loud by chance, at the most."""

MIN_MEAN_EXCESS = 0.43
"""Least mean excess of a tail: that of p itself, log₁₀ e."""

DEFAULT_MEAN_EXCESS = 0.7
"""Mean excess where a class says little: shocks of Student's t₄ scored by 6 degrees of freedom, 6/4 · log₁₀ e."""

DEFAULT_EXCESS_WEIGHT = 4
"""Scores that `DEFAULT_MEAN_EXCESS` is worth."""


@dataclass(frozen=True)
class Tail:
    """Past scores of a class: how many, and the largest of them.

    Attributes:
        count: Number of past scores N.
        top: The largest of those above 0, in falling order.
        truncated_below: Scores below this are not all among them.
        alerting_scores: The least scores of columns that were a warning or worse, rising; they are not among `top`.
    """

    count: int
    top: Floats
    truncated_below: float = 0.0
    alerting_scores: Floats = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, scores: Floats, alerting: NDArray[np.bool_] | None = None, kept: int = MAX_KEPT_SCORES) -> Tail:
        """Keep the largest of `scores`.

        Args:
            scores: L of each column.
            alerting: Columns that were a warning or worse; None: there are none.
            kept: How many are kept.
        """
        apart = np.zeros(scores.size, dtype=bool) if alerting is None else alerting
        return cls(scores.size, scores[~apart & (scores > 0)], alerting_scores=scores[apart & (scores > 0)])._cut(kept)

    @classmethod
    def merge(cls, tails: Iterable[Tail], kept: int = MAX_KEPT_SCORES) -> Tail:
        """Return the tail of all scores behind `tails`."""
        found = list(tails)
        top = np.concatenate([tail.top for tail in found]) if found else np.zeros(0)
        alerting_scores = np.concatenate([tail.alerting_scores for tail in found]) if found else np.zeros(0)
        truncated_below = max((tail.truncated_below for tail in found), default=0.0)
        return cls(sum(tail.count for tail in found), top, truncated_below, alerting_scores)._cut(kept)

    def _cut(self, kept: int) -> Tail:
        falling, alerting_scores = np.sort(self.top)[::-1], np.sort(self.alerting_scores)[:MAX_KEPT_ALERTING_SCORES]
        if falling.size <= kept:
            return Tail(self.count, falling, self.truncated_below, alerting_scores)
        return Tail(self.count, falling[:kept], max(self.truncated_below, float(falling[kept - 1])), alerting_scores)

    @cached_property
    def healthy(self) -> Tail:
        """The past as scores are calibrated by it: with as many of the loud as chance alone may have made loud.

        What was really wrong with a column says nothing of healthy ones. But without any of the loud, the largest
        scores of healthy columns would be missing, the tail would look lighter than it is, and more would be loud. Of
        the loud the least are taken.
        """
        allowed = int(np.ceil(MAX_CHANCE_ALERT_SHARE * self.count))
        return Tail(self.count, np.concatenate([self.top, self.alerting_scores[:allowed]]), self.truncated_below)._cut(
            MAX_KEPT_SCORES
        )

    @cached_property
    def exceedances(self) -> int:
        """k, how many of the largest scores shape the tail: 2·10⁻⁴ N, at least 20 and at most 60, and as there are."""
        return max(0, min(60, max(MIN_EXCEEDANCES, int(2e-4 * self.count)), self.top.size - 1))

    @property
    def full(self) -> bool:
        """Whether as many scores shape the tail as should."""
        return self.exceedances >= MIN_EXCEEDANCES

    @cached_property
    def threshold(self) -> float:
        """u, the (k+1)-th largest score; 0 without any."""
        return float(self.top[self.exceedances]) if self.top.size else 0.0

    @cached_property
    def mean_excess(self) -> float:
        """β, the mean by which the k largest scores exceed u; few of them are taken together with what is usual."""
        excess = float((self.top[: self.exceedances] - self.threshold).sum())
        worth = 0 if self.full else DEFAULT_EXCESS_WEIGHT
        return max((excess + worth * DEFAULT_MEAN_EXCESS) / (self.exceedances + worth), MIN_MEAN_EXCESS)

    def p(self, scores: Floats) -> Floats:
        """Return how often a healthy column scores as much.

        Above u the exponential tail (k+1)/(N+1)·exp(−(L − u)/β), below it the rank among the past scores; 1 of a score
        that is 0, or below those that were kept.
        """
        k, total = self.exceedances, self.count + 1
        rising = self.top[::-1]
        above = rising.size - np.searchsorted(rising, scores, side="left")
        rank = np.where((scores > 0) & (scores >= self.truncated_below), (1 + above) / total, 1.0)
        tail = (k + 1) / total * np.exp(-np.maximum(0.0, scores - self.threshold) / self.mean_excess)
        return np.asarray(np.where(scores > self.threshold, tail, rank), dtype=np.float64)

    def score(self, p: Floats) -> Floats:
        """Return the score from which on p is at most `p`, of the exponential tail: the inverse of `p` above u."""
        far = np.log((self.exceedances + 1) / (self.count + 1) / p)
        return np.asarray(self.threshold + self.mean_excess * np.maximum(0.0, far), dtype=np.float64)
