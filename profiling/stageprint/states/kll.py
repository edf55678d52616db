"""Quantiles of an ordered column: a KLL sketch of doubles."""

from __future__ import annotations

import struct
from functools import cache
from itertools import pairwise
from typing import Any, ClassVar, Final

import datasketches
import numpy as np
from typing_extensions import Self

from stageprint.batch.arrays import Doubles, Longs
from stageprint.batch.column import ColumnBatch
from stageprint.batch.sorted_values import SortedValues
from stageprint.config.sketches import SketchSettings
from stageprint.model import ORDERED, ColumnKind
from stageprint.states.base import State

# The library's format: "preamble ints", version, family, flags, k, smallest level; then, of two values and more, the
# number of values, the least k merged, the number of levels, where each level starts, minimum, maximum, the values.
_SHORT: Final = struct.Struct("<BBBBHBx")
_HEADER: Final = struct.Struct("<BBBBHBxQHBx")
_SHORT_HEADER: Final = 2
_FULL_HEADER: Final = 5
_FAMILY: Final = 15
_IS_EMPTY: Final = 1
_BOUNDS: Final = 16
_MOST_LEVELS: Final = 61
_SMALLEST_LEVEL: Final = 8


class KllState(State):
    """Sketch of all values but nulls and NaN, ±inf included; dates are days, timestamps microseconds since 1970-01-01.

    The payload is the library's own, which is what Spark's ``kll_sketch_get_quantile_double`` takes. Which values the
    sketch retains is left to chance: two sketches of the same rows agree within `rank_error`, not to the byte.

    A large batch is sorted, cut into equal slices, and one value of each slice stands for it: the batch becomes a small
    sketch of its own, which is merged. That is KLL's compaction done in one step, and errs less than its many.
    """

    name: ClassVar[str] = "kll"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    holds_values: ClassVar[bool] = True

    def __init__(self, kind: ColumnKind, sketch: Any, stored: bytes | None = None) -> None:
        super().__init__(kind)
        self._made = sketch
        self._stored = stored  # the sketch's bytes, as long as they are those of the sketch
        self._random: np.random.Generator | None = None

    @property
    def _sketch(self) -> Any:
        # Comparisons read values from the bytes; only who asks for more needs the library's object.
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
        """Error ε of a rank, as a share of n, kept in 99 % of cases: 2.296/k^0.9723; 0.0 while the sketch is exact."""
        return self._error(of_mass=False)

    @property
    def pmf_error(self) -> float:
        """The same for the share of values in an interval or at one value: 2.446/k^0.9433; 0.0 while exact."""
        return self._error(of_mass=True)

    def _error(self, *, of_mass: bool) -> float:
        if self._stored is not None:
            return _stored_error(self._stored, of_mass)
        return float(self._sketch.normalized_rank_error(of_mass)) if self.is_estimation else 0.0

    def points(self) -> tuple[Doubles, Longs]:
        """Return the retained values, ascending, each once, and the rows each stands for, which add up to n."""
        values, weights = self.retained()
        distinct, places = np.unique(values, return_inverse=True)
        return distinct, np.bincount(places, weights=weights, minlength=len(distinct)).astype(np.int64)

    def retained(self) -> tuple[Doubles, Longs]:
        """Return the retained values in no order, repeated or not, and the rows each stands for."""
        levels = _levels(self._payload())
        values = np.concatenate([*levels, np.empty(0)])
        return values, np.repeat(1 << np.arange(len(levels)), [len(items) for items in levels])

    def cdf(self, at: Doubles) -> Doubles:
        """Return the share of values less than or equal to each of `at`; NaN without values."""
        values, weights = self.points()
        if not len(values):
            return np.full(len(at), np.nan)
        below = np.concatenate(([0], np.cumsum(weights)))
        return np.asarray(below[np.searchsorted(values, at, "right")] / below[-1])

    def quantiles(self, ranks: Doubles | list[float]) -> Doubles:
        """Return for each rank the least value that at least that share of values does not pass; NaN without values.

        Ranks 0 and 1 are the exact minimum and maximum. This is the library's inclusive quantile, and Spark's.
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

    def quantile(self, rank: float) -> float:
        """Return the quantile of one rank; NaN without values."""
        return float(self.quantiles([rank])[0])

    def update(self, batch: ColumnBatch) -> None:
        """Take in the values of one batch."""
        runs = batch.sorted_values
        rows = runs.rows
        if not rows:
            return
        sketch, self._stored = self._sketch, None
        if rows >= 8 * self.k:
            if self._random is None:
                # One a state: forked workers would share one of the module's, and with it their errors.
                self._random = np.random.default_rng()
            sketch.merge(_sketch_of(runs, rows, self.k, self._random))
        else:
            values = runs.doubles if runs.counts is None else np.repeat(runs.doubles, runs.counts)
            sketch.update(np.require(values, np.float64, ["C", "W"]))

    def merge(self, other: Self) -> None:
        """Take in the sketch of other values; of two sizes the smaller one's error counts."""
        self._check_mergeable(other)
        sketch, self._stored = self._sketch, None
        sketch.merge(other._sketch)

    def _payload(self) -> bytes:
        return bytes(self._sketch.serialize()) if self._stored is None else self._stored

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        _layout(payload)
        return cls(kind, None, payload)


