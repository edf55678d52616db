"""Values came in another unit: miles for kilometres, cents for dollars, Celsius for Fahrenheit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log
from typing import ClassVar

import numpy as np

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.causes.null_spike import only_missing
from stageprint.diagnosis.concerns import is_flagged_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.factors import AFFINE, KNOWN, Factor, snap
from stageprint.diagnosis.grids import can_be_converted, is_finer_by, is_on_affine_grid, multiplied_by
from stageprint.diagnosis.pair import Pair, mixture, pair, peak, transformed
from stageprint.diagnosis.past_moves import distance, log_ratio, median_move, outside, stands_out
from stageprint.diagnosis.quoted import quoted_figures, value_ranges, values_reached
from stageprint.diagnosis.rare_conversions import is_certain, is_certain_of_part
from stageprint.diagnosis.strays import conversion_of_level, scaled_labels, strays
from stageprint.features.distribution import Cdf, kolmogorov_smirnov
from stageprint.model import ColumnKey, Concern
from stageprint.model.figures import number, percent

MIN_FIT_OF_ALL_ROWS = 0.7
"""Minimum fit of a conversion of all rows at which none of a part of them is tried."""

MIN_SHARE_OF_ALL_ROWS = 0.97
"""Share of converted rows from which on all of them were converted."""

MIN_LOG_FACTOR = 0.01
"""Minimum absolute logarithm of a factor: nearer to 1 it is no change of unit."""

MIN_CONVERTED_SHARE = 0.02
"""Minimum share of converted rows that is read from the whole distribution."""

MIN_CONSPICUOUS_FACTOR = 8.0
"""A conversion by this factor or more cannot be taken for another population mixed in."""

MIN_VALUES_BEYOND = 25
"""Minimum number of values outside the earlier range from which a converted part of the rows can be read."""

FIT_SHARE_OF_NULLS_ALONE = 0.6
"""Share of the fit that is left where nothing but nulls is flagged."""

MIN_STANDARD_ERRORS = 4.0
"""Standard errors beyond which the share of negative values, or of zeros, has changed."""

FIT_OF_LABELS = 0.88
"""Fit of a factor that leads from a few whole numbers to all new ones."""

FIT_OF_GRID = 0.92
"""Fit of a power of ten that the grids of the values tell."""

FIT_OF_LEVEL = 0.96
"""Fit of a known conversion between two such levels: nothing but the factor can be compared."""

_GRID = np.linspace(0.01, 0.99, 50)


@dataclass(frozen=True, slots=True)
class _Rescaling:
    """now = factor · then + offset for a share of the rows."""

    factor: float
    offset: float
    share: float
    score: float
    meaning: str | None


_NONE = _Rescaling(1.0, 0.0, 1.0, 0.0, None)


@dataclass(frozen=True, slots=True)
class _Trial:
    """A column with both its distributions."""

    both: Pair
    then: Cdf
    now: Cdf


class UnitChange(Cause):
    """Values arrived in another unit: kilometres instead of miles, cents instead of dollars.

    All values, or a share of them, were multiplied by one factor; temperatures were shifted too. If only some sources
    switched, the column mixes two units, and no later step can undo that without knowing which row is which.

    Signature: one factor maps the earlier distribution onto the current one: after rescaling, the remaining distance is
    within chance or under a fifth of what it was, the spread changed by the same factor, as many values as before are
    negative or 0, and whole numbers, tenths or cents became multiples of the factor. Healthy runs never moved it by
    even a third as much. The factor is matched with known conversions: powers of ten, 1.609, 0.4536, 60, 1024, 1.8·x +
    32 and others; a rare one (ounces) only where the values' grid shows it or the factor fits to within 0.5 %; one that
    matches none must leave less than a quarter. If a share of the rows was converted, the values are a mixture of both
    distributions. In a column that moves on with every run, such as a time in seconds, only the level is compared, if
    the values lie close together and far from 0, or only the values that are not where its past leads.

    Told apart from: `offset`: the differences are constant and the spread stays; an outlier tail: its values are no
    multiple of the earlier range; `default_value`: the new values are all the same.

    Check:
        - Divide some values by those of the same rows upstream or in an older copy: the ratio should be the factor.
        - If only a share changed, split by source, device or country to find who switched.
        - Read the source's release notes, and the documentation of the field's unit.

    Fix: Convert back where the values enter the pipeline, by source if only some switched, and load the affected runs
    again. Put the unit in the column's name. If the new unit is to stay, convert the history and accept the finding.

    Evidence:
        factor: the values are this many times what they were.
        offset: amount added after multiplying, in the column's unit.
        share: share of the values that were converted, 0–1.
        meaning: the known conversion, such as miles → kilometres; null: none fits.
        median: median now; dates in days, timestamps in microseconds since 1970.
        median_before: median before.
        ks_distance: Kolmogorov–Smirnov distance between the values now and before, 0–1.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> miles = [float(100 + i % 900) for i in range(4000)]
        >>> evidence, column = two_runs(miles, [1.609344 * x for x in miles])
        >>> UnitChange().explain(evidence, column).evidence["meaning"]
        'miles → kilometres'
    """

    name: ClassVar[str] = "unit_change"
    family: ClassVar[Family] = "data"
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Try the factors that the quantiles and moments suggest, known conversions, and scaled parts."""
        both = pair(evidence, origin)
        if both is None or both.cdfs is None:
            return None
        if is_flagged_for(evidence, origin, Concern.PROGRESS):
            moved = _of_level(both)
            if moved is None or not _beyond_past(evidence, origin, moved):
                moved = _of_strays(evidence, origin)
            if moved is not None:
                return _fit(evidence, origin, both, moved)
        if not both.measurable:
            return None
        trial = _Trial(both, *both.cdfs)
        best = max(_full(trial), key=lambda model: model.score, default=_NONE)
        if best.score < MIN_FIT_OF_ALL_ROWS:
            best = max((best, *_partial(trial)), key=lambda model: model.score)
        factor = multiplied_by(*both.cdfs, best.factor) if both.now.numeric else None
        if factor is not None and (best.score < FIT_OF_GRID or best.factor != factor):
            best = _Rescaling(factor, 0.0, 1.0, FIT_OF_GRID, snap(factor)[0].meaning)
        elif best.score <= 0 or not _beyond_past(evidence, origin, best):
            return None
        fit = _fit(evidence, origin, both, best)
        # What scales a column moves more than its nulls.
        return replace(fit, score=FIT_SHARE_OF_NULLS_ALONE * fit.score) if only_missing(evidence, origin) else fit


