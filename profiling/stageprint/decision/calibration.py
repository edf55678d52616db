"""Calibrates scores on the store's own past: an empirical distribution with an exponential tail.

Student's t has too light a tail for some columns and too heavy a one for most. Once a class of columns (see
`stageprint.decision.classes`) has `MIN_PAST_SCORES`, the tail of those scores says how often a healthy column scores as
high. Smaller stores use the p value that the score itself states.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_KEPT_SCORES = 1000
"""Number of scores that are kept of a class and run, the largest ones."""

MIN_PAST_SCORES = 50_000
"""Past scores from which on a class is calibrated: a column reaches the 20 largest once in 2,500 comparisons."""

MIN_EXCEEDANCES = 20
"""Number of largest scores that determine the shape of a tail by themselves."""

MAX_KEPT_ALERTING_SCORES = 100
"""Number of scores of alerting columns that are kept, the smallest ones."""

MAX_CHANCE_ALERT_SHARE = 2e-5
"""Largest share of past scores that may be alerts by chance."""

MIN_MEAN_EXCESS = 0.43
"""Smallest mean excess of a tail: that of a correct p value, log₁₀ e."""

DEFAULT_MEAN_EXCESS = 0.7
"""Mean excess of a class with few scores: Student's t₄ scored with 6 degrees of freedom, 6/4 · log₁₀ e."""

DEFAULT_EXCESS_WEIGHT = 4
"""Number of scores that `DEFAULT_MEAN_EXCESS` counts for."""


@dataclass(frozen=True)
class Tail:
    """Past scores of a class: their number, and the largest of them.

    Attributes:
        count: Number of past scores N.
        top: The largest of those above 0, falling, without those of alerting columns.
        truncated_below: Scores below this are not all in `top`.
        alerting_scores: The smallest scores of columns that were at least a warning, rising.
    """

    count: int
    top: Floats
    truncated_below: float = 0.0
    alerting_scores: Floats = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, scores: Floats, alerting: NDArray[np.bool_] | None = None, kept: int = MAX_KEPT_SCORES) -> Tail:
        """Return the tail of `scores`.

        Args:
            scores: L of each column.
            alerting: Columns that were at least a warning; None: there are none.
            kept: Number of scores to keep.
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
        """The tail of healthy columns, by which scores are calibrated.

        It includes as many alerting columns as chance alone may have produced, those with the smallest scores. Faults
        say nothing about healthy columns; but without any alerting column the largest scores of healthy columns would
        be missing, the tail would look lighter than it is, and more columns would alert.
        """
        allowed = int(np.ceil(MAX_CHANCE_ALERT_SHARE * self.count))
        return Tail(self.count, np.concatenate([self.top, self.alerting_scores[:allowed]]), self.truncated_below)._cut(
            MAX_KEPT_SCORES
        )

    @cached_property
    def exceedances(self) -> int:
        """k, the number of largest scores that shape the tail: 2·10⁻⁴ N, within 20 to 60 and the scores there are."""
        return max(0, min(60, max(MIN_EXCEEDANCES, int(2e-4 * self.count)), self.top.size - 1))

    @property
    def is_full(self) -> bool:
        """Whether `MIN_EXCEEDANCES` scores or more shape the tail."""
        return self.exceedances >= MIN_EXCEEDANCES

    @cached_property
    def threshold(self) -> float:
        """u, the (k+1)-th largest score; 0 without scores."""
        return float(self.top[self.exceedances]) if self.top.size else 0.0

    @cached_property
    def mean_excess(self) -> float:
        """β, the mean by which the k largest scores exceed u; few scores are combined with `DEFAULT_MEAN_EXCESS`."""
        excess = float((self.top[: self.exceedances] - self.threshold).sum())
        worth = 0 if self.is_full else DEFAULT_EXCESS_WEIGHT
        return max((excess + worth * DEFAULT_MEAN_EXCESS) / (self.exceedances + worth), MIN_MEAN_EXCESS)

    def p(self, scores: Floats) -> Floats:
        """Return the probability that a healthy column scores as high.

        Above u it is the exponential tail (k+1)/(N+1)·exp(−(L − u)/β), below u the rank among the past scores, and 1
        for a score of 0 or below `truncated_below`.
        """
        k, total = self.exceedances, self.count + 1
        rising = self.top[::-1]
        above = rising.size - np.searchsorted(rising, scores, side="left")
        rank = np.where((scores > 0) & (scores >= self.truncated_below), (1 + above) / total, 1.0)
        tail = (k + 1) / total * np.exp(-np.maximum(0.0, scores - self.threshold) / self.mean_excess)
        return np.asarray(np.where(scores > self.threshold, tail, rank), dtype=np.float64)

    def score(self, p: Floats) -> Floats:
        """Return the score from which on the probability is at most `p`: the inverse of the tail above u."""
        far = np.log((self.exceedances + 1) / (self.count + 1) / p)
        return np.asarray(self.threshold + self.mean_excess * np.maximum(0.0, far), dtype=np.float64)
