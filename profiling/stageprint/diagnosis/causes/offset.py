"""A constant was added to every value."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.causes.null_spike import only_missing
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.factors import OFFSETS
from stageprint.diagnosis.pair import Pair, pair, peak, transformed
from stageprint.diagnosis.past_moves import median_move, stands_out
from stageprint.diagnosis.quoted import quoted_figures
from stageprint.features.distribution import Cdf, kolmogorov_smirnov
from stageprint.model import ColumnKey
from stageprint.model.figures import number

FIT_SHARE_OF_NULLS_ALONE = 0.6
"""Share of the fit that is left where nothing but nulls is flagged."""

MIN_PILE_SHARE = 0.04
"""Minimum share of the values at one single point that is no chance."""

MAX_SHARE_LEFT_AT_END = 0.005
"""Maximum share of the values, beside three of them, in the first half of the step: that part should be empty."""

FIT_OF_LANDING = 0.95
"""Fit of a step that leads every value back to one that was there."""

MAX_LANDED_SHARE_UNMOVED, MIN_LANDED_SHARE = 0.5, 0.98
"""Maximum share of the values that are earlier ones as they are, and minimum share of those with the step undone."""

MAX_END_VALUES_TRIED = 40
"""Number of earlier values at either end that the ends of the present range are matched with."""

MAX_LOG_SPREAD_CALLED_UNCHANGED = 0.05
"""Maximum change of the standard deviation, as a logarithm, that a sentence calls unchanged."""


class Offset(Cause):
    """A constant was added to every value.

    The whole column moved by one amount: another zero point (Celsius and Kelvin), a fee included or left out, an index
    from 0 or from 1. Every threshold that a model learned is off by that amount.

    Signature: the quantiles moved by a constant and the standard deviation is unchanged. Once the earlier distribution
    is moved by that constant, the remaining distance is within chance or under a fifth of what it was, and the end that
    the values moved away from is empty. From one healthy run to the next, the column never moved by even a third as
    much. Compared with the upstream column of the same run, it may also be one step that leads every value back to one
    that exists there. Dates and timestamps move on by themselves and are left out.

    Told apart from: `unit_change`: the ratios are constant and the spread changes as well.

    Check:
        - Subtract the column from its upstream column or from an older copy of the same rows: the difference should be
          constant.
        - See whether the amount is known: 273.15, 1, a tax, a base fee.
        - Find the change of the formula, or of the device's calibration, since the first bad run.

    Fix: Correct the formula or the zero point where it is applied and load the affected runs again. If the new zero
    point is intended, convert the history too, then accept the finding.

    Evidence:
        offset: amount that was added, in the column's unit.
        meaning: the known conversion, such as °C → K; null: none fits.
        mean: mean now.
        mean_before: mean before.
        standard_deviation: standard deviation now.
        standard_deviation_before: standard deviation before.
        ks_distance: Kolmogorov–Smirnov distance between the values now and before, 0–1.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> celsius = [float(i % 30) for i in range(4000)]
        >>> evidence, column = two_runs(celsius, [x + 273.15 for x in celsius])
        >>> Offset().explain(evidence, column).evidence["meaning"]
        '°C → K'
    """

    name: ClassVar[str] = "offset"
    family: ClassVar[Family] = "data"
    assumes_level: ClassVar[bool] = True
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Move the earlier distribution by the median difference of the quantiles, and by that of the means."""
        both = pair(evidence, origin)
        if both is None or both.cdfs is None or not both.now.numeric or not both.measurable:
            return None
        best, score = _moved(both, *both.cdfs) if both.ks > both.tolerance else (0.0, 0.0)
        if score < FIT_OF_LANDING and both.source is not None:
            best, score = _landing(*both.cdfs) or (best, score)
        if score <= 0 or best == 0 or not stands_out(evidence, origin, median_move):
            return None
        if only_missing(evidence, origin):
            score *= FIT_SHARE_OF_NULLS_ALONE  # what moves a column as a whole moves more than its nulls
        meaning = OFFSETS.get(best)
        change = meaning or f"{number(abs(best))} was {'added to' if best > 0 else 'taken from'} every value"
        told = quoted_figures(
            both, ("mean", "median", "smallest", "largest"), lambda value: value + best, lambda value: value - best
        )
        sentence = (
            f"{origin} moved by {best:+.4g} as a whole since {evidence.first_run(origin)} "
            f"({told}; {_spread(both)}): {change}"
        )
        figures = {
            "offset": best,
            "meaning": meaning,
            "mean": both.now.mean,
            "mean_before": both.then.mean,
            "standard_deviation": both.now.sd,
            "standard_deviation_before": both.then.sd,
            "ks_distance": round(both.ks, 4),
        }
        return Fit(score * (0.96 if meaning else 0.86), sentence, figures, brief=f"an offset of {best:+.4g}")