def _of_level(both: Pair) -> _Rescaling | None:
    known = conversion_of_level(both.then, both.now)
    if known is None:
        return None
    loses = both.missing_change >= both.missing_step
    return _Rescaling(known.factor, 0.0, 1.0, FIT_OF_LEVEL * (0.7 if loses else 1.0), known.meaning)


def _of_strays(evidence: Evidence, origin: ColumnKey) -> _Rescaling | None:
    """Return the conversion of the values that are not where an advancing column should be."""
    found = strays(evidence, origin)
    known = None if found is None else found.conversion()
    if found is None or known is None:
        return None
    return _Rescaling(known.factor, 0.0, found.share, FIT_OF_LEVEL - (0.0 if known.common else 0.04), known.meaning)


def _beyond_past(evidence: Evidence, origin: ColumnKey, model: _Rescaling) -> bool:
    """Return whether the column does not move as far as the model says by itself, from one healthy run to the next."""
    if model.factor == -1:
        return True  # no column turns its sign by itself
    if model.share < MIN_SHARE_OF_ALL_ROWS:
        return stands_out(evidence, origin, outside) or stands_out(evidence, origin, distance)
    return stands_out(evidence, origin, median_move if model.offset else log_ratio)


def _full(trial: _Trial) -> list[_Rescaling]:
    """Return the models in which every row was converted."""
    models = []
    for factor in _candidates(trial):
        sign = np.sign(factor)
        # A known conversion is tried at its own factor, which is nearer to the truth than any estimate.
        near = snap(abs(factor), trial.both.spread_tolerance / 3)
        known = [one for one in near if is_certain(trial.both, one)]
        models += [_model(trial, sign * one.factor, one.meaning, 0.97 if one.common else 0.93) for one in known]
        if factor == -1:
            models.append(_model(trial, -1.0, "the sign was turned", 0.97))
        elif abs(log(abs(factor))) >= MIN_LOG_FACTOR:
            models.append(_free(trial, factor))
    if trial.both.now.numeric:
        for meaning, factor, offset in AFFINE:
            models.append(_Rescaling(factor, offset, 1.0, 0.97 * _score(trial, factor, offset), meaning))
    return models


def _model(trial: _Trial, factor: float, meaning: str | None, weight: float) -> _Rescaling:
    return _Rescaling(float(factor), 0.0, 1.0, weight * _score(trial, float(factor), 0.0), meaning)


