"""Exact transformations: what was done to every value of a column that was delivered again.

Where the rows of a table are those of the last run, a constant that was added to a column leaves its central moments as
they were, and a factor multiplies them by its powers. They are stored exactly, so that one earlier run is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isclose
from typing import Final

from stageprint.features.column import ColumnFeatures

RELATIVE_TOLERANCE: Final = 1e-9
"""Largest relative difference of two figures that count as equal."""

QUARTER_HOUR_US: Final = 900e6
MAX_ZONE_US: Final = 14 * 3600e6
"""Largest mistake of a time zone, in microseconds."""

_EVEN_TOLERANCE: Final = 1e-6
_MILLISECOND_US: Final = 1e3
_HOUR_US: Final = 3600e6
_SUMS: Final = 6
"""Number of exact figures: rows, nulls, minimum, maximum, and the centred sums of second and fourth order."""

Step = Callable[[ColumnFeatures, ColumnFeatures], float]
"""Returns what was done to the values from one run to the next; a neutral value: nothing exact."""


def offset(now: ColumnFeatures, then: ColumnFeatures) -> float:
    """Return the constant that was added to every value; 0: none was, or the values are not those of before."""
    step = now.mean - then.mean
    if not _same_rows(now, then) or not _equal_sums(now, then, 1.0) or step == 0:
        return 0.0
    slack = RELATIVE_TOLERANCE * max(abs(now.mean), abs(then.mean), then.variance**0.5)
    ends = (now.minimum - then.minimum, now.maximum - then.maximum)
    return step if abs(step) > slack and all(abs(end - step) <= 10 * slack for end in ends) else 0.0


def factor(now: ColumnFeatures, then: ColumnFeatures) -> float:
    """Return the positive factor that every value was multiplied by; 1: none was."""
    if not _same_rows(now, then) or not then.variance > 0 or not now.variance > 0 or then.mean == 0:
        return 1.0
    found = (now.variance / then.variance) ** 0.5
    scaled = (now.mean, then.mean), (now.minimum, then.minimum), (now.maximum, then.maximum)
    slack = RELATIVE_TOLERANCE * now.variance**0.5
    fits = all(isclose(a, found * b, rel_tol=RELATIVE_TOLERANCE, abs_tol=slack) for a, b in scaled)
    same = isclose(found, 1.0, rel_tol=RELATIVE_TOLERANCE)
    return found if fits and _equal_sums(now, then, found) and not same else 1.0


def turned(now: ColumnFeatures, then: ColumnFeatures) -> float:
    """Return −1 where the sign of every value was turned, else 1."""
    if not _same_rows(now, then) or not _equal_sums(now, then, 1.0):
        return 1.0
    slack = RELATIVE_TOLERANCE * then.variance**0.5
    ends = (now.mean, -then.mean), (now.minimum, -then.maximum), (now.maximum, -then.minimum)
    fits = all(isclose(a, b, rel_tol=RELATIVE_TOLERANCE, abs_tol=slack) for a, b in ends)
    return -1.0 if fits and abs(now.mean - then.mean) > slack else 1.0


def zone(now: ColumnFeatures, then: ColumnFeatures) -> float:
    """Return by how many microseconds the clock of a column of timestamps moved; 0: it did not.

    A zone with daylight saving time moves the first and the last value by steps that differ by one hour.
    """
    if not _same_rows(now, then):
        return 0.0
    mean, first, last = now.mean - then.mean, now.minimum - then.minimum, now.maximum - then.maximum
    if not all(_is_zone(step) for step in (first, last)):
        return 0.0
    if _equal_sums(now, then, 1.0) and abs(mean - first) <= _MILLISECOND_US and abs(last - first) <= _MILLISECOND_US:
        return round(first / QUARTER_HOUR_US) * QUARTER_HOUR_US
    two = abs(abs(last - first) - _HOUR_US) <= _MILLISECOND_US and min(first, last) < mean < max(first, last)
    return round(first / QUARTER_HOUR_US) * QUARTER_HOUR_US if two else 0.0


def happened_before(past: Sequence[ColumnFeatures], step: Step, nothing: float) -> bool:
    """Return whether the same kind of step was made between two earlier runs, as the ages of the same customers do."""
    return any(step(after, before) != nothing for before, after in pairwise(past))


def _same_rows(now: ColumnFeatures, then: ColumnFeatures) -> bool:
    known = len(now.exact) == len(then.exact) == _SUMS
    same = known and now.exact[:2] == then.exact[:2] and now.variance > 0 and then.variance > 0
    return same and not _is_evenly_spaced(now)


def _is_evenly_spaced(now: ColumnFeatures) -> bool:
    """Return whether the values are numbered through, as keys and hours are.

    The central moments of such values follow from their number and their ends alone: that they agree with those of
    other rows says nothing.
    """
    values, width = now.exact[0] - now.exact[1], now.maximum - now.minimum
    expected = width**2 * values * (values + 1) / (12 * (values - 1)) if values > 1 else 0.0
    return isclose(now.exact[4], expected, rel_tol=_EVEN_TOLERANCE)


def _equal_sums(now: ColumnFeatures, then: ColumnFeatures, scale: float) -> bool:
    """Return whether the centred sums are those of before, multiplied by the powers of a factor."""
    powers = ((4, scale**2), (5, scale**4))
    return all(isclose(now.exact[at], by * then.exact[at], rel_tol=RELATIVE_TOLERANCE) for at, by in powers)


def _is_zone(step: float) -> bool:
    quarters = round(step / QUARTER_HOUR_US)
    return quarters != 0 and abs(step) <= MAX_ZONE_US and abs(step - quarters * QUARTER_HOUR_US) <= _MILLISECOND_US
