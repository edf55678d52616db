"""Decimals, seconds or characters were cut off or rounded away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Floats
from stageprint.diagnosis.grids import multiples, multiplied_by, rounded_to
from stageprint.diagnosis.pair import Pair, Transform, pair, transformed
from stageprint.diagnosis.shares import total_variation
from stageprint.features.distribution import Cdf, kolmogorov_smirnov
from stageprint.model import SCALAR, ColumnKey, ColumnKind
from stageprint.model.figures import number, percent

MAX_WHOLE_SHARE_BEFORE = 0.6
"""The step is new if a smaller share of the values than this were multiples of it before."""

MAX_TIE = 1e-6
"""Maximum difference between the scores of two ways to make values coarser that fit alike."""

MIN_CUT_SHARE = 0.004
"""Minimum share of texts that must have been longer than the longest now."""

MIN_LEFT_SHARE = 0.5
"""Smallest part of the texts that were longer whose beginning must be there now; rare ones may be missing."""

MAX_DISTANCE = 0.5
"""Maximum distance (0–1) of values that were rounded; whole numbers that were multiplied lie farther away."""

MAX_MULTIPLE = 1e12
"""Multiples from here on are none: times are many microseconds, and beyond this floating point is too coarse."""

MIN_WHOLE_SHARE = 0.99
"""Minimum share of the values that are multiples of the step now."""

_NUMBERS = tuple(
    sorted(
        [digit * 10.0**power for power in range(-9, 7) for digit in (1, 2, 5)] + [0.25, 15.0, 25.0, 30.0, 60.0, 3600.0],
        reverse=True,
    )
)
_SECOND = 1e6
_TIMES = {
    86_400 * _SECOND: "days",
    3_600 * _SECOND: "hours",
    900 * _SECOND: "quarters of an hour",
    60 * _SECOND: "minutes",
    _SECOND: "seconds",
    1e3: "milliseconds",
}


@dataclass(frozen=True, slots=True)
class _Coarsening:
    step: float
    way: str
    score: float


class PrecisionLoss(Cause):
    """Decimals, seconds or characters were cut off or rounded away.

    The values are coarser than before: a cast to an integer, rounding, a narrower type, texts cut to a length. The
    distribution hardly moves, but small differences are gone, and truncated texts can collide.

    Signature: the share of values that are multiples of a step (powers of ten, 2, 5, quarters; seconds, minutes, hours,
    days) rose from under 60 % to at least 99 %, and rounding or truncating the earlier values gives the current
    distribution. For texts: none is longer than a certain length any more, and cutting the earlier ones to it gives the
    current ones.

    Told apart from: `type_change`: the type in the schema changed; `unit_change`: the values were multiplied;
    `category_reencoded`: labels were rewritten, not cut.

    Check:
        - Compare a few values with the upstream stage and find the first stage that has the coarse ones.
        - Look for casts, `round`, `floor`, `date_trunc` and `varchar(n)` in that stage.
        - For keys and codes, count how many different texts became equal.

    Fix: Remove the cast or widen the type, and load the affected runs again. If the coarser values are intended, round
    the training data in the same way and accept the finding.

    Evidence:
        step: all values are now multiples of this, in the column's unit; for times in microseconds.
        change: `truncated`, `rounded`, `rounded down`, `rounded or truncated` if both fit equally well, or `cut`.
        whole_share: share of values that are multiples of the step now, 0–1.
        whole_share_before: the same before.
        max_length: for texts: number of characters of the longest one now.
        longer_share_before: for texts: share that was longer before, 0–1.

    Source: this project; known as heaping.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> usual = [i % 50 * 0.37 for i in range(4000)]
        >>> evidence, column = two_runs(usual, [float(int(x)) for x in usual])
        >>> PrecisionLoss().explain(evidence, column).evidence["change"]
        'truncated'
    """

    name: ClassVar[str] = "precision_loss"
    family: ClassVar[Family] = "data"
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Look for the coarsest step that all values are multiples of, or for the length that no text exceeds."""
        both = pair(evidence, origin)
        if both is None or both.now.constant or both.now.kind is ColumnKind.DATE:
            return None
        if both.cdfs is not None:
            fit = _numbers(evidence, origin, both, *both.cdfs) if both.measurable else None
            # A cast cuts as well, and says more.
            cast = both.now.data_type != both.then.data_type
            return replace(fit, score=min(fit.score, 0.85)) if fit is not None and cast else fit
        # A map or an array has entries, not characters.
        return _texts(evidence, origin, both) if both.now.kind in SCALAR else None


