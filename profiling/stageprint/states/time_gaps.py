"""When there were values at all: occupied stretches of time, and the gaps between them."""

from __future__ import annotations

import struct
import zlib
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from stageprint.batch.arrays import Longs
from stageprint.batch.column import ColumnBatch
from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.model import TEMPORAL, ColumnKind
from stageprint.states.base import State

MOST_BUCKETS: Final = 4096
"""Buckets that may be occupied."""

_HEADER: Final = struct.Struct("<BI")
_UNIT_SECONDS: Final = {ColumnKind.DATE: 86_400.0}
_MICROSECOND: Final = 1e-6


class Gap(NamedTuple):
    """A stretch of time without values, in seconds, and the most it may be off."""

    seconds: float
    error: float


class TimeGapsState(State):
    """The set of occupied buckets of 2^width days (dates) or microseconds (timestamps), nulls left out.

    The width is the least with which no more than `MOST_BUCKETS` are occupied; at width 0 a bucket is one value. So
    the state is a function of the set of values, whatever their order and partitions.

    Attributes:
        width: Binary logarithm of a bucket's width.
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
        """Return the largest difference of neighbouring values, exact at width 0; None with fewer than two values."""
        if len(self._buckets) < 2:
            return None
        unit = _UNIT_SECONDS.get(self.kind, _MICROSECOND)
        # Two values of neighbouring buckets are less than one width nearer or further than the buckets' beginnings.
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
        """Take in distinct ascending buckets of a width."""
        wider = max(width, self.width)
        found = np.concatenate((_coarser(self._buckets, wider - self.width), _coarser(buckets, wider - width)))
        found.sort(kind="stable")  # two ascending runs: a merge
        found = found[_firsts(found)]
        more = _excess(found)
        self.width, self._buckets = wider + more, _coarser(found, more)

    def _payload(self) -> bytes:
        # Differences are small and alike, so they shrink to about a byte each.
        steps = np.diff(self._buckets, prepend=0).astype("<i8").tobytes()
        return _HEADER.pack(self.width, len(self._buckets)) + zlib.compress(steps)

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        state = cls(kind)
        state.width, size = _HEADER.unpack_from(payload)
        state._buckets = np.cumsum(np.frombuffer(zlib.decompress(payload[_HEADER.size :]), "<i8")).astype(np.int64)
        if len(state._buckets) != size or state.width > 63 or size > MOST_BUCKETS:
            message = f"damaged time_gaps state: {len(state._buckets)} of {size} buckets of width 2^{state.width}"
            raise StateError(message)
        return state


def _firsts(ordered: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return which values of an ascending array differ from the one before."""
    changes = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=changes[1:])
    return changes


def _coarser(buckets: Longs, more: int) -> Longs:
    """Return distinct ascending buckets at a width that many powers of two wider."""
    if not more:
        return buckets
    shifted = buckets >> more
    return shifted[_firsts(shifted)]


def _excess(buckets: Longs) -> int:
    """Return by how many powers of two the buckets are too narrow.

    Two neighbours fall into one bucket of 2^w once no bit from w upwards differs. So it takes as many as the
    `MOST_BUCKETS`-th largest of the neighbours' differences in bits has digits.
    """
    if len(buckets) <= MOST_BUCKETS:
        return 0
    differences = (buckets[1:] ^ buckets[:-1]).view(np.uint64)
    at = len(differences) - MOST_BUCKETS
    return int(np.partition(differences, at)[at]).bit_length()
