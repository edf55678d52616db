"""How likely a figure is after those of the earlier runs: Student's predictive distribution with a prior variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from stageprint import special
from stageprint.shifts.base import Outcome

TAIL_DF: Final = 4.0
"""Degrees of freedom, however many runs there are: healthy figures have rare bad days."""

PRIOR_RUNS: Final = 3.0
"""Number of runs that the prior variance counts for."""

SMALLEST_P: Final = 1e-12

MIN_DEVIATIONS: Final = 0.5
"""What is hardly unlikely is so many standard deviations, so that the expected range that people read stays a plain
one."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """What the earlier runs say of a figure.

    Attributes:
        mean: Their mean.
        scale: Standard deviation of the figure of the next run.
    """

    mean: float
    scale: float

    def p(self, now: float) -> float:
        """Return the probability of a figure as far from the mean as `now`, on its side."""
        return float(special.stdtr(TAIL_DF, -abs(now - self.mean) / self.scale))


def predicted(past: Sequence[float], prior: float, sampling: float = 0.0) -> Predicted:
    """Return what the figures of earlier runs say of the next.

    Args:
        past: The figures; at least one.
        prior: Standard deviation of a figure of which nothing is known.
        sampling: Variance of the figure under test that its number of rows explains.
    """
    mean = sum(past) / len(past)
    squares = sum((figure - mean) ** 2 for figure in past)
    variance = (PRIOR_RUNS * prior**2 + squares) / (PRIOR_RUNS + len(past) - 1)
    return Predicted(mean, sqrt(variance * (1 + 1 / len(past)) + sampling))


def outcome(beyond: float, p: float, scale: float, now: float, then: float) -> Outcome:
    """Return a record as the outcome of a statistic that is scaled by its past.

    Args:
        beyond: How far the figure is beyond all earlier ones; 0: it is not.
        p: Probability that a healthy figure goes as far.
        scale: Standard deviation of the figure.
        now: The figure, as it is written.
        then: The nearest earlier figure.
    """
    if beyond <= 0:
        return Outcome(0.0, floor=scale**2, now=now, then=then)
    variance = variance_giving(beyond, min(1.0, max(p, SMALLEST_P)), TAIL_DF, 1e-3)
    return Outcome(beyond, floor=variance, now=now, then=then)


def variance_giving(value: float, p: float, df: float, least: float = MIN_DEVIATIONS) -> float:
    """Return the variance with which a two-sided Student distribution gives a value the probability p.

    Args:
        value: The value, in any unit; the variance is in its square.
        p: Probability, above 0 and at most 1.
        df: Degrees of freedom.
        least: Least number of standard deviations that the value is taken for.

    Example:
        >>> round(variance_giving(2.0, 0.05, 4.0), 3), variance_giving(2.0, 1.0, 4.0)
        (0.519, 16.0)
    """
    return (value / max(-float(special.stdtrit(df, p / 2)), least)) ** 2
