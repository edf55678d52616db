"""Lengths of strings, binary values, arrays and maps: exact sum and extremes, and a histogram."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from typing_extensions import Self

from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.model import SIZED, ColumnKind
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.arrays import Longs
    from stageprint.batch.column import ColumnBatch

_LAYOUT: Final = struct.Struct("<4q")
# Lengths below 2^10 have a bin each; longer ones share a bin with all lengths of the same 10 leading bits.
_EXACT_BITS: Final = 10


class LengthsState(State):
    """Lengths: strings in code points (as Spark's ``char_length``), binary values in bytes, arrays and maps in entries.

    The histogram is exact for lengths below 1,024; a bin above that spans less than 0.2 % of the length. It depends on
    the values only, not on their order or partitions.

    Attributes:
        n: Number of values.
        minimum: Shortest length; 0 without values.
        maximum: Longest length; 0 without values.
        total: Sum of the lengths.
    """

    name: ClassVar[str] = "lengths"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = SIZED

    def __init__(self, kind: ColumnKind) -> None:
        super().__init__(kind)
        self.n = self.minimum = self.maximum = self.total = 0
        self._bins: dict[int, int] = {}

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:  # noqa: ARG003 -- lengths have no size
        """Return the lengths of no values."""
        return cls(kind)

    def histogram(self) -> tuple[Longs, Longs]:
        """Return the shortest length of each bin, ascending, and the number of values in it."""
        order = sorted(self._bins)
        return np.array(order, np.int64), np.array([self._bins[start] for start in order], np.int64)

    def quantile(self, rank: float) -> int | None:
        """Return the smallest length l for which at least the share `rank` of lengths is ≤ l; None without values."""
        if not self.n:
            return None
        starts, counts = self.histogram()
        at = int(np.searchsorted(np.cumsum(counts), min(max(np.ceil(rank * self.n), 1), self.n)))
        return min(max(int(starts[at]), self.minimum), self.maximum)

    def update(self, batch: ColumnBatch) -> None:
        """Take in the lengths of one batch."""
        lengths, counts = batch.lengths
        if not len(lengths):
            return
        longest = int(lengths.max())
        if longest < 1 << _EXACT_BITS:
            rows = np.bincount(lengths, weights=counts).astype(np.int64)
            starts = np.flatnonzero(rows)
            rows = rows[starts]
        else:
            starts, places = np.unique(_bin_starts(lengths), return_inverse=True)
            rows = np.bincount(places, weights=counts).astype(np.int64)
        self._add(
            len(lengths) if counts is None else int(counts.sum()),
            int(lengths.min()),
            longest,
            int(lengths.sum() if counts is None else (lengths * counts).sum()),
            dict(zip(starts.tolist(), rows.tolist(), strict=True)),
        )

    def merge(self, other: Self) -> None:
        """Take in the lengths of other values."""
        self._check_mergeable(other)
        if other.n:
            self._add(other.n, other.minimum, other.maximum, other.total, other._bins)

    def _add(self, n: int, minimum: int, maximum: int, total: int, bins: dict[int, int]) -> None:
        self.minimum = min(self.minimum, minimum) if self.n else minimum
        self.maximum = max(self.maximum, maximum)
        self.n += n
        self.total += total
        for start, count in bins.items():
            self._bins[start] = self._bins.get(start, 0) + count

    def _payload(self) -> bytes:
        starts, counts = self.histogram()
        return _LAYOUT.pack(self.n, self.minimum, self.maximum, self.total) + starts.tobytes() + counts.tobytes()

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        state = cls(kind)
        state.n, state.minimum, state.maximum, state.total = _LAYOUT.unpack_from(payload)
        starts, counts = np.frombuffer(payload, "<i8", offset=_LAYOUT.size).reshape(2, -1)
        state._bins = dict(zip(starts.tolist(), counts.tolist(), strict=True))
        ends = _bin_starts(np.array([state.minimum, state.maximum]))
        if int(counts.sum()) != state.n or (state.n and [starts[0], starts[-1]] != ends.tolist()):
            message = f"damaged lengths state: its bins hold {counts.sum()} values instead of {state.n}"
            raise StateError(message)
        return state


def _bin_starts(lengths: Longs) -> Longs:
    """Return each length with all but its leading `_EXACT_BITS` binary digits set to zero."""
    excess = np.maximum(np.frexp(lengths.astype(np.float64))[1] - _EXACT_BITS, 0).astype(np.int64)
    starts: Longs = (lengths >> excess) << excess
    return starts
