"""Number of decimal places that doubles need."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_PLACES: Final = 6
"""Values that need more places count as this many."""

_MAX_WITH_PLACES: Final = 1e15
"""Doubles of a larger magnitude have no decimal places."""

_TOLERANCE: Final = 1e-9


def decimal_places(values: Floats) -> Floats:
    """Return the smallest number of places (0 to 6) to which each value can be rounded and change by at most 10⁻⁹.

    The change is relative for scaled values above 1. Values must not be NaN; shape and order are those of `values`.

    Example:
        >>> decimal_places(np.array([2.0, 0.5, 1.25, 1 / 3]))
        array([0., 1., 2., 6.])
    """
    finite = np.clip(values, -_MAX_WITH_PLACES, _MAX_WITH_PLACES)
    places = np.full(len(values), float(MAX_PLACES))
    # A value that needs fewer places is whole with one place less than the most; few continuous values are.
    left = np.flatnonzero(_whole(finite * 10.0 ** (MAX_PLACES - 1)) | (np.abs(finite) <= _TOLERANCE))
    for digits in range(MAX_PLACES):
        if not left.size:
            break
        found = _whole(finite[left] * 10.0**digits)
        places[left[found]] = digits
        left = left[~found]
    return places


def _whole(scaled: Floats) -> NDArray[np.bool_]:
    size = np.abs(scaled)
    return np.asarray(np.abs(size - np.rint(size)) <= _TOLERANCE * np.maximum(1.0, size))
