"""How far a figure may stray in the next run, from how far it strayed in the runs before."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import asin, exp, log, pi, sin, sqrt
from statistics import fmean, stdev
from typing import Final

from scipy.special import stdtrit

CHANCE: Final = 0.001
"""Chance that the next run of an unchanged, normal figure lies outside its prediction interval."""

FURTHEST: Final = 10.0
"""A bound further than this many times the furthest figure seen says nothing: it is not proposed."""


LEAST_VOLUME_MARGIN: Final = 0.10
"""Least margin of a number of rows, as a logarithm: no smaller shift of it is ever reported (`shifts.rows`)."""


def prediction(values: Sequence[float]) -> tuple[float, float]:
    """Return the interval for one future figure: mean ± t·s·√(1 + 1/n), and never less than the range seen.

    t is Student's for n − 1 degrees of freedom and a two-sided `CHANCE` (Hahn & Meeker 1991, "Statistical Intervals",
    §4.8). It is wide while there are few runs: 36 standard deviations for 3 of them, 9 for 5, 4.6 for 12.

    Example:
        >>> [round(bound, 1) for bound in prediction([9.0, 10.0, 11.0])]
        [-26.5, 46.5]
    """
    centre, n = fmean(values), len(values)
    reach = float(stdtrit(n - 1, 1 - CHANCE / 2)) * stdev(values) * sqrt(1 + 1 / n)
    return min(centre - reach, *values), max(centre + reach, *values)


def ratio_prediction(values: Sequence[float]) -> tuple[float, float]:
    """Return the same of figures above zero, on the logarithm: volumes and extremes grow and shrink by factors."""
    low, high = prediction([log(value) for value in values])
    limit = log(FURTHEST) + 1  # further out nothing is proposed, and exp would overflow
    return exp(max(low, log(min(values)) - limit)), exp(min(high, log(max(values)) + limit))


def least_share(shares: Sequence[float]) -> float:
    """Return the lower end of the same of shares, on Cohen's 2·arcsin√p, whose spread does not depend on the share."""
    low, _ = prediction([2 * asin(sqrt(share)) for share in shares])
    return min(sin(min(max(low, 0.0), pi) / 2) ** 2, *shares)


def outward(value: float, *, up: bool) -> float:
    """Return a value rounded away from the middle to two significant digits, whole where that is.

    Example:
        >>> outward(1301.0, up=True), outward(-43.7, up=False), outward(0.0123, up=True), outward(0.0, up=True)
        (1400, -44, 0.013, 0)
    """
    if not value:
        return 0
    exact = Decimal(value)
    last = Decimal(1).scaleb(exact.adjusted() - 1)
    rounded = exact.quantize(last, ROUND_CEILING if up else ROUND_FLOOR)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
