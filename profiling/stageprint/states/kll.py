"""Quantiles of an ordered column: a KLL sketch of doubles."""

from __future__ import annotations

import struct
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Final

import datasketches
import numpy as np
from typing_extensions import Self

from stageprint.config.sketches import SketchSettings
from stageprint.model import ORDERED, ColumnKind
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.arrays import Doubles, Longs
    from stageprint.batch.column import ColumnBatch
    from stageprint.batch.sorted_values import SortedValues

# The library's format: "preamble ints", version, family, flags, k, smallest level; then, of two values and more, the
# number of values, the smallest k merged, the number of levels, where each level starts, minimum, maximum, values.
_SHORT: Final = struct.Struct("<BBBBHBx")
_HEADER: Final = struct.Struct("<BBBBHBxQHBx")
_SHORT_HEADER: Final = 2
_FULL_HEADER: Final = 5
_FAMILY: Final = 15
_IS_EMPTY: Final = 1
_BOUNDS: Final = 16
_MAX_LEVELS: Final = 61
_SMALLEST_LEVEL: Final = 8


class KllState(State):
    """Sketch of all values but nulls and NaN, ±inf included; dates are days, timestamps microseconds since 1970-01-01.

    The payload is the library's own bytes, as Spark's ``kll_sketch_get_quantile_double`` takes them. The sketch retains
    a random selection of the values: two sketches of the same rows agree within `rank_error`, not to the byte.

    A large batch is sorted and cut into equal slices, and one random value represents each slice: the batch becomes a
    small sketch of its own, which is merged. That is KLL's compaction in one step, with a smaller error than many
    steps.
    """

    name: ClassVar[str] = "kll"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED

    def __init__(self, kind: ColumnKind, sketch: Any, stored: bytes | None = None) -> None:
        super().__init__(kind)
        self._made = sketch
        self._stored = stored  # the sketch's bytes while they are up to date
        self._random: np.random.Generator | None = None

    @property
    def _sketch(self) -> Any:
        # Comparisons read values from the bytes; only other uses need the library's object.
        if self._made is None:
            self._made = datasketches.kll_doubles_sketch.deserialize(self._stored)
        return self._made

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:
        """Return the sketch of no values, of ``settings.kll_k``."""
        return cls(kind, datasketches.kll_doubles_sketch(settings.kll_k))

    @property
    def n(self) -> int:
        """Number of values."""
        return int(self._sketch.n)

    @property
    def k(self) -> int:
        """The sketch's size parameter."""
        return int(self._sketch.k)

    @property
    def is_estimation(self) -> bool:
        """Whether values have been dropped; until then every answer is exact."""
        return bool(self._sketch.is_estimation_mode())

    @property
    def rank_error(self) -> float:
        """Bound ε (99 %) on the error of a rank, as a share of n: 2.296/k^0.9723; 0.0 while the sketch is exact."""
        return self._error(of_mass=False)

    @property
    def pmf_error(self) -> float:
        """Bound (99 %) on the error of the share of values in an interval: 2.446/k^0.9433; 0.0 while exact."""
        return self._error(of_mass=True)

    def _error(self, *, of_mass: bool) -> float:
        if self._stored is not None:
            return _stored_error(self._stored, of_mass)
        return float(self._sketch.normalized_rank_error(of_mass)) if self.is_estimation else 0.0

    def points(self) -> tuple[Doubles, Longs]:
        """Return the distinct retained values, ascending, and the rows that each represents, which add up to n."""
        values, weights = self.retained()
        distinct, places = np.unique(values, return_inverse=True)
        return distinct, np.bincount(places, weights=weights, minlength=len(distinct)).astype(np.int64)

    def retained(self) -> tuple[Doubles, Longs]:
        """Return the retained values in no particular order, repeated or not, and the rows that each represents."""
        levels = _levels(self._payload())
        values = np.concatenate([*levels, np.empty(0)])
        return values, np.repeat(1 << np.arange(len(levels)), [len(items) for items in levels])

    def cdf(self, at: Doubles) -> Doubles:
        """Return the share (0–1) of values ≤ each of `at`, shape of `at`; NaN without values."""
        values, weights = self.points()
        if not len(values):
            return np.full(len(at), np.nan)
        below = np.concatenate(([0], np.cumsum(weights)))
        return np.asarray(below[np.searchsorted(values, at, "right")] / below[-1])

    def quantiles(self, ranks: Doubles | list[float]) -> Doubles:
        """Return for each rank (0–1) the smallest value v such that at least that share of values is ≤ v; NaN if empty.

        Ranks 0 and 1 give the exact minimum and maximum. It is the inclusive quantile of the library and of Spark.
        """
        wanted = np.asarray(ranks, np.float64)
        values, weights = self.points()
        if not len(values):
            return np.full(len(wanted), np.nan)
        places = np.searchsorted(np.cumsum(weights), np.ceil(wanted * self.n))
        found = values[np.minimum(places, len(values) - 1)]
        found[wanted <= 0.0] = self._sketch.get_min_value()
        found[wanted >= 1.0] = self._sketch.get_max_value()
        return found

    def update(self, batch: ColumnBatch) -> None:
        """Take in the values of one batch."""
        ordered = batch.sorted_values
        rows = ordered.rows
        if not rows:
            return
        sketch, self._stored = self._sketch, None
        if rows >= 8 * self.k:
            if self._random is None:
                # One per state: forked workers would share a module's generator, and their errors would be correlated.
                self._random = np.random.default_rng()
            sketch.merge(_sketch_of(ordered, rows, self.k, self._random))
        else:
            values = ordered.doubles if ordered.counts is None else np.repeat(ordered.doubles, ordered.counts)
            sketch.update(np.require(values, np.float64, ["C", "W"]))

    def merge(self, other: Self) -> None:
        """Take in the sketch of other values; of two sizes, the larger error of the two counts."""
        self._check_mergeable(other)
        sketch, self._stored = self._sketch, None
        sketch.merge(other._sketch)

    def _payload(self) -> bytes:
        return bytes(self._sketch.serialize()) if self._stored is None else self._stored

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        _layout(payload)
        return cls(kind, None, payload)


