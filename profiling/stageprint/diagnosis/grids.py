"""Grids of values: what a multiplication makes of whole numbers, cents or tenths, and what it cannot have made."""

from __future__ import annotations

from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stageprint.diagnosis.facts import Floats
from stageprint.features.distribution import Cdf

_STEPS: Final = tuple(10.0**power for power in range(4, -7, -1))

MIN_SHARE_ON_GRID: Final = 0.99
"""Minimum share of the values that are multiples of a column's step."""

MIN_SHARE_CONVERTED: Final = 0.95
"""Minimum share of the converted values that must be multiples of the converted step."""

MAX_SHARE_ON_GRID_BEFORE: Final = 0.6
"""Maximum share of the earlier values that may have been on a grid that is called new."""

MIN_VALUES_OF_A_GRID: Final = 5
"""Minimum number of values other than 0 by which a grid is known."""

MIN_ROOM_ON_GRID: Final = 1.5
"""Minimum distance of two multiples, in steps of the values now: where it is less, most values are multiples anyway."""

MAX_SHARE_OF_FACTOR: Final = 1 / 3
"""Maximum logarithm of what a multiplication leaves of the level's move, in that of its factor."""

_MAX_MULTIPLE: Final = 1e9
"""Multiples from here on tell nothing: next to such a small step floating point is too coarse."""

_WIDTH: Final = 1e-6
"""Distance from a multiple, in steps, that is taken for rounding of floating point."""


def step_of(cdf: Cdf) -> float | None:
    """Return the coarsest power of ten that nearly all values are multiples of; None: there is none."""
    for step in _STEPS:
        if share_on(cdf.points, cdf.masses, step) >= MIN_SHARE_ON_GRID:
            return step
    return None


def share_on(points: Floats, masses: Floats, step: float) -> float:
    """Return the share of values that are multiples of a step.

    Args:
        points: The values, shape (n,).
        masses: The mass of each, shape (n,).
        step: The step, > 0.
    """
    total = float(masses.sum())
    return 0.0 if total <= 0 else float(multiples(points, np.array([step]), _MAX_MULTIPLE)[0] @ masses) / total


def multiples(points: Floats, steps: Floats, limit: float) -> NDArray[np.bool_]:
    """Return which values are multiples of each step, shape (number of steps, n).

    Args:
        points: The values, shape (n,).
        steps: The steps, > 0.
        limit: Multiples from here on count as none.
    """
    ratio = points / steps[:, None]
    nearest = np.round(ratio)
    whole = np.abs(ratio - nearest) <= np.maximum(_WIDTH, np.abs(ratio) * 1e-12)
    # Next to a huge step everything is near zero; and next to huge multiples floating point is too coarse.
    return np.asarray(whole & ((nearest != 0) | (ratio == 0)) & (np.abs(ratio) < limit))


def is_finer_by(then: Cdf, now: Cdf, factor: float) -> bool:
    """Return whether the values between the earlier multiples are what a factor below 1 makes of these.

    Args:
        then: The earlier distribution; without a grid anything is possible.
        now: The present distribution.
        factor: The factor, > 0.
    """
    step = step_of(then)
    if step is None:
        return True
    off = ~multiples(now.points, np.array([step]), _MAX_MULTIPLE)[0]
    return bool(off.any()) and share_on(now.points[off], now.masses[off], factor * step) >= MIN_SHARE_CONVERTED


def multiplied_by(then: Cdf, now: Cdf, other: float = 1.0) -> float | None:
    """Return the power of ten by which all values were multiplied, as their grids tell; None: they do not.

    Nearly all values are multiples of a step that most were no multiple of before, and their level moved by about the
    ratio of the steps: multiplying moves the level, rounding leaves it. No distance of the distributions is needed, so
    that it holds for a column that moves far by itself.

    Args:
        then: The earlier distribution.
        now: The present distribution.
        other: A factor that fits the distributions; where it makes the present grid as well, the grid says no more.
    """
    before, step = step_of(then), step_of(now)
    if before is None or step is None or not step > before:
        return None
    if other > 1 and share_on(now.points, now.masses, other * before) >= MIN_SHARE_ON_GRID:
        return None
    others = float(now.masses[now.points != 0].sum()) * now.size
    if others < MIN_VALUES_OF_A_GRID or share_on(then.points, then.masses, step) > MAX_SHARE_ON_GRID_BEFORE:
        return None
    factor = step / before
    levels = [float(np.abs(cdf.points) @ cdf.masses) for cdf in (now, then)]
    apart = abs(log(levels[0] / (factor * levels[1])))
    return factor if apart <= MAX_SHARE_OF_FACTOR * log(factor) else None


