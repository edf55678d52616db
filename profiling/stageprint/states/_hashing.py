"""What HLL and theta share: hand the library the few values that can change a sketch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stageprint.batch.murmur import Words

CHUNK: Final = 1024
"""Values handed over before the sketch is asked again what it still wants."""


class Recent:
    """Remembers hashes in a fixed table; a newer one takes an older one's place.

    Args:
        lg_size: The table has 2^lg_size places.
    """

    def __init__(self, lg_size: int) -> None:
        self._table: Words = np.zeros(1 << lg_size, np.uint64)
        # An empty place must equal no hash that belongs there: 0 belongs to place 0 alone, 1 does not.
        self._table[0] = 1
        self._mask = np.uint64((1 << lg_size) - 1)

    def unseen(self, hashes: Words) -> npt.NDArray[np.bool_]:
        """Return which hashes are not in the table."""
        found: npt.NDArray[np.bool_] = self._table[hashes & self._mask] != hashes
        return found

    def add(self, hashes: Words) -> None:
        """Remember hashes."""
        self._table[hashes & self._mask] = hashes


def feed(update: Callable[[Any], None], values: list[Any]) -> None:
    """Call `update` with each value."""
    for value in values:
        update(value)
