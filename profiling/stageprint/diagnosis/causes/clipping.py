"""Values beyond a bound were set to the bound."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from stageprint.diagnosis.atoms import heaped
from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import Pair, pair
from stageprint.features.distribution import Cdf
from stageprint.model import ColumnKey
from stageprint.model.figures import moment, percent, single

MIN_CLIPPED_SHARE = 0.004
"""Minimum share of the values that must have been moved to the bound."""

MIN_VALUES_CLIPPED = 3
"""Minimum number of values that must have been moved there: the largest of a few values differs from run to run."""

MIN_PLAIN_SHARE = 0.01
"""Share of the values at the bound from which on the signature is plain."""

MAX_DISTANCE_OF_REST = 0.3
"""Maximum distance (0–1) by which the rest of the column may have moved by itself in the same run."""

MIN_HEAP_SHARE = 0.03
"""Minimum share of the values that the bound gained for this to be evidence by itself, …"""

MIN_HEAP_MULTIPLE = 1.5
"""… if the bound also holds at least this many times the share of any other value."""

MIN_TAKEN_SHARE = 0.5
"""Minimum share of the values beyond the bound that must be found at it."""


class Clipping(Cause):
    """All values beyond a bound were set to the bound.

    Something caps the column: a limit in the code, a type too narrow for the values, a sensor at the end of its scale.
    The largest (or smallest) cases, often the ones that matter, can no longer be told apart.

    Signature: the range ends earlier than before, at a value that gained about as many rows as used to lie beyond it
    (at least 0.4 % of the values), and the distribution on the near side is unchanged. Or, if that moved too: the last
    value of the range holds a share of the values at least 3 percentage points greater than before, and at least 1.5
    times the share that any other value has now or had before.

    Told apart from: `default_value`: values beyond the bound remain; rows filtered away: no mass gathers at the bound;
    `constant_column`: no other value is left.

    Check:
        - Count the rows at the bound in this run, and those beyond it before.
        - Look for the bound as a constant in the code of the stage, or as the limit of a type (32,767; 2,147,483,647).
        - If the column is measured, ask whether the device or its range was changed.

    Fix: Remove or raise the cap, or widen the type, and load the affected runs again. If the cap is intended, apply it
    to the training data as well, then accept the finding.

    Evidence:
        bound: the value at which the column now ends; dates in days, timestamps in microseconds since 1970.
        bound_before: where it ended before, in the same unit.
        side: `upper` or `lower`.
        clipped_share: share of the values that gathered at the bound, 0–1.
        bound_share: share of the values that lie at the bound now, 0–1.
        bound_share_before: the same before.
        share_error: 99 % error bound of `bound_share`, which comes from a sketch in large columns; 0: exact.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> usual = [float(i % 1000) for i in range(4000)]
        >>> evidence, column = two_runs(usual, [min(x, 900.0) for x in usual])
        >>> Clipping().explain(evidence, column).evidence["bound"]
        900.0
    """

    name: ClassVar[str] = "clipping"
    family: ClassVar[Family] = "data"
    assumes_level: ClassVar[bool] = True
    sharp: ClassVar[bool] = True
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Look at the new maximum, then at the new minimum."""
        both = pair(evidence, origin)
        if both is None or both.cdfs is None or both.now.constant or heaped(both):
            return None
        top, bottom = _upper(both, *both.cdfs), _lower(both, *both.cdfs)
        score, gained = max(top, bottom)
        if score <= 0:
            return None
        upper = top >= bottom
        bound, before = (both.now.high, both.then.high) if upper else (both.now.low, both.then.low)
        side = "largest" if upper else "smallest"
        shown = single(bound, both.now.kind)
        sentence = (
            f"{percent(gained)} of the values of {origin} moved to {shown} since {evidence.first_run(origin)}, now its "
            f"{side} value (before {moment(before, both.now.kind)}); the other values are unchanged: "
            f"values are clipped at {shown}"
        )
        figures = {
            "bound": bound,
            "bound_before": before,
            "side": "upper" if upper else "lower",
            "clipped_share": round(gained, 6),
            **_at_the_bound(both, bound, *both.cdfs),
        }
        return Fit(score, sentence, figures, brief=f"clipping at {shown}")


def _at_the_bound(both: Pair, bound: float, then: Cdf, now: Cdf) -> dict[str, float]:
    usual = both.then.mass(bound)
    return {
        "bound_share": round(both.now.mass(bound), 6),
        # Less than the sketch can tell is one value that it happened to retain.
        "bound_share_before": round(usual, 6) if usual > then.mass_error else 0.0,
        "share_error": round(now.mass_error, 6),
    }


def _upper(both: Pair, then: Cdf, now: Cdf) -> tuple[float, float]:
    """Return (score, gained share) of clipping from above."""
    bound = both.now.high
    if not both.then.low < bound < both.then.high:
        return 0.0, 0.0
    return _score(both, now, bound, 1 - float(then.at(np.array([bound]))[0]), _apart(then, now, now.points < bound))


def _lower(both: Pair, then: Cdf, now: Cdf) -> tuple[float, float]:
    """Return (score, gained share) of clipping from below."""
    bound = both.now.low
    if not both.then.low < bound < both.then.high:
        return 0.0, 0.0
    # From the bound on both distributions count everything below it, so they must agree there.
    return _score(both, now, bound, float(then.before(np.array([bound]))[0]), _apart(then, now, now.points >= bound))


def _apart(then: Cdf, now: Cdf, inner: NDArray[np.bool_]) -> float:
    """Return the largest distance of the distribution functions on the near side of the bound."""
    points = now.points[inner]
    return float(np.abs(now.at(points) - then.at(points)).max(initial=0.0))


def _score(both: Pair, now: Cdf, bound: float, beyond: float, apart: float) -> tuple[float, float]:
    gained = both.now.mass(bound) - both.then.mass(bound)
    if gained * both.now.values < MIN_VALUES_CLIPPED:
        return 0.0, 0.0
    heap = 0.78 if beyond >= MIN_CLIPPED_SHARE and gained >= MIN_HEAP_SHARE and _alone(both, now, bound) else 0.0
    score, share = _exchanged(both, now, bound, beyond, apart)
    return max((score, share), (heap, gained))


def _alone(both: Pair, now: Cdf, bound: float) -> bool:
    """Return whether a value holds far more than any other does now, or any did before.

    The end of a range hardly ever does: a heap there was made, whatever else the season moved.
    """
    usual = 0.0 if both.then.cdf is None else float(both.then.cdf.masses.max())
    others = float(now.masses[now.points != bound].max(initial=0.0))
    return both.now.mass(bound) >= MIN_HEAP_MULTIPLE * max(usual, others)


def _exchanged(both: Pair, now: Cdf, bound: float, beyond: float, apart: float) -> tuple[float, float]:
    gained = both.now.mass(bound) - both.then.mass(bound)
    # Less than the sketch can tell is one value that it happened to retain.
    if beyond < MIN_CLIPPED_SHARE or gained < max(MIN_CLIPPED_SHARE, MIN_TAKEN_SHARE * beyond, now.mass_error):
        return 0.0, 0.0
    # The mass at the bound is what lay beyond, but for sampling and for what else moved.
    chance = both.tolerance + now.mass_error
    if apart <= both.tolerance and abs(gained - beyond) <= chance:
        return (0.95 if gained >= MIN_PLAIN_SHARE else 0.8), gained
    # A mass where a moment ago the column went on is telling even where the column moved besides.
    return (0.8 if apart <= MAX_DISTANCE_OF_REST and abs(gained - beyond) <= gained else 0.0), gained
