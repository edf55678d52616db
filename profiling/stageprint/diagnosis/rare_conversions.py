"""When a conversion that is seldom met may be named: dozens of factors are known, and one of them fits many a shift."""

from __future__ import annotations

from math import log

from stageprint.diagnosis.factors import MIN_FACTOR_TOLERANCE, Factor
from stageprint.diagnosis.grids import is_finer_by, is_left_by, step_of
from stageprint.diagnosis.pair import Pair
from stageprint.features.distribution import Cdf


def is_certain(both: Pair, known: Factor) -> bool:
    """Return whether a conversion of all rows is a common one, or one that the figures leave no doubt of.

    The grid of the values shows it. Where there is none, the mean, which is exact where quantiles are sketched, gives
    its factor to within half a percent, and the coefficient of variation is as before to within its standard error: a
    sum over twice as many days fits 1.852 (nautical miles) often, but not so closely.
    """
    if known.common or both.cdfs is None:
        return known.common
    then, now = both.cdfs
    if step_of(then) is not None:
        return is_left_by(then, now, known.factor)
    before, after = abs(both.then.mean), abs(both.now.mean)
    if not min(before, after) > 0:
        return False
    factor = log(known.factor)
    off, spread = abs(log(after / before) - factor), abs(both.log_spread - factor)
    return off <= MIN_FACTOR_TOLERANCE and spread <= both.spread_error


def is_certain_of_part(both: Pair, known: Factor) -> bool:
    """Return whether a conversion of a part of the rows is a common one, or one that the grid of its values shows."""
    if known.common or both.cdfs is None:
        return known.common
    then, now = both.cdfs
    if known.factor < 1:
        return step_of(then) is not None and is_finer_by(then, now, known.factor)
    beyond = now.points > both.then.high  # where only converted values are
    return bool(beyond.any()) and is_left_by(then, Cdf.of(now.points[beyond], now.masses[beyond]), known.factor)