def _spread(both: Pair) -> str:
    """Return whether the values are spread as before; beside the upstream column a part of the rows need not be."""
    if abs(both.log_spread) <= MAX_LOG_SPREAD_CALLED_UNCHANGED:
        return "spread unchanged"
    return f"standard deviation {number(both.now.sd)}, before {number(both.then.sd)}"


def _moved(both: Pair, then: Cdf, now: Cdf) -> tuple[float, float]:
    """Return the step after which the distributions are nearest, and how well it fits."""
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
    return best, _score(both, then, now, best)


def _landing(then: Cdf, now: Cdf) -> tuple[float, float] | None:
    """Return the step that takes every value of the upstream column onto one that is there, and how sure it is.

    A part of the rows need not be distributed as all of them are. But where the values that occur are known, and none
    of the present ones was there, one step that leads back to them says it all.
    """
    if then.rank_error or now.rank_error or _landed(then, now, 0.0) > MAX_LANDED_SHARE_UNMOVED:
        return None
    steps = {float(now.points[0] - point) for point in then.points[:MAX_END_VALUES_TRIED]}
    steps |= {float(now.points[-1] - point) for point in then.points[-MAX_END_VALUES_TRIED:]}
    fitting = [step for step in steps if _landed(then, now, step) >= MIN_LANDED_SHARE]
    if not fitting:
        return None
    # Of a column on a grid several steps would do: the one that leaves the distributions nearest to each other.
    best = min(fitting, key=lambda step: kolmogorov_smirnov(transformed(then, lambda points: points + step), now))
    return round(best, 9), FIT_OF_LANDING


def _landed(then: Cdf, now: Cdf, step: float) -> float:
    """Return the share of the values that `step` leads back to one of the earlier values."""
    back = now.points - step
    above = np.minimum(np.searchsorted(then.points, back), then.points.size - 1)
    near = np.minimum(np.abs(then.points[above] - back), np.abs(then.points[np.maximum(above - 1, 0)] - back))
    return float(now.masses[near <= 1e-9 * np.maximum(1.0, np.abs(back))].sum())


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
    return mass >= MIN_PILE_SHARE and float(came[0]) + then.mass_error < mass / 3


def _leaves_its_end(both: Pair, then: Cdf, now: Cdf, step: float) -> bool:
    """Return whether the end that the values moved away from is empty, up to half of the step.

    Amounts that grew begin at nearly 0 as before, whatever the distance of the distributions says.
    """
    if step > 0:
        left = float(now.before(np.array([then.points[0] + step / 2]))[0])
    else:
        left = 1.0 - float(now.at(np.array([then.points[-1] + step / 2]))[0])
    return left <= MAX_SHARE_LEFT_AT_END + now.rank_error + 3 / max(both.now.values, 1.0)


def _score(both: Pair, then: Cdf, now: Cdf, step: float) -> float:
    if not _leaves_its_end(both, then, now, step):
        return 0.0
    closeness = both.closeness(kolmogorov_smirnov(transformed(then, lambda points: points + step), now))
    fit = closeness * both.spread_fit(0.0)
    if _piled_up(then, now, step):
        fit *= 0.8
    return fit if both.missing_change < both.missing_step else 0.7 * fit
