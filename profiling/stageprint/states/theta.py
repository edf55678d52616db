"""Sets of values that can be intersected and subtracted: a theta sketch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import datasketches
import numpy as np
from typing_extensions import Self

from stageprint.config.sketches import SketchSettings
from stageprint.model import SCALAR, ColumnKind
from stageprint.states._hashing import CHUNK_VALUES, Recent, feed
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch

_DEFAULT_LG_K: Final = 12
_MIN_LG_K: Final = 5
_MAX_SKETCHES: Final = 32  # kept side by side before they are united, which takes as long as updating ten


class Estimate(NamedTuple):
    """An estimate with its bounds; all equal while the sketch is exact."""

    estimate: float
    lower: float
    upper: float


class ThetaState(State):
    """Sketch of the set of distinct values; nulls and NaN are excluded.

    Exact up to 2^lgK values; beyond, the relative standard error is 1/√2^lgK.

    Values are hashed as in the HLL state, booleans as text. The payload is the library's compact ordered sketch, as
    Spark's ``theta_sketch_estimate``, ``theta_intersection`` and ``theta_difference`` take it. The state depends on the
    set of values only, not on their order or partitions.

    Attributes:
        hash_key_id: Id of the secret with which the values were hashed before they came into the sketch; None: they
            were not. It is no part of the bytes. Sketches of different ids have no hash in common.
    """

    name: ClassVar[str] = "theta"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = SCALAR
    default: ClassVar[bool] = False
    takes_hashes: ClassVar[bool] = True

    def __init__(self, kind: ColumnKind, lg_k: int | None, merged: tuple[Any, ...] = ()) -> None:
        super().__init__(kind)
        self.hash_key_id: str | None = None
        self._lg_k = lg_k
        self._merged = list(merged)
        self._updated: Any = None
        self._recent: Recent | None = None

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:
        """Return the sketch of no values, of ``2^settings.theta_lg_k`` hashes."""
        return cls(kind, settings.theta_lg_k)

    @property
    def is_estimation(self) -> bool:
        """Whether values have been dropped; until then the number of distinct values is exact."""
        return bool(self._result().is_estimation_mode())

    def estimate(self, standard_deviations: int = 3) -> Estimate:
        """Return the number of distinct values, with bounds at 1, 2 or 3 standard deviations."""
        return _estimate(self._result(), standard_deviations)

    def intersection(self, other: ThetaState, standard_deviations: int = 3) -> Estimate:
        """Return the number of distinct values in both sets."""
        both = datasketches.theta_intersection()
        both.update(self._result())
        both.update(other._result())
        return _estimate(both.get_result(), standard_deviations)

    def a_not_b(self, other: ThetaState, standard_deviations: int = 3) -> Estimate:
        """Return the number of distinct values in this set that are not in `other`."""
        rest = datasketches.theta_a_not_b().compute(self._result(), other._result())
        return _estimate(rest, standard_deviations)

    def update(self, batch: ColumnBatch) -> None:
        """Take in the values of one batch."""
        if self._updated is None:
            size = self._lg_k or _DEFAULT_LG_K
            self._updated = datasketches.update_theta_sketch(size)
            self._recent = Recent(size + 2)
        recent = self._recent
        assert recent is not None  # noqa: S101 -- made together with the sketch
        hashed = batch.hashes
        feed(self._updated.update, hashed.long_texts)
        pending = np.flatnonzero(hashed.first < self._limit())
        while len(pending):
            pending = pending[recent.unseen(hashed.first[pending])]
            chunk, pending = pending[:CHUNK_VALUES], pending[CHUNK_VALUES:]
            feed(self._updated.update, hashed.values(chunk))
            recent.add(hashed.first[chunk])
            pending = pending[hashed.first[pending] < self._limit()]

    def _limit(self) -> np.uint64:
        """Return the hash below which the sketch keeps values; it falls while the sketch fills."""
        return np.uint64(2 * self._updated.theta64)  # the sketch drops the last bit of a hash

    def merge(self, other: Self) -> None:
        """Take in the set of other values."""
        self._check_mergeable(other)
        self._lg_k = max((size for size in (self._lg_k, other._lg_k) if size is not None), default=None)
        self._merged += other._sketches()
        if len(self._merged) > _MAX_SKETCHES:
            self._merged = [_union(self._merged, self._lg_k)]

    def _sketches(self) -> list[Any]:
        """Return sketches whose union is the set; they do not change any more."""
        return self._merged if self._updated is None else [*self._merged, self._updated.compact()]

    def _result(self) -> Any:
        return _union(self._sketches(), self._lg_k)

    def _payload(self) -> bytes:
        return bytes(self._result().serialize())

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        sketch = datasketches.compact_theta_sketch.deserialize(payload)
        # A full state holds exactly 2^lgK hashes. The size of any other is unknown, and does not matter yet.
        retained = int(sketch.num_retained)
        full = sketch.is_estimation_mode() and retained.bit_count() == 1 and retained >= 1 << _MIN_LG_K
        return cls(kind, retained.bit_length() - 1 if full else None, (sketch,))


def _union(sketches: list[Any], lg_k: int | None) -> Any:
    """Return the union as a compact ordered sketch of the 2^lg_k smallest hashes; of all hashes where lg_k is None."""
    if lg_k is None:
        lg_k = max(_DEFAULT_LG_K, sum(int(sketch.num_retained) for sketch in sketches).bit_length())
    union = datasketches.theta_union(lg_k)
    for sketch in sketches:
        union.update(sketch)
    return union.get_result()


def _estimate(sketch: Any, standard_deviations: int) -> Estimate:
    return Estimate(
        float(sketch.get_estimate()),
        float(sketch.get_lower_bound(standard_deviations)),
        float(sketch.get_upper_bound(standard_deviations)),
    )
