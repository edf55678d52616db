"""Prediction intervals: the range in which a figure of the next run is expected, from the figures of past runs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import asin, exp, log, log1p, pi, sin, sqrt
from statistics import fmean, stdev
from typing import Final

from stageprint import special

MISS_PROBABILITY: Final = 0.001
"""Probability that a normally distributed figure of an unchanged pipeline lies outside its prediction interval."""

MAX_BOUND_RATIO: Final = 10.0
"""A bound of more than this many times the most extreme figure seen is too wide to be useful, and not proposed."""

_EXTREME_QUANTILE: Final = -(log(-log1p(-MISS_PROBABILITY / 2)) + 0.5772156649015329) * sqrt(6) / pi
"""Quantile of Gumbel's distribution, in standard deviations from its mean; 0.577… is Euler's constant."""

MIN_ROWS_LOG_MARGIN: Final = 0.10
"""Smallest margin of the number of rows, as a natural logarithm; smaller shifts are never reported (`shifts.rows`)."""


def prediction(values: Sequence[float], *, extremes: bool = False) -> tuple[float, float]:
    """Return the prediction interval for one future figure: mean ± t·s·√(1 + 1/n), and at least the range seen.

    t is the quantile of Student's distribution with n − 1 degrees of freedom for a two-sided `MISS_PROBABILITY` (Hahn &
    Meeker 1991, "Statistical Intervals", §4.8). With few runs it is wide: 36 standard deviations for 3 runs, 9 for 5,
    4.6 for 12.

    Largest and smallest values are not normal: they follow an extreme value distribution (Gumbel 1958), whose tail is
    longer outward. For `extremes` its quantile is used where it is greater, from 8 runs on.

    Example:
        >>> [round(bound, 1) for bound in prediction([9.0, 10.0, 11.0])]
        [-26.5, 46.5]
    """
    centre, n = fmean(values), len(values)
    quantile = max(float(special.stdtrit(n - 1, 1 - MISS_PROBABILITY / 2)), _EXTREME_QUANTILE if extremes else 0.0)
    reach = quantile * stdev(values) * sqrt(1 + 1 / n)
    return min(centre - reach, *values), max(centre + reach, *values)


def ratio_prediction(values: Sequence[float], *, extremes: bool = False) -> tuple[float, float]:
    """Return the prediction interval of positive figures, computed on their logarithms: volumes change by factors."""
    low, high = prediction([log(value) for value in values], extremes=extremes)
    limit = log(MAX_BOUND_RATIO) + 1  # wider bounds are not proposed, and exp would overflow
    return exp(max(low, log(min(values)) - limit)), exp(min(high, log(max(values)) + limit))


def lowest_expected_share(shares: Sequence[float]) -> float:
    """Return the lower end of the prediction interval of shares, computed on Cohen's 2·arcsin√p.

    On that scale the spread does not depend on the share itself.
    """
    low, _ = prediction([2 * asin(sqrt(share)) for share in shares])
    return min(sin(min(max(low, 0.0), pi) / 2) ** 2, *shares)


def round_outward(value: float, seen: float, *, up: bool, whole: bool = False) -> float:
    """Return a bound rounded away from the values, to the first digit of its margin; an int if the result is whole.

    Args:
        value: The bound.
        seen: The value nearest to it; the margin is between the two.
        up: Whether it is an upper bound.
        whole: Whether the values are whole numbers.

    Example:
        >>> round_outward(1301.0, 1180.0, up=True), round_outward(2031.7, 2026.0, up=True)
        (1400, 2032)
        >>> round_outward(-0.0123, -0.01, up=False), round_outward(7.86, 7.0, up=True, whole=True)
        (-0.013, 8)
    """
    exact = Decimal(value)
    margin = abs(exact - Decimal(seen))
    place = margin.adjusted() if margin else 0
    last = Decimal(1).scaleb(max(place, 0) if whole else place)
    rounded = exact.quantize(last, ROUND_CEILING if up else ROUND_FLOOR)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
