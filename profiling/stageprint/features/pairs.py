"""Many (current, reference) pairs of columns of one kind as arrays: a statistic is computed for all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stageprint.features.column import ColumnFeatures, Reference
from stageprint.features.distribution import AlignedCdfs, Cdf, mass_changes
from stageprint.features.formulas import nearest_points
from stageprint.features.labels import AlignedLabels, LabelShares

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Atoms:
    """The masses of two distributions at single values.

    Attributes:
        points: The values of either distribution, shape (n,), ascending.
        now: Current share of the values at each point, shape (n,).
        then: Reference share of the values at each point, shape (n,).
        error: Bound on the error of a difference between two such shares; 0 where both are exact.
    """

    points: Floats
    now: Floats
    then: Floats
    error: float


class Pairs:
    """Pairs of one kind; every array has one entry per pair, NaN where a side lacks the figure."""

    def __init__(self, current: Sequence[ColumnFeatures], reference: Sequence[Reference]) -> None:
        """Keep both sides.

        Args:
            current: Features of the run under test; one object may occur several times.
            reference: What each of them is compared with; as many as `current`.
        """
        self.current = current
        self.reference = reference
        self._now: dict[str, Floats] = {}
        self._then: dict[str, Floats] = {}
        self._inverse: dict[str, Floats] = {}

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.current)

    def now(self, name: str) -> Floats:
        """Return a figure of the current side, shape (pairs,); `name` is an attribute of `ColumnFeatures`."""
        if name not in self._now:
            self._now[name] = np.array([getattr(shape, name) for shape in self.current], dtype=np.float64)
        return self._now[name]

    def then(self, name: str) -> Floats:
        """Return a figure of the reference side, shape (pairs,), as `Reference.scalar` does."""
        if name not in self._then:
            self._then[name] = np.array([reference.scalar(name) for reference in self.reference], dtype=np.float64)
        return self._then[name]

    def inverse(self, count: str) -> Floats:
        """Return 1/n_current + 1/n_reference: the variance of the difference of two means of unit variance."""
        if count not in self._inverse:
            now = self.now(count)
            then = np.array([reference.inverse(count) for reference in self.reference], dtype=np.float64)
            self._inverse[count] = np.where(now > 0, 1.0 / np.where(now > 0, now, 1.0), np.nan) + then
        return self._inverse[count]

    @cached_property
    def scale(self) -> Floats:
        """The width S that each pair is measured in: the largest `Reference.scale` of the current column's references.

        References that are judged side by side need one unit: a day on which nearly all values are equal has hardly any
        width, and would make any other day a huge shift.
        """
        widest: dict[int, float] = {}
        for shape, reference in zip(self.current, self.reference, strict=True):
            widest[id(shape)] = max(reference.scale, widest.get(id(shape), 0.0))
        return np.array([widest[id(shape)] for shape in self.current], dtype=np.float64)

    @cached_property
    def longest(self) -> list[Reference]:
        """The reference with the most runs of each pair's current column."""
        most: dict[int, Reference] = {}
        for shape, reference in zip(self.current, self.reference, strict=True):
            known = most.setdefault(id(shape), reference)
            if len(reference.runs) > len(known.runs):
                most[id(shape)] = reference
        return [most[id(shape)] for shape in self.current]

    @cached_property
    def cdfs(self) -> list[tuple[Cdf, Cdf] | None]:
        """Current and reference distribution; None where a side has no values."""
        return [
            (shape.cdf, reference.cdf) if shape.cdf is not None and reference.cdf is not None else None
            for shape, reference in zip(self.current, self.reference, strict=True)
        ]

    @cached_property
    def side_by_side(self) -> list[AlignedCdfs | None]:
        """Both distributions at the union of their points; None where a side has no values."""
        return [None if both is None else AlignedCdfs.of(*both) for both in self.cdfs]

    @cached_property
    def atoms(self) -> list[Atoms | None]:
        """Masses at single values; None where a side has no values."""
        found: list[Atoms | None] = []
        for both, beside in zip(self.cdfs, self.side_by_side, strict=True):
            if both is None or beside is None:
                found.append(None)
            else:
                points, now, then = mass_changes(beside)
                found.append(Atoms(points, now, then, float(np.hypot(both[0].mass_error, both[1].mass_error))))
        return found

    @cached_property
    def labels(self) -> StackedLabels:
        """Aligned label shares of all pairs, in flat arrays."""
        return StackedLabels(
            [_aligned(now.labels, then.labels) for now, then in zip(self.current, self.reference, strict=True)]
        )

    @cached_property
    def forms(self) -> list[AlignedLabels | None]:
        """Aligned shares of the forms of texts, one entry per pair; None where a side has none or too many."""
        return [_aligned(now.forms, then.forms) for now, then in zip(self.current, self.reference, strict=True)]