def _numbers(evidence: Evidence, origin: ColumnKey, both: Pair, then: Cdf, now: Cdf) -> Fit | None:
    if not both.now.temporal and multiplied_by(then, now) is not None:
        return None
    steps = np.array([*_TIMES] if both.now.temporal else _NUMBERS)
    wholes = _whole(now, steps)
    for step, whole in zip(
        steps[wholes >= MIN_WHOLE_SHARE].tolist(),
        wholes[wholes >= MIN_WHOLE_SHARE].tolist(),
        strict=True,
    ):
        before = float(_whole(then, np.array([step]))[0])
        if before >= MAX_WHOLE_SHARE_BEFORE:
            continue
        # Times move on from run to run, so their earlier distribution says nothing of the present one.
        model = _Coarsening(step, "cut", 0.95) if both.now.temporal else _best(both, then, now, step)
        if model.score <= 0:
            continue
        unit = "whole numbers" if step == 1 else f"multiples of {number(step)}"
        if step in _TIMES and both.now.temporal:
            unit = f"full {_TIMES[step]}"
        sentence = (
            f"{percent(whole)} of the values of {origin} are {unit} since {evidence.first_run(origin)} "
            f"(before {percent(before)}): values are {model.way} to {unit}"
        )
        figures = {
            "step": step,
            "change": model.way,
            "whole_share": round(whole, 4),
            "whole_share_before": round(before, 4),
        }
        return Fit(model.score, sentence, figures, brief=f"values {model.way} to {unit}")
    return None


def _whole(cdf: Cdf, steps: Floats) -> Floats:
    """Return the share of values that are multiples of each step."""
    return np.asarray(multiples(cdf.points, steps, MAX_MULTIPLE) @ cdf.masses)


def _best(both: Pair, then: Cdf, now: Cdf, step: float) -> _Coarsening:
    def rounded(points: Floats) -> Floats:
        return rounded_to(points, step)

    def truncated(points: Floats) -> Floats:
        return np.asarray(np.trunc(points / step + np.sign(points) * 1e-9) * step)

    def floored(points: Floats) -> Floats:
        return np.asarray(np.floor(points / step + 1e-9) * step)

    ways: dict[str, Transform] = {"truncated": truncated, "rounded": rounded, "rounded down": floored}
    # The values of `now` may differ from the models' in the last bit: rounding both to the step joins them again.
    models = [_Coarsening(step, way, _score(both, then, now, transform, rounded)) for way, transform in ways.items()]
    best = max(models, key=lambda model: model.score)
    level = {model.way for model in models if best.score - model.score <= MAX_TIE}
    # Where the rows are others than before, as in another month, the distributions do not tell rounding from cutting.
    return replace(best, way="rounded or truncated") if "rounded" in level and len(level) > 1 else best


def _score(both: Pair, then: Cdf, now: Cdf, transform: Transform, tidy: Transform) -> float:
    moved = transform(then.points)
    after = kolmogorov_smirnov(transformed(then, lambda points: tidy(transform(points))), transformed(now, tidy))
    if after <= both.tolerance:
        # Rounding leaves the mean where it was, truncating takes half a step from it.
        mean = both.then.mean + float(then.masses @ (moved - then.points))
        return 0.96 - 0.01 * min(abs(both.now.mean - mean) / (both.then.sd * both.sampling), 5.0)
    # All values multiples of what hardly any was before is telling even where the column moved besides.
    return 0.84 if after <= MAX_DISTANCE else 0.0


def _texts(evidence: Evidence, origin: ColumnKey, both: Pair) -> Fit | None:
    then, now = both.then.lengths, both.now.lengths
    if then is None or now is None:
        return None
    length = int(now.points[-1])
    longer = 1 - float(then.at(now.points[-1:])[0])
    if (
        length == 0
        or longer <= MIN_CUT_SHARE
        or not (_cut_labels(both, length) or _cut_lengths(both, then, now, longer))
    ):
        return None
    text, unit = ("text", "character") if both.now.kind is ColumnKind.STRING else ("value", "byte")
    size = f"{length} {unit}" + ("" if length == 1 else "s")
    sentence = (
        f"{origin} has no {text} longer than {size} since {evidence.first_run(origin)} "
        f"(before {percent(longer)} of them): {text}s are cut at {size}"
    )
    figures = {"max_length": length, "change": "cut", "longer_share_before": round(longer, 6)}
    return Fit(0.96, sentence, figures, brief=f"{text}s cut at {size}")


def _cut_labels(both: Pair, length: int) -> bool:
    """Return whether the earlier labels, cut to the length, are the present ones.

    A rare long label that is merely missing leaves no cut one behind.
    """
    if both.now.slack > 0 or both.then.slack > 0:
        return False
    long = {label: share for label, share in both.then.labels.items() if len(label) > length}
    left = sum(share for label, share in long.items() if label[:length] in both.now.labels)
    if not long or left < MIN_LEFT_SHARE * sum(long.values()):
        return False
    cut: dict[str, float] = {}
    for label, share in both.then.labels.items():
        cut[label[:length]] = cut.get(label[:length], 0.0) + share
    return total_variation(cut, both.now.labels) <= both.label_noise


def _cut_lengths(both: Pair, then: Cdf, now: Cdf, longer: float) -> bool:
    """Return whether, of too many texts to know them all, those that were longer now have the greatest length."""
    end, below = now.points[-1:], now.points[:-1]
    gained = float((now.mass_at(end) - then.mass_at(end))[0])
    chance = 1.63 * both.sampling
    apart = float(np.abs(now.at(below) - then.at(below)).max(initial=0.0))
    return both.now.slack > 0 and longer > 4 * chance and abs(gained - longer) <= chance and apart <= chance