def _free(trial: _Trial, factor: float) -> _Rescaling:
    """Return the model of a factor that is no known conversion.

    It fits many a shift of the median: only the unchanged coefficient of variation speaks for it.
    """
    both = trial.both
    apart = abs(both.log_spread - log(abs(factor)))
    after = kolmogorov_smirnov(transformed(trial.then, lambda points: factor * points), trial.now)
    # Another mixture of populations looks scaled to within a third of the distance; a factor leaves less than that.
    enough = min(0.8 * both.tolerance, max(both.ks / 4, both.sampling))
    fits = not apart > 1.5 * both.spread_tolerance and after <= enough
    return _model(trial, factor, None, 0.86 if fits else 0.0)


def _candidates(trial: _Trial) -> list[float]:
    then, now = trial.both.then, trial.both.now
    if not now.numeric:
        # Timestamps move from run to run; only a slip of the unit (seconds for milliseconds) multiplies them.
        factor = now.mean / then.mean if now.mean * then.mean > 0 else 1.0
        return [factor] if snap(factor, 0.01) and abs(log(factor)) > 2 else []
    found = [now.sd / then.sd, -1.0]
    same_sign = (then.quantiles * now.quantiles) > 0
    if same_sign.any():
        found.append(float(np.exp(np.median(np.log(now.quantiles[same_sign] / then.quantiles[same_sign])))))
    # Ends and masses at one value are multiplied exactly.
    ends = [(now.mean, then.mean), (now.high, then.high), (now.low, then.low), (peak(trial.now), peak(trial.then))]
    found += [after / before for after, before in ends if after * before > 0]
    return found


def _score(trial: _Trial, factor: float, offset: float) -> float:
    """Return how well now = factor · then + offset fits, 0–1; a change of unit loses no value."""
    both = trial.both
    if both.ks <= both.tolerance:
        return 0.0
    after = kolmogorov_smirnov(transformed(trial.then, lambda points: factor * points + offset), trial.now)
    if not offset and not _keeps_signs(trial, factor):
        return 0.0
    if offset and not is_on_affine_grid(trial.then, trial.now, factor, offset):
        return 0.0
    if factor > 0 and not offset and both.now.numeric and not can_be_converted(trial.then, trial.now, factor):
        return 0.0
    fit = both.closeness(after) * both.spread_fit(log(abs(factor)))
    return fit if both.missing_change < both.missing_step else 0.7 * fit


def _keeps_signs(trial: _Trial, factor: float) -> bool:
    """Return whether as many values are negative, and as many 0, as a multiplication would leave so."""
    both, zero = trial.both, np.array([0.0])
    shares = []
    for cdf, turned in ((trial.then, factor < 0), (trial.now, False)):
        below, up_to = float(cdf.before(zero)[0]), float(cdf.at(zero)[0])
        shares.append((1 - up_to if turned else below, up_to - below))
    for then, now in zip(*shares, strict=True):
        mean = (then + now) / 2
        chance = MIN_STANDARD_ERRORS * np.sqrt(mean * (1 - mean)) * both.sampling
        chance = max(chance, both.usual_moves.get("ks", 0.0))
        if abs(now - then) > chance + trial.then.rank_error + trial.now.rank_error:
            return False
    return True


def _partial(trial: _Trial) -> list[_Rescaling]:
    """Return the models in which a share of the rows was converted by a known factor of two and more."""
    both = trial.both
    if not both.now.numeric or both.ks <= both.tolerance / 4 or not both.then.high > 0:
        return []
    if not _keeps_signs(trial, 1.0):
        return []
    large = [known for known in KNOWN if abs(log(known.factor)) >= log(2)]
    large = [known for known in large if is_certain_of_part(both, known) and _leaves_its_grid(trial, known)]
    tries = [model for known in large for model in (_mixed(trial, known), _tail(trial, known))]
    labels = scaled_labels(both)
    if labels is not None and MIN_CONVERTED_SHARE <= labels[1] < MIN_SHARE_OF_ALL_ROWS:
        tries.append(_Rescaling(labels[0].factor, 0.0, labels[1], FIT_OF_LABELS, labels[0].meaning))
    return [model for model in tries if model is not None]


def _leaves_its_grid(trial: _Trial, known: Factor) -> bool:
    """Return whether the values that only a conversion can have made are on the grid that it makes.

    They lie beyond the earlier range, or, made smaller, between the multiples of the earlier step.
    """
    then, now, factor = trial.then, trial.now, known.factor
    if factor > 1:
        return can_be_converted(then, now, factor, beyond=trial.both.then.high)
    return is_finer_by(then, now, factor)


