"""Shared by the HLL and theta states: pass the sketch library only the values that can change a sketch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from stageprint.batch.murmur import Words

CHUNK_VALUES: Final = 1024
"""Number of values passed to the library before the sketch is asked again which values can change it."""


class Recent:
    """A table of recently seen hashes; a new hash replaces the one in its place.

    Args:
        lg_size: Binary logarithm of the number of places.
    """

    def __init__(self, lg_size: int) -> None:
        self._table: Words = np.zeros(1 << lg_size, np.uint64)
        # An empty place must not equal a hash that belongs there. 0 only belongs to place 0, which therefore holds 1.
        self._table[0] = 1
        self._mask = np.uint64((1 << lg_size) - 1)

    def unseen(self, hashes: Words) -> npt.NDArray[np.bool_]:
        """Return a mask of the hashes that are not in the table."""
        found: npt.NDArray[np.bool_] = self._table[hashes & self._mask] != hashes
        return found

    def add(self, hashes: Words) -> None:
        """Remember hashes."""
        self._table[hashes & self._mask] = hashes


def feed(update: Callable[[Any], None], values: list[Any]) -> None:
    """Call `update` with each value."""
    for value in values:
        update(value)
