"""Number of distinct values: a HyperLogLog sketch."""

from __future__ import annotations

from typing import Any, ClassVar, Final, TypeAlias

import datasketches
import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from stageprint.batch.column import ColumnBatch
from stageprint.batch.hashes import ValueHashes
from stageprint.batch.murmur import Words
from stageprint.config.sketches import SketchSettings
from stageprint.model import SCALAR, ColumnKind
from stageprint.states._hashing import CHUNK, Recent, feed
from stageprint.states.base import State

_MODE_BYTE: Final = 7
_HLL_MODE: Final = 2
_FLAG_BYTE: Final = 5
_OUT_OF_ORDER: Final = 16  # set by a union that met more than one sketch
_REGISTERS: Final = 40  # where they begin in the bytes of a sketch in HLL mode
_HASHES: Final = (8, 12)  # where the hashes begin in those of a list and of a set
_ADDRESS: Final = np.uint64((1 << 26) - 1)


Rows: TypeAlias = npt.NDArray[np.intp]


class HllState(State):
    """Sketch of the distinct values, nulls and NaN left out; −0.0 is 0.0. Relative standard error 1.04/√2^lgK.

    Strings are hashed as UTF-8, integers, dates (days) and timestamps (microseconds) as 64-bit longs, floats as
    doubles: as Spark's ``hll_sketch_agg`` does, which does not take the empty string for a value either. A decimal is
    hashed by value: a whole one as long, one of up to 15 significant digits as double, any other as plain text.

    The sketch is always in the state a union leaves (estimates of sketches that never met another differ by up to
    2 %): so is the payload, the library's own bytes, and ``hll_sketch_estimate`` gives the estimate given here.
    The state is a function of the set of values, whatever their order and partitions.
    """

    name: ClassVar[str] = "hll"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = SCALAR - {ColumnKind.BOOLEAN}

    def __init__(self, kind: ColumnKind, sketch: Any) -> None:
        super().__init__(kind)
        self._sketch = sketch
        self._union: Any = None
        self._recent: Recent | None = None
        self._settled = False  # the sketch is one that a union left

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:
        """Return the sketch of no values, of ``2^settings.hll_lg_k`` registers."""
        return cls(kind, datasketches.hll_sketch(settings.hll_lg_k, datasketches.HLL_8))

    @property
    def lg_k(self) -> int:
        """Binary logarithm of the number of registers."""
        return int(self._fold().lg_config_k)

    def estimate(self) -> float:
        """Return the estimated number of distinct values."""
        return float(self._merged().get_estimate())

    def lower_bound(self, standard_deviations: int = 2) -> float:
        """Return the lower bound of the estimate at 1, 2 or 3 standard deviations."""
        return float(self._merged().get_lower_bound(standard_deviations))

    def upper_bound(self, standard_deviations: int = 2) -> float:
        """Return the upper bound of the estimate at 1, 2 or 3 standard deviations."""
        return float(self._merged().get_upper_bound(standard_deviations))

    def update(self, batch: ColumnBatch) -> None:
        """Take in the values of one batch."""
        self._fold()
        self._settled = False
        hashed = batch.hashes
        feed(self._sketch.update, hashed.long_texts)
        registers, rows = self._registers(), None
        if registers is None:
            rows = self._feed_small(hashed)
            registers = self._registers()
        if registers is not None:
            feed(self._sketch.update, hashed.values(_raising(registers, hashed, rows)))

    def _feed_small(self, hashed: ValueHashes) -> Rows:
        """Feed a sketch that still keeps the hashes themselves, and return the rows left when it has become large."""
        if self._recent is None:
            self._recent = Recent(max(self.lg_k, 10))
        rows: Rows = np.arange(len(hashed.first))
        while True:
            rows = rows[self._recent.unseen(hashed.first[rows])]
            if not len(rows) or self._registers() is not None:
                return rows
            chunk, rows = rows[:CHUNK], rows[CHUNK:]
            feed(self._sketch.update, hashed.values(chunk))
            self._recent.add(hashed.first[chunk])

    def merge(self, other: Self) -> None:
        """Take in the sketch of other values; the result has the registers of the smaller."""
        self._check_mergeable(other)
        self._settled = False
        theirs = other._fold()
        if self._union is not None and theirs.lg_config_k < self._union.lg_config_k:
            self._fold()
        if self._union is None:
            self._union = datasketches.hll_union(min(self._sketch.lg_config_k, theirs.lg_config_k))
            self._union.update(self._sketch)
        self._union.update(theirs)
        self._recent = None

    def _fold(self) -> Any:
        """Return the sketch, after the merges so far; a union takes in many sketches for the price of a few."""
        if self._union is not None:
            self._sketch, self._union = self._union.get_result(datasketches.HLL_8), None
        return self._sketch

    def _registers(self) -> npt.NDArray[np.uint8] | None:
        """Return the registers, or None while the sketch keeps single hashes."""
        payload = self._sketch.serialize_updatable()
        if payload[_MODE_BYTE] & 3 != _HLL_MODE:
            return None
        return np.frombuffer(payload, np.uint8, 1 << self.lg_k, _REGISTERS)

    def _merged(self) -> Any:
        # The first update of a union copies; only the second merges and leaves the merged state.
        sketch = self._fold()
        if self._settled:
            return sketch
        union = datasketches.hll_union(sketch.lg_config_k)
        union.update(sketch)
        union.update(sketch)
        return union.get_result(datasketches.HLL_8)

    def _payload(self) -> bytes:
        payload = bytes(self._merged().serialize_compact())
        mode = payload[_MODE_BYTE] & 3
        if mode == _HLL_MODE:
            return payload
        # A small sketch lists its hashes in the order of its table, which depends on history; any order is read back.
        start = _HASHES[mode]
        return payload[:start] + np.sort(np.frombuffer(payload, "<u4", offset=start)).tobytes()

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        state = cls(kind, datasketches.hll_sketch.deserialize(payload))
        if state._sketch.tgt_type != datasketches.HLL_8:
            state._sketch = state._merged()
        else:
            state._settled = bool(payload[_FLAG_BYTE] & _OUT_OF_ORDER)
        return state