def _sketch_of(ordered: SortedValues, rows: int, k: int, random: np.random.Generator) -> Any:
    """Return a KLL sketch of sorted values: one random value of each slice of 2^level rows, at level `level`."""
    level = max(rows // k, 1).bit_length() - 1
    while rows >> level > k:
        level += 1
    # Rows that do not fill a slice go to lower levels, one value per level, by the binary digits of their number.
    sizes = [1 << bit for bit in range(level) if rows >> bit & 1] + [1 << level] * (rows >> level)
    ends = np.cumsum(sizes)
    ranks = ends - 1 - (random.random() * np.array(sizes)).astype(np.int64)
    counts = ordered.counts
    chosen = ordered.doubles[ranks if counts is None else np.searchsorted(np.cumsum(counts), ranks, "right")]
    retained = len(sizes)
    levels = np.concatenate(([0], np.cumsum([rows >> bit & 1 for bit in range(level)])))
    header = _HEADER.pack(_FULL_HEADER, 1, _FAMILY, 0, k, _SMALLEST_LEVEL, rows, k, level + 1)
    starts = (levels + _capacity(k, level + 1) - retained).astype("<u4").tobytes()
    bounds = struct.pack("<2d", ordered.doubles[0], ordered.doubles[-1])
    return datasketches.kll_doubles_sketch.deserialize(header + starts + bounds + chosen.astype("<f8").tobytes())


def _stored_error(payload: bytes, of_mass: bool) -> float:
    """Return the error bound of a rank, or of a mass, of a serialised sketch."""
    if payload[0] == _SHORT_HEADER:
        return 0.0
    *_, least_k, levels = _HEADER.unpack_from(payload)
    return _error_of(least_k, of_mass) if levels > 1 else 0.0


@cache
def _error_of(k: int, of_mass: bool) -> float:
    return float(datasketches.kll_doubles_sketch.get_normalized_rank_error(k, of_mass))


@cache
def _capacity(k: int, levels: int) -> int:
    """Return the number of values that a sketch of so many levels has room for; capacities fall by 2/3 per level."""
    return sum(max(_SMALLEST_LEVEL, ((2 * k << depth) // 3**depth + 1) >> 1) for depth in range(levels))


def _levels(payload: bytes) -> list[Doubles]:
    """Return the values retained at each level of a serialised sketch; each at level i represents 2^i rows."""
    begin, bounds = _layout(payload)
    items = np.frombuffer(payload, "<f8", bounds[-1] - bounds[0], begin)
    return [items[start - bounds[0] : end - bounds[0]] for start, end in pairwise(bounds)]


def _layout(payload: bytes) -> tuple[int, list[int]]:
    """Return where the values of a serialised sketch begin, and the positions of its levels among them.

    Raises:
        ValueError: The bytes are not a KLL sketch. The library does not check: truncated bytes crash the process.
    """
    preamble, _, family, flags, k, smallest = _SHORT.unpack_from(payload)
    if family != _FAMILY or preamble not in {_SHORT_HEADER, _FULL_HEADER} or smallest != _SMALLEST_LEVEL:
        message = "not a KLL sketch"
        raise ValueError(message)
    if preamble == _SHORT_HEADER:
        n = 0 if flags & _IS_EMPTY else 1
        begin, bounds = _SHORT.size, [0, n]
    else:
        *_, n, _, levels = _HEADER.unpack_from(payload)
        if levels > _MAX_LEVELS:
            message = f"a KLL sketch of {levels} levels"
            raise ValueError(message)
        bounds = [*struct.unpack_from(f"<{levels}I", payload, _HEADER.size), _capacity(k, levels)]
        begin = _HEADER.size + 4 * levels + _BOUNDS
    sizes = [end - start for start, end in pairwise(bounds)]
    rows = sum(size << level for level, size in enumerate(sizes))
    end = begin + 8 * sum(sizes)
    if min(sizes) < 0 or rows != n or end != len(payload):
        message = f"a KLL sketch of {n} values with {rows} of them, in {len(payload)} bytes instead of {end}"
        raise ValueError(message)
    return begin, bounds
