"""Stretches of time that hold values, and the gaps between them."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.model import TEMPORAL, ColumnKind
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.arrays import Longs
    from stageprint.batch.column import ColumnBatch

MAX_BUCKETS: Final = 4096
"""Largest number of occupied buckets."""

_HEADER: Final = struct.Struct("<BI")
_UNIT_SECONDS: Final = {ColumnKind.DATE: 86_400.0}
_MICROSECOND: Final = 1e-6


class Gap(NamedTuple):
    """A time without values in seconds, and the bound on its error in seconds."""

    seconds: float
    error: float


class TimeGapsState(State):
    """The set of buckets of 2^width days (dates) or microseconds (timestamps) that hold a value; nulls are excluded.

    The width is the smallest with at most `MAX_BUCKETS` occupied buckets; at width 0 a bucket is one value. So the
    state depends on the set of values only, not on their order or partitions.

    Attributes:
        width: Binary logarithm of the width of a bucket.
    """

    name: ClassVar[str] = "time_gaps"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = TEMPORAL

    def __init__(self, kind: ColumnKind) -> None:
        super().__init__(kind)
        self.width = 0
        self._buckets: Longs = np.empty(0, np.int64)

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:  # noqa: ARG003 -- the size is fixed
        """Return the state of no values."""
        return cls(kind)

    @property
    def occupied(self) -> int:
        """Number of occupied buckets."""
        return len(self._buckets)

    def largest_gap(self) -> Gap | None:
        """Return the largest difference of successive values, exact at width 0; None with fewer than two buckets."""
        if len(self._buckets) < 2:
            return None
        unit = _UNIT_SECONDS.get(self.kind, _MICROSECOND)
        # The distance of two values differs from that of their buckets' beginnings by less than a width.
        steps = int(np.diff(self._buckets).max())
        return Gap((steps << self.width) * unit, (1 << self.width) * unit if self.width else 0.0)

    def update(self, batch: ColumnBatch) -> None:
        """Take in the values of one batch."""
        values = batch.sorted_values.exact
        if len(values):
            buckets = values >> self.width if self.width else values
            self._add(buckets[_firsts(buckets)], self.width)

    def merge(self, other: Self) -> None:
        """Take in the buckets of other values."""
        self._check_mergeable(other)
        self._add(other._buckets, other.width)

    def _add(self, buckets: Longs, width: int) -> None:
        """Take in buckets of some width, distinct and ascending."""
        wider = max(width, self.width)
        found = np.concatenate((_coarser(self._buckets, wider - self.width), _coarser(buckets, wider - width)))
        found.sort(kind="stable")  # fast: two sorted runs are merged
        found = found[_firsts(found)]
        more = _excess(found)
        self.width, self._buckets = wider + more, _coarser(found, more)

    def _payload(self) -> bytes:
        # Differences are small and similar: they compress to about a byte each.
        steps = np.diff(self._buckets, prepend=0).astype("<i8").tobytes()
        return _HEADER.pack(self.width, len(self._buckets)) + zlib.compress(steps)

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        state = cls(kind)
        state.width, size = _HEADER.unpack_from(payload)
        state._buckets = np.cumsum(np.frombuffer(zlib.decompress(payload[_HEADER.size :]), "<i8")).astype(np.int64)
        if len(state._buckets) != size or state.width > 63 or size > MAX_BUCKETS:
            message = f"damaged time_gaps state: {len(state._buckets)} of {size} buckets of width 2^{state.width}"
            raise StateError(message)
        return state


def _firsts(ordered: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return a mask of the values of an ascending array that differ from the one before."""
    changes = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=changes[1:])
    return changes


def _coarser(buckets: Longs, more: int) -> Longs:
    """Return the buckets at a width that is 2^`more` times as wide, distinct and ascending."""
    if not more:
        return buckets
    shifted = buckets >> more
    return shifted[_firsts(shifted)]


def _excess(buckets: Longs) -> int:
    """Return the number of times that the width must double for at most `MAX_BUCKETS` buckets.

    Two successive buckets fall into one bucket of 2^w if they differ in no bit from w upwards. So the number is the bit
    length of the `MAX_BUCKETS`-th largest exclusive-or of two successive buckets.
    """
    if len(buckets) <= MAX_BUCKETS:
        return 0
    differences = (buckets[1:] ^ buckets[:-1]).view(np.uint64)
    at = len(differences) - MAX_BUCKETS
    return int(np.partition(differences, at)[at]).bit_length()
