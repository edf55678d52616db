"""Values of an advancing column that are not where its past leads, and what a fault may have made them of.

A column that follows time or the run never has the distribution that it had, so that no fault of it can be read from
two distributions. Where its values should be is known, though: not far beyond the run before. What lies elsewhere was
converted, replaced by one value, or comes from somewhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np

from stageprint.diagnosis.concerns import is_flagged_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.factors import KNOWN, Factor, snap
from stageprint.diagnosis.facts import Facts, Floats
from stageprint.diagnosis.grids import is_exactly_converted
from stageprint.diagnosis.pair import MAX_MEASURED_VALUE, Pair, pair
from stageprint.diagnosis.past_moves import healthy_transitions
from stageprint.features.distribution import Cdf
from stageprint.model import ColumnKey, Concern

MAX_STEPS: Final = 3.0
"""Largest past steps beyond the run before in which the values of an advancing column are expected."""

MIN_STRAYS: Final = 3
"""Fewest values elsewhere that are read at all."""

MIN_SHARE_UNDONE: Final = 0.99
"""Smallest share of the strays that must be where the column should be once a conversion is undone."""

MIN_SHARE_OF_ONE: Final = 0.95
"""Smallest share of the strays that one value must have to be what they were replaced by."""

MAX_WIDTHS: Final = 1.5
"""Largest width of a past run, in widths, that the strays may have once a conversion is undone."""

MAX_RATIO_OF_NARROW_ENDS: Final = 1.05
"""Maximum ratio of the largest to the least value of a column whose level says by what it was multiplied."""

MIN_SCALED_LABELS: Final = 5
"""Fewest values that are new and a multiple of earlier ones, by which a conversion of a part of the values is read."""

MIN_SHARE_LED: Final = 0.9
"""Smallest share of the values of new labels that the factor must lead to from earlier labels."""

MIN_FACTOR_OF_LABELS: Final = 8.0
"""Smallest factor that is looked for among new labels."""

MIN_SHARE_OF_REST: Final = 0.2
"""Smallest share of values that are where they should be, from which their level is taken for that of the strays."""


@dataclass(frozen=True)
class Strays:
    """The values that are not where an advancing column should be.

    Attributes:
        points: The values, ascending, shape (n,).
        masses: The share of all values that each has, shape (n,).
        low: Least value that the column is expected to have.
        high: Greatest value that it is expected to have.
        width: Largest distance of the values of one run.
        expected: The mean that the strays would have without the fault.
        then: The distribution of the run before, whose grid the values should be on.
    """

    points: Floats
    masses: Floats
    low: float
    high: float
    width: float
    expected: float
    then: Cdf

    @property
    def share(self) -> float:
        """Their share of all values, 0–1."""
        return float(self.masses.sum())

    def only_value(self) -> float | None:
        """Return the one value that practically all of them are; None: they differ."""
        most = int(np.argmax(self.masses))
        return float(self.points[most]) if self.masses[most] >= MIN_SHARE_OF_ONE * self.share else None

    def conversion(self) -> Factor | None:
        """Return the known conversion by a factor of two or more that made all of them; None: there is none.

        Undone, they are on the column's grid, where the column should be, and near the level of the others; of several
        such conversions the common one is meant, then the one that leads nearest.
        """
        mean = float(self.points @ self.masses) / self.share
        if not mean * self.expected > 0:
            return None
        now, moved = Cdf.of(self.points, self.masses), log(abs(mean)) - log(abs(self.expected))
        found = []
        for known in KNOWN:
            apart = abs(moved - log(known.factor))
            if abs(log(known.factor)) < log(2) or apart > log(2):
                continue
            undone = self.points / known.factor
            inside = float(self.masses[(undone >= self.low) & (undone <= self.high)].sum())
            fits = inside >= MIN_SHARE_UNDONE * self.share and undone[-1] - undone[0] <= self.width
            if fits and is_exactly_converted(self.then, now, known.factor):
                found.append((not known.common, apart, known))
        return min(found, key=lambda one: one[:2])[2] if found else None


def strays(evidence: Evidence, key: ColumnKey) -> Strays | None:
    """Return the strays of a column of numbers that is flagged for how it advances; None: there are none."""
    both = pair(evidence, key) if is_flagged_for(evidence, key, Concern.PROGRESS) else None
    if both is None or both.source is not None or both.cdfs is None or not both.now.numeric:
        return None
    then, now = both.cdfs
    past = healthy_transitions(evidence, key)
    widths = [run.high - run.low for run in (both.then, *(one.then for one in past))]
    moves = [one.now.mean - one.then.mean for one in past]
    ends = [abs(b - a) for one in past for a, b in ((one.then.low, one.now.low), (one.then.high, one.now.high))]
    step = max(*widths, *ends, 0.0)
    low, high = both.then.low - step, both.then.high + MAX_STEPS * step
    outside = (now.points < low) | (now.points > high)
    masses = now.masses[outside]
    if float(masses.sum()) * both.now.values < MIN_STRAYS:
        return None
    rest = 1 - float(masses.sum())
    move = float(np.median(moves)) if moves else 0.0
    expected = both.then.mean + move
    if rest >= MIN_SHARE_OF_REST:
        expected = float(now.points[~outside] @ now.masses[~outside]) / rest
    width = max(MAX_WIDTHS * max(widths), abs(move))
    return Strays(now.points[outside], masses, low, high, width, expected, then)


def conversion_of_level(then: Facts, now: Facts) -> Factor | None:
    """Return the known conversion between two narrow ranges far from 0, such as times counted in seconds, or years.

    None: there is none, or the ranges are not narrow. What the column's own steps are is not asked.
    """
    if not (_is_narrow(then) and _is_narrow(now) and then.low * now.low > 0):
        return None
    width = max(abs(side.high / side.low - 1) for side in (then, now))
    known = [one for one in snap(now.mean / then.mean, width) if abs(log(one.factor)) >= log(2)]
    return known[0] if known else None


def _is_narrow(side: Facts) -> bool:
    if not side.low * side.high > 0 or max(abs(side.low), abs(side.high)) >= MAX_MEASURED_VALUE:
        return False
    return max(side.high / side.low, side.low / side.high) <= MAX_RATIO_OF_NARROW_ENDS


def scaled_labels(both: Pair) -> tuple[Factor, float] | None:
    """Return the known conversion that all new ones of a few whole numbers are made by, and the share of values it hit.

    Of a column of codes or ratings, say: nearly every number that was not there before is that many times one that
    was. Only large factors are tried: smaller ones lead from one of many whole numbers to another. None: there is none.
    """
    then, now = both.then.labels, both.now.labels
    new = {label: share for label, share in now.items() if label not in then}
    if not (both.now.numeric and then and new) or sum(new.values()) * both.now.values < MIN_SCALED_LABELS:
        return None
    for known in sorted(KNOWN, key=lambda one: not one.common):
        if known.factor < MIN_FACTOR_OF_LABELS:
            continue
        led = sum(share for label, share in new.items() if _label(float(label) / known.factor) in then)
        made = sum(share for label, share in then.items() if _label(float(label) * known.factor) not in then)
        if led >= MIN_SHARE_LED * sum(new.values()) and made:
            return known, min(led / made, 1.0)
    return None


def _label(value: float) -> str:
    return f"{value:.15g}"
