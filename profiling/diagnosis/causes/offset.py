"""A constant was added to every value."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from profiling.diagnosis.base import Cause, Family, Fit
from profiling.diagnosis.causes.null_spike import only_missing
from profiling.diagnosis.evidence import Evidence
from profiling.diagnosis.factors import OFFSETS
from profiling.diagnosis.pair import Pair, pair, peak, transformed
from profiling.diagnosis.text import number
from profiling.model import ColumnKey
from profiling.shifts._cdf import Cdf, kolmogorov_smirnov

ALONE = 0.6
"""What is left of the fit where nothing but nulls is flagged."""

PILE = 0.04
"""Least share of values at one single point that is no chance."""


class Offset(Cause):
    """All values moved by the same amount.

    Signature: the differences of the quantiles are constant, the KS distance after moving the earlier distribution
    is within chance and under half of what it was, and the standard deviation is unchanged. Dates and timestamps
    move on from run to run by themselves and are left out.

    Source: STATISTICS §3.

    Told apart from: `unit_change`, where ratios are constant and the spread moves with them; where both fit (a
    narrow column far from zero) the exact moments decide.

    Example:
        >>> from profiling.diagnosis.example import two_runs
        >>> celsius = [float(i % 30) for i in range(4000)]
        >>> evidence, column = two_runs(celsius, [x + 273.15 for x in celsius])
        >>> Offset().explain(evidence, column).evidence["meaning"]
        '°C → K'
    """

    name: ClassVar[str] = "offset"
    family: ClassVar[Family] = "data"
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Move the earlier distribution by the median difference of the quantiles, and by that of the means."""
        both = pair(evidence, origin)
        if both is None or both.cdfs is None or not both.now.numeric or not both.measurable:
            return None
        if both.ks <= both.tolerance:
            return None
        then, now = both.cdfs
        guesses = {
            float(np.median(both.now.quantiles - both.then.quantiles)),
            both.now.mean - both.then.mean,
            both.now.low - both.then.low,
            # A mass at one value moves along, and must land exactly.
            peak(now) - peak(then),
        }
        # A round number is taken before an odd one that fits as well.
        steps = [step for guess in guesses for step in (_snapped(guess, both), guess)]
        best = max(steps, key=lambda step: round(_score(both, then, now, step), 2))
        score = _score(both, then, now, best)
        if score <= 0 or best == 0:
            return None
        if only_missing(evidence, origin):
            score *= ALONE  # what moves a column as a whole moves more than its nulls
        meaning = OFFSETS.get(best)
        told = meaning or f"{number(abs(best))} was {'added to' if best > 0 else 'taken from'} every value"
        sentence = (
            f"{origin} moved by {best:+.4g} as a whole since {evidence.first_run(origin)} "
            f"(mean {number(both.now.mean)}, before {number(both.then.mean)}; spread unchanged): {told}"
        )
        figures = {
            "offset": best,
            "meaning": meaning,
            "mean": both.now.mean,
            "mean_before": both.then.mean,
            "sd": both.now.sd,
            "sd_before": both.then.sd,
            "ks": round(both.ks, 4),
        }
        return Fit(score * (0.96 if meaning else 0.86), sentence, figures, brief=f"an offset of {best:+.4g}")


def _snapped(step: float, both: Pair) -> float:
    """Return the known offset, or the whole number, that the step is within chance of."""
    error = 3 * both.then.sd * both.sampling
    known = min(OFFSETS, key=lambda offset: abs(offset - step))
    if abs(known - step) <= error:
        return known
    whole = float(round(step))
    return whole if whole and abs(whole - step) <= min(error, 0.1) else step


def _piled_up(then: Cdf, now: Cdf, step: float) -> bool:
    """Return whether many values are equal now that were not before: what is moved as a whole stays apart."""
    top = peak(now)
    width = 1e-9 * max(1.0, abs(top), abs(step))
    mass = float(now.masses.max())
    came = then.at(np.array([top - step + width])) - then.before(np.array([top - step - width]))
    return mass >= PILE and float(came[0]) + then.mass_error < mass / 3


def _score(both: Pair, then: Cdf, now: Cdf, step: float) -> float:
    closeness = both.closeness(kolmogorov_smirnov(transformed(then, lambda points: points + step), now))
    excess = abs(both.log_spread) / both.spread_tolerance
    fit = closeness * (1.0 - 0.1 * excess if excess <= 1 else max(0.0, 1.0 - 0.15 * excess))
    if _piled_up(then, now, step):
        fit *= 0.8
    return fit if both.missing_change < both.missing_step else 0.8 * fit