def _aligned(now: LabelShares | None, then: LabelShares | None) -> AlignedLabels | None:
    return None if now is None or then is None else AlignedLabels.of(now, then)


def new_masses(atoms: Atoms, part: float) -> Floats:
    """Return the current share of each value that is new, and 0 for every other value.

    Args:
        atoms: Masses at single values.
        part: A value is new where its reference share is at most this fraction of its current share, or within the
            sketch error.
    """
    return np.where(atoms.then <= np.maximum(atoms.error, atoms.now * part), atoms.now, 0.0)


class StackedLabels:
    """Aligned label shares of many pairs, concatenated; sums and maxima are taken over each pair's entries.

    Attributes:
        pairs: The pairs; None where a side has no labels.
        entries: Number of entries of each pair that has labels.
        now: Current shares of all entries, shape (sum of `entries`,).
        then: Reference shares of all entries, same shape.
    """

    def __init__(self, pairs: Sequence[AlignedLabels | None]) -> None:
        """Concatenate the entries of the pairs.

        Args:
            pairs: One entry per pair; None where a side has no labels.
        """
        self.pairs = pairs
        self._filled = np.array([pair is not None for pair in pairs], dtype=bool)
        held = [pair for pair in pairs if pair is not None]
        self.entries = np.array([len(pair.now) for pair in held], dtype=np.intp)
        self._starts = np.cumsum(self.entries) - self.entries
        self.now = _flat([pair.now for pair in held])
        self.then = _flat([pair.then for pair in held])
        self._held = held

    @cached_property
    def bounds(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Bounds (now_low, now_high, then_low, then_high) of all entries."""
        return (
            _flat([pair.now_low for pair in self._held]),
            _flat([pair.now_high for pair in self._held]),
            _flat([pair.then_low for pair in self._held]),
            _flat([pair.then_high for pair in self._held]),
        )

    @cached_property
    def nearest(self) -> tuple[Floats, Floats]:
        """Current and reference share of each entry, as close to each other as their bounds allow."""
        return nearest_points(*self.bounds)

    def sums(self, entries: Floats) -> Floats:
        """Return the sum over each pair's entries, shape (pairs,); NaN for a pair without labels."""
        return self.spread(np.add.reduceat(entries, self._starts) if self._held else entries)

    def largest(self, entries: Floats) -> Floats:
        """Return the maximum over each pair's entries, shape (pairs,); NaN for a pair without labels."""
        return self.spread(np.maximum.reduceat(entries, self._starts) if self._held else entries)

    def largest_at(self, entries: Floats) -> dict[int, str]:
        """Return position of the pair → label of its largest entry, for the pairs that have labels."""
        found = {}
        for position, start, pair in zip(np.flatnonzero(self._filled), self._starts, self._held, strict=True):
            at = int(np.argmax(entries[start : start + len(pair.now)]))
            found[int(position)] = pair.names[at] if at < len(pair.names) else "rare labels together"
        return found

    def largest_place(self, entries: Floats) -> dict[int, int]:
        """Return position of the pair → place of its largest entry among all, for the pairs that have labels."""
        places = zip(np.flatnonzero(self._filled), self._starts, self.entries, strict=True)
        return {int(pair): int(start + np.argmax(entries[start : start + size])) for pair, start, size in places}

    def of_largest(self, now: Floats, then: Floats, count: int) -> tuple[Floats, Floats]:
        """Return the shares of the most frequent labels of each pair, the pool left out.

        Args:
            now: Current shares of all entries.
            then: Reference shares of all entries.
            count: Number of labels per pair.

        Returns:
            Current and reference shares, each of shape (pairs, `count`), by falling sum of the two; NaN where a pair
            has fewer labels.
        """
        pair = np.repeat(np.arange(len(self.entries)), self.entries)
        place = np.arange(len(pair)) - np.repeat(self._starts, self.entries)
        pooled = place == np.repeat(self.entries, self.entries) - 1
        order = np.lexsort((-(now + then), pooled, pair))
        kept = (place < count) & ~pooled  # the pool is sorted behind the labels
        rows = np.flatnonzero(self._filled)[pair[kept]]
        found = np.full((2, len(self.pairs), count), np.nan)
        found[:, rows, place[kept]] = now[order][kept], then[order][kept]
        return found[0], found[1]

    def spread(self, held: Floats) -> Floats:
        """Return values of the pairs that have labels as shape (pairs,); NaN for the others."""
        values = np.full(len(self.pairs), np.nan)
        values[self._filled] = held
        return values


def _flat(parts: Sequence[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)
