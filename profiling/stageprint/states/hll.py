"""Number of distinct values: a HyperLogLog sketch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

import datasketches
import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from stageprint.config.sketches import SketchSettings
from stageprint.model import SCALAR, ColumnKind
from stageprint.states._hashing import CHUNK_VALUES, Recent, feed
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch
    from stageprint.batch.hashes import ValueHashes
    from stageprint.batch.murmur import Words

_MODE_BYTE: Final = 7
_HLL_MODE: Final = 2
_FLAG_BYTE: Final = 5
_OUT_OF_ORDER: Final = 16  # set by a union of more than one sketch
_REGISTERS: Final = 40  # where the registers begin in the bytes of a sketch in HLL mode
_HASHES: Final = (8, 12)  # where the hashes begin in those of a list and of a set
_ADDRESS: Final = np.uint64((1 << 26) - 1)


Rows: TypeAlias = npt.NDArray[np.intp]


class HllState(State):
    """Sketch of the distinct values; nulls and NaN are excluded, −0.0 is 0.0. Relative standard error 1.04/√2^lgK.

    Strings are hashed as UTF-8, integers, dates (days) and timestamps (microseconds) as 64-bit longs, floats as
    doubles, all as in Spark's ``hll_sketch_agg``, which ignores the empty string too. A decimal is hashed by value: a
    whole number as a long, one of up to 15 significant digits as a double, any other as plain text.

    The payload, the library's own bytes, is always what a union of sketches returns: the estimate of a sketch that was
    never merged can differ by 2 %. So ``hll_sketch_estimate`` gives the same estimate as this state, and the state
    depends on the set of values only, not on their order or partitions.
    """

    name: ClassVar[str] = "hll"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = SCALAR - {ColumnKind.BOOLEAN}
    takes_hashes: ClassVar[bool] = True

    def __init__(self, kind: ColumnKind, sketch: Any) -> None:
        super().__init__(kind)
        self._sketch = sketch
        self._union: Any = None
        self._recent: Recent | None = None
        self._settled = False  # the sketch is the result of a union

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
        """Update a sketch that still keeps single hashes; return the rows that are left once it keeps registers."""
        if self._recent is None:
            self._recent = Recent(max(self.lg_k, 10))
        rows: Rows = np.arange(len(hashed.first))
        while True:
            rows = rows[self._recent.unseen(hashed.first[rows])]
            if not len(rows) or self._registers() is not None:
                return rows
            chunk, rows = rows[:CHUNK_VALUES], rows[CHUNK_VALUES:]
            feed(self._sketch.update, hashed.values(chunk))
            self._recent.add(hashed.first[chunk])

    def merge(self, other: Self) -> None:
        """Take in the sketch of other values; the result has the smaller number of registers."""
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
        """Return the sketch, all merges done; one union of many sketches is faster than merging them one by one."""
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
        # The first update of a union copies the sketch; only the second one merges.
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
        # A small sketch lists its hashes in the order of its table, which depends on history; any order can be read.
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
    """Return those of `rows` (None: all) whose hash would raise its register.

    A register holds the largest number of leading zeros of its hashes, plus one.
    """
    seconds = hashed.second if rows is None else hashed.second[rows]
    # Most hashes have too few leading zeros for any register: one comparison with the smallest rules them out.
    least = int(registers.min())
    enough = np.flatnonzero(seconds <= np.uint64((1 << (64 - least)) - 1))
    rows = enough if rows is None else rows[enough]
    places = (hashed.first[rows] & _ADDRESS & np.uint64(len(registers) - 1)).astype(np.intp)
    values = leading_zeros(hashed.second[rows]) + 1
    higher = values > registers[places]
    rows, places, values = rows[higher], places[higher], values[higher]
    # Of the rows of one register, only the largest value matters.
    highest = np.zeros(len(registers), np.uint8)
    np.maximum.at(highest, places, values)
    winners = values == highest[places]
    rows, places = rows[winners], places[winners]
    return rows[np.unique(places, return_index=True)[1]]


def leading_zeros(words: Words) -> npt.NDArray[np.uint8]:
    """Return the number of leading zero bits of each word, at most 62, as the sketch counts them."""
    # Rounding to a double could carry and make the exponent one too large: the low bits are cleared first.
    cut = words & ~(words >> np.uint64(1))
    exponents = np.frexp(cut.astype(np.float64))[1]
    zeros: npt.NDArray[np.uint8] = np.minimum(64 - exponents, 62).astype(np.uint8)
    return zeros
