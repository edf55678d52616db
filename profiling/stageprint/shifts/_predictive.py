"""Records: figures beyond those of all earlier runs, and how likely that is.

The probability is that of Student's predictive distribution with a prior variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, Final

from stageprint import special
from stageprint.shifts.base import Outcome, Shift

TAIL_DF: Final = 4.0
"""Degrees of freedom, however many runs there are: healthy figures have rare bad days."""

PRIOR_RUNS: Final = 3.0
"""Number of runs that the prior variance counts for."""

RUNS_OF_A_WEEK: Final = 7

SMALLEST_P: Final = 1e-12

MIN_DEVIATIONS: Final = 0.5
"""What is hardly unlikely is so many standard deviations, so that the expected range that people read stays a plain
one."""


class ScaledByItsPast(Shift):
    """What statistics of records say of themselves: their variance comes with each value, from the first run on."""

    deterministic: ClassVar[bool] = False
    scaled_by_its_past: ClassVar[bool] = True
    needs_no_history: ClassVar[bool] = True
    max_df: ClassVar[float] = TAIL_DF


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


def of_first_runs(p: float, runs: int) -> float:
    """Return a probability as large as it is after so few runs: the first week has shown little of what a figure does.

    Args:
        p: The probability of the predictive distribution.
        runs: Number of earlier runs.

    Example:
        >>> of_first_runs(0.01, 3), of_first_runs(0.01, 7), of_first_runs(0.9, 1)
        (0.02, 0.01, 1.0)
    """
    return min(1.0, p * max(1.0, (RUNS_OF_A_WEEK + 1) / (runs + 1)))


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
