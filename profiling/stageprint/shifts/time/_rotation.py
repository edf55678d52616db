"""Rotations of the 24-hour histogram: what `hour` and `hour_rotation` have in common."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stageprint.features.pairs import Pairs

Floats = NDArray[np.float64]

MAX_PART_LEFT = 0.25
"""A rotation is clean if it leaves less than this part of the total variation."""

_ROTATED = (np.arange(24) - np.arange(24)[:, None]) % 24
"""Rotated by 0 … 23 hours, a row each: the hour that each hour comes from."""


def rotations(now: Floats, then: Floats) -> Floats:
    """Return the total variation between `now` and `then` rotated by 0 … 23 hours.

    Args:
        now: One histogram of 24 shares a row.
        then: Likewise, the reference.
    """
    return np.asarray(np.abs(now[:, None, :] - then[:, _ROTATED]).sum(axis=2) / 2, dtype=np.float64)


class Rotation(NamedTuple):
    """The best rotation of one histogram onto another.

    Attributes:
        hours: By how many hours, −11 … 12; 0 where none is clean.
        before: Total variation before.
        after: Total variation after.
    """

    hours: int
    before: float
    after: float


def best_rotation(now: Floats, then: Floats) -> Rotation:
    """Return the rotation of `then` that is nearest to `now`."""
    apart = rotations(now[None, :], then[None, :])[0]
    hours = int(apart.argmin())
    before, after = float(apart[0]), float(apart[hours])
    if not after < MAX_PART_LEFT * before:
        return Rotation(0, before, before)
    return Rotation(hours - 24 if hours > 12 else hours, before, after)


def histograms(pairs: Pairs) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Return which pairs have histograms on both sides, and the histograms, a row each."""
    both = [
        (position, shape.hours, reference.hours)
        for position, (shape, reference) in enumerate(zip(pairs.current, pairs.reference, strict=True))
        if shape.hours is not None and reference.hours is not None
    ]
    at = np.array([position for position, _, _ in both], dtype=np.intp)
    now = np.array([hours for _, hours, _ in both], dtype=np.float64).reshape(-1, 24)
    then = np.array([hours for _, _, hours in both], dtype=np.float64).reshape(-1, 24)
    return at, now, then
