"""How many decimal places doubles need."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_PLACES: Final = 6
"""Values that need more count as this."""

_MOST_WITH_PLACES: Final = 1e15
"""Larger doubles have no decimal places."""

_TOLERANCE: Final = 1e-9


def decimal_places(values: Floats) -> Floats:
    """Return for each value the least number of places, 0 to 6, with which it is within 10⁻⁹ of itself; NaN aside.

    Example:
        >>> decimal_places(np.array([2.0, 0.5, 1.25, 1 / 3]))
        array([0., 1., 2., 6.])
    """
    finite = np.clip(values, -_MOST_WITH_PLACES, _MOST_WITH_PLACES)
    places = np.full(len(values), float(MOST_PLACES))
    # What needs fewer places is as near with one less than the most: of continuous values hardly any is left.
    left = np.flatnonzero(_whole(finite * 10.0 ** (MOST_PLACES - 1)) | (np.abs(finite) <= _TOLERANCE))
    for digits in range(MOST_PLACES):
        if not left.size:
            break
        found = _whole(finite[left] * 10.0**digits)
        places[left[found]] = digits
        left = left[~found]
    return places


def _whole(scaled: Floats) -> NDArray[np.bool_]:
    size = np.abs(scaled)
    return np.asarray(np.abs(size - np.rint(size)) <= _TOLERANCE * np.maximum(1.0, size))