def is_on_affine_grid(then: Cdf, now: Cdf, factor: float, offset: float) -> bool:
    """Return whether present values can be factor · earlier ones + offset, rounded to the step that they are on.

    Args:
        then: The earlier distribution; without a grid anything is possible.
        now: The present distribution; without a grid it was not rounded, and is looked at as it is.
        factor: The factor, not 0.
        offset: What is added.
    """
    step, present = step_of(then), step_of(now)
    if step is None:
        return True
    made = factor * rounded_to((now.points - offset) / factor, step) + offset
    slack = _WIDTH * step if present is None else present / 2 * (1 + _WIDTH)
    return float(now.masses[np.abs(made - now.points) <= slack].sum()) >= MIN_SHARE_CONVERTED


def is_exactly_converted(then: Cdf, now: Cdf, factor: float) -> bool:
    """Return whether present values are what a factor makes of those on the earlier grid, and nothing else.

    A whole factor leaves no others. Of one that is not whole, and whose results were rounded, nothing can be seen.

    Args:
        then: The earlier distribution; without a grid anything is possible.
        now: The present distribution.
        factor: The factor, > 0.
    """
    step, whole = step_of(then), round(factor)
    if step is None:
        return True
    if whole >= 2 and abs(factor - whole) < _WIDTH:
        return share_on(now.points, now.masses, whole * step) >= MIN_SHARE_CONVERTED
    return factor < 1 and is_finer_by(then, now, factor)


def is_left_by(then: Cdf, now: Cdf, factor: float) -> bool:
    """Return whether the grid of present values shows a factor: they are what it makes of the earlier grid.

    Unlike `can_be_converted`, false where nothing can be seen: without a grid, or where values were rounded to a step
    that leaves no room between two multiples.

    Args:
        then: The earlier distribution.
        now: The present distribution.
        factor: The factor, > 0.
    """
    step, present = step_of(then), step_of(now)
    if step is None or not now.points.size:
        return False
    if share_on(now.points, now.masses, factor * step) >= MIN_SHARE_CONVERTED:
        # Multiples of 8 are whole numbers, too, and these are multiples of an eighth.
        coarse, side = (factor * step, then) if factor > 1 else (step, now)
        return share_on(side.points, side.masses, coarse) <= MAX_SHARE_ON_GRID_BEFORE
    has_room = present is not None and factor * step >= MIN_ROOM_ON_GRID * present
    return has_room and is_on_affine_grid(then, now, factor, 0.0)


def rounded_to(points: Floats, step: float) -> Floats:
    """Return the multiples of a step that are nearest to values."""
    return np.asarray(np.round(points / step) * step)


def can_be_converted(then: Cdf, now: Cdf, factor: float, beyond: float | None = None) -> bool:
    """Return whether present values can be earlier ones times a factor, by the grid that they are on.

    Whole numbers times 12 are multiples of 12; times 1.609 they may have been rounded since, to a step that is finer
    than what lies between two of them.

    Args:
        then: The earlier distribution; without a grid anything is possible.
        now: The present distribution.
        factor: The factor, > 0.
        beyond: Only values above this are looked at; None: all are.
    """
    step = step_of(then)
    chosen = np.ones(now.points.shape, np.bool_) if beyond is None else now.points > beyond
    points, masses = now.points[chosen], now.masses[chosen]
    if step is None or not points.size:
        return True
    if share_on(points, masses, factor * step) >= MIN_SHARE_CONVERTED:
        return True
    present = step_of(Cdf.of(points, masses))
    if present is not None and present > step:
        return True  # rounded to a coarser step since, which leaves nothing to be seen
    if factor >= 1 and abs(factor - round(factor)) < _WIDTH:
        return False
    return present is None or present < factor * step