def _mixed(trial: _Trial, known: Factor) -> _Rescaling | None:
    both, then, now = trial.both, trial.then, trial.now
    if both.ks <= 1.5 * both.tolerance or not _reaches(both, known):
        return None
    scaled = transformed(then, lambda points: known.factor * points)
    grid = np.concatenate([cdf.quantile(_GRID) for cdf in (then, now, scaled)])
    direction, moved = scaled.at(grid) - then.at(grid), now.at(grid) - then.at(grid)
    length = float(direction @ direction)
    share = float(moved @ direction) / max(length, 1e-12)
    # One free share and dozens of factors fit much: only a good fit of a large shift counts.
    enough = min(both.tolerance, both.ks / 4)
    if (
        not MIN_CONVERTED_SHARE <= share < MIN_SHARE_OF_ALL_ROWS
        or float(np.abs(moved - share * direction).max()) > enough
    ):
        return None
    after = kolmogorov_smirnov(mixture(then, scaled, share), now)
    return _Rescaling(known.factor, 0.0, share, 0.88 - _odd(known), known.meaning) if after <= enough else None


def _reaches(both: Pair, known: Factor) -> bool:
    """Return whether the largest value is about what the conversion of a part of the rows makes of the earlier one."""
    return 0.2 <= both.now.high / (max(known.factor, 1.0) * both.then.high) <= 3


def _tail(trial: _Trial, known: Factor) -> _Rescaling | None:
    """Read share and factor from the values beyond the earlier range, where only converted rows are.

    A small share hardly moves the KS distance, but its values are where there were none.
    """
    both, then, now = trial.both, trial.then, trial.now
    if known.factor < 1 or not _reaches(both, known):
        return None
    scaled = transformed(then, lambda points: known.factor * points)
    at = np.array([both.then.high])
    beyond, predicted = 1 - float(now.at(at)[0]), 1 - float(scaled.at(at)[0])
    if beyond * both.now.values < MIN_VALUES_BEYOND or predicted < 0.05 or beyond < 2 * now.mass_error:
        return None
    share = beyond / predicted
    if not 0.005 <= share < MIN_SHARE_OF_ALL_ROWS:
        return None
    rest = kolmogorov_smirnov(mixture(then, scaled, share), now)
    after = kolmogorov_smirnov(_above(scaled, both.then.high), _above(now, both.then.high))
    chance = 1.36 / np.sqrt(beyond * both.now.values) + 2 * now.rank_error / beyond + 2 * then.rank_error / predicted
    if after > min(float(chance), 0.3) or rest > min(both.tolerance, max(both.ks / 2, both.tolerance / 2)):
        return None
    return _Rescaling(known.factor, 0.0, share, 0.9 - 0.1 * after - _odd(known), known.meaning)


def _odd(known: Factor) -> float:
    """Return what a conversion of a part of the rows must make up for that is seldom met, or hardly stands out.

    A population that joined may lie at twice or a third of the values; at a thousand times it seldom does.
    """
    return (0.0 if known.common else 0.04) + (0.0 if abs(log(known.factor)) >= log(MIN_CONSPICUOUS_FACTOR) else 0.13)


def _above(cdf: Cdf, limit: float) -> Cdf:
    keep = cdf.points > limit
    return Cdf.of(cdf.points[keep], cdf.masses[keep])


def _fit(evidence: Evidence, origin: ColumnKey, both: Pair, model: _Rescaling) -> Fit:
    since = evidence.first_run(origin)
    formula = f"{number(model.factor)} times what it was" + (f", {model.offset:+.4g}," if model.offset else "")
    meaning = model.meaning or "a change of unit or scale"
    if model.factor == -1:
        sentence = f"{origin} has the opposite sign since {since} ({value_ranges(both)}): {meaning}"
    elif model.share >= MIN_SHARE_OF_ALL_ROWS:
        told = quoted_figures(
            both,
            ("median", "mean", "largest", "smallest"),
            lambda value: model.factor * value + model.offset,
            lambda value: (value - model.offset) / model.factor,
        )
        sentence = f"{origin} is {formula} since {since} ({told}): {meaning}"
    else:
        sentence = (
            f"{percent(model.share)} of the values of {origin} are {number(model.factor)} times what they were "
            f"since {since} ({values_reached(both, model.factor)}): {meaning} in a part of the rows"
        )
    figures = {
        "factor": model.factor,
        "offset": model.offset,
        "share": round(model.share, 4),
        "meaning": model.meaning,
        "median": float(both.now.quantiles[6]),
        "median_before": float(both.then.quantiles[6]),
        "ks_distance": round(both.ks, 4),
    }
    return Fit(min(model.score, 0.99), sentence, figures, brief=f"a change of unit by {number(model.factor)}")
