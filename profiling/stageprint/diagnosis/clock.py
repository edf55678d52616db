"""Finds the rotation of the hours of the day that turns one daily cycle into another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HOURS = 24

MAX_DISTANCE_LEFT_SHARE = 0.25
"""A rotation explains a change of the daily cycle if it leaves at most this share of the distance, …"""

MAX_DISTANCE_LEFT_SHARE_WITHIN_CHANCE = 0.5
"""… or at most this share, if what is left is within chance."""

MIN_CYCLE_VARIATION = 0.05
"""Minimum total variation (0–1) between two daily cycles at which a rotation can be measured."""


@dataclass(frozen=True, slots=True)
class ClockChange:
    """now(h) ≈ (1 − share) · then(h) + share · then(h − hours).

    Attributes:
        hours: By how much the clock moved, −12 < hours ≤ 12.
        share: Share of the rows whose clock moved.
        other: For two moves at once (winter and summer time) the second one's hours, else None.
        before: Total variation of the histograms as they are.
        after: Total variation left.
    """

    hours: float
    share: float
    other: float | None
    before: float
    after: float


def variation(a: Floats, b: Floats) -> float:
    """Return the total variation of two histograms of shares."""
    return float(np.abs(a - b).sum() / 2)


def turned(hours: Floats, by: float) -> Floats:
    """Return the histogram of values moved by `by` hours, spread evenly where it is no whole number.

    Example:
        >>> turned(np.array([1.0] + [0.0] * 23), 5.5)[5:7]
        array([0.5, 0.5])
    """
    whole = int(np.floor(by))
    part = by - whole
    return np.asarray((1 - part) * np.roll(hours, whole) + part * np.roll(hours, whole + 1))


def rotation(then: Floats, now: Floats, noise: float) -> ClockChange | None:
    """Return the rotation that explains the change of a daily cycle, or None.

    Tried are whole hours, half hours, two neighbouring hours side by side (a zone with daylight saving time over the
    change of the clocks) and whole hours for a part of the rows; a simpler one is taken before a richer one.

    Args:
        then: Shares by hour of day in the reference run.
        now: Shares by hour of day in the run under test.
        noise: Total variation that sampling alone makes.
    """
    before = variation(then, now)
    if before < max(MIN_CYCLE_VARIATION, 1.5 * noise):
        return None
    enough = max(MAX_DISTANCE_LEFT_SHARE * before, min(noise, MAX_DISTANCE_LEFT_SHARE_WITHIN_CHANCE * before))
    tries = (
        (0.0, _whole(then, now, before)),
        (0.35, _halves(then, now, before)),
        (0.5, _two(then, now, before)),
        (0.5, _some(then, now, before)),
    )
    # A richer model fits better by chance alone, and must do so by a part of what chance makes.
    nearest = ((handicap * noise, min(found, key=lambda one: one.after)) for handicap, found in tries)
    best = min(nearest, key=lambda pair: pair[0] + pair[1].after)[1]
    return best if best.after <= enough else None


def _signed(hours: float) -> float:
    return hours - HOURS if hours > HOURS / 2 else hours


def _whole(then: Floats, now: Floats, before: float) -> list[ClockChange]:
    return [ClockChange(_signed(by), 1.0, None, before, variation(turned(then, by), now)) for by in range(1, HOURS)]


def _halves(then: Floats, now: Floats, before: float) -> list[ClockChange]:
    return [
        ClockChange(_signed(by + 0.5), 1.0, None, before, variation(turned(then, by + 0.5), now)) for by in range(HOURS)
    ]


def _two(then: Floats, now: Floats, before: float) -> list[ClockChange]:
    found = []
    for by in range(1, HOURS - 1):
        one, other = np.roll(then, by), np.roll(then, by + 1)
        share = _weight(one, other, now)
        found.append(
            ClockChange(_signed(by), share, _signed(by + 1), before, variation((1 - share) * one + share * other, now))
        )
    return found


def _some(then: Floats, now: Floats, before: float) -> list[ClockChange]:
    found = []
    for by in range(1, HOURS):
        moved = np.roll(then, by)
        share = _weight(then, moved, now)
        found.append(ClockChange(_signed(by), share, None, before, variation((1 - share) * then + share * moved, now)))
    return found


def _weight(one: Floats, other: Floats, now: Floats) -> float:
    """Return the least-squares weight of `other` in a mixture of both."""
    direction = other - one
    length = float(direction @ direction)
    return min(1.0, max(0.0, float((now - one) @ direction) / length)) if length > 0 else 0.0