def _sketch_of(runs: SortedValues, rows: int, k: int, random: np.random.Generator) -> Any:
    """Return a KLL sketch of sorted values: slices of 2^level rows, one value out of each at level `level`."""
    level = max(rows // k, 1).bit_length() - 1
    while rows >> level > k:
        level += 1
    # What does not fill a slice goes to lower levels, one value a level, by the binary digits of the rows left.
    sizes = [1 << bit for bit in range(level) if rows >> bit & 1] + [1 << level] * (rows >> level)
    ends = np.cumsum(sizes)
    ranks = ends - 1 - (random.random() * np.array(sizes)).astype(np.int64)
    chosen = runs.doubles[ranks if runs.counts is None else np.searchsorted(np.cumsum(runs.counts), ranks, "right")]
    retained = len(sizes)
    levels = np.concatenate(([0], np.cumsum([rows >> bit & 1 for bit in range(level)])))
    header = _HEADER.pack(_FULL_HEADER, 1, _FAMILY, 0, k, _SMALLEST_LEVEL, rows, k, level + 1)
    starts = (levels + _capacity(k, level + 1) - retained).astype("<u4").tobytes()
    bounds = struct.pack("<2d", runs.doubles[0], runs.doubles[-1])
    return datasketches.kll_doubles_sketch.deserialize(header + starts + bounds + chosen.astype("<f8").tobytes())


def _stored_error(payload: bytes, of_mass: bool) -> float:
    """Return the error of a rank, or of a mass, that a serialised sketch leaves."""
    if payload[0] == _SHORT_HEADER:
        return 0.0
    *_, least_k, levels = _HEADER.unpack_from(payload)
    return _error_of(least_k, of_mass) if levels > 1 else 0.0


@cache
def _error_of(k: int, of_mass: bool) -> float:
    return float(datasketches.kll_doubles_sketch.get_normalized_rank_error(k, of_mass))


@cache
def _capacity(k: int, levels: int) -> int:
    """Return how many values a sketch of so many levels has room for: level capacities fall by 2/3, as KLL has it."""
    return sum(max(_SMALLEST_LEVEL, ((2 * k << depth) // 3**depth + 1) >> 1) for depth in range(levels))


def _levels(payload: bytes) -> list[Doubles]:
    """Return the values retained at each level of a serialised sketch; those at level i stand for 2^i rows."""
    begin, bounds = _layout(payload)
    items = np.frombuffer(payload, "<f8", bounds[-1] - bounds[0], begin)
    return [items[start - bounds[0] : end - bounds[0]] for start, end in pairwise(bounds)]


def _layout(payload: bytes) -> tuple[int, list[int]]:
    """Return where the values of a serialised sketch begin, and the places of its levels among them.

    Raises:
        ValueError: The bytes are no such sketch. The library does not look before it reads: cut bytes end the process.
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
        if levels > _MOST_LEVELS:
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