def _raising(registers: npt.NDArray[np.uint8], hashed: ValueHashes, rows: Rows | None) -> Rows:
    """Return those of `rows`, or of all, whose value would raise its register.

    A register keeps the largest number of leading zeros it has met, plus one.
    """
    seconds = hashed.second if rows is None else hashed.second[rows]
    # No register is below the least: most hashes have too few leading zeros for any, and are out by one comparison.
    least = int(registers.min())
    enough = np.flatnonzero(seconds <= np.uint64((1 << (64 - least)) - 1))
    rows = enough if rows is None else rows[enough]
    places = (hashed.first[rows] & _ADDRESS & np.uint64(len(registers) - 1)).astype(np.intp)
    values = _leading_zeros(hashed.second[rows]) + 1
    higher = values > registers[places]
    rows, places, values = rows[higher], places[higher], values[higher]
    # Of the rows that share a register only the highest matters.
    highest = np.zeros(len(registers), np.uint8)
    np.maximum.at(highest, places, values)
    winners = values == highest[places]
    rows, places = rows[winners], places[winners]
    return rows[np.unique(places, return_index=True)[1]]


def _leading_zeros(words: Words) -> npt.NDArray[np.uint8]:
    """Return the number of leading zero bits of each word, at most 62, as the sketch counts them."""
    # The exponent of the double would be one too large where rounding carries: the low bits are cut off first.
    cut = words & ~(words >> np.uint64(1))
    exponents = np.frexp(cut.astype(np.float64))[1]
    zeros: npt.NDArray[np.uint8] = np.minimum(64 - exponents, 62).astype(np.uint8)
    return zeros
