"""Many (current, reference) pairs of one kind as arrays, so that a statistic is computed for all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stageprint.features.column import Reference, Shape
from stageprint.features.distribution import Both, Cdf, mass_changes
from stageprint.features.formulas import gaps
from stageprint.features.labels import SideBySide

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Atoms:
    """The masses of two distributions at single values.

    Attributes:
        points: The union of both's values.
        now: Current masses.
        then: Reference masses.
        error: Bound on the error of a change of mass.
    """

    points: Floats
    now: Floats
    then: Floats
    error: float


class Pairs:
    """Pairs of one kind; every array has one entry a pair, NaN where a side does not have the value."""

    def __init__(self, current: Sequence[Shape], reference: Sequence[Reference]) -> None:
        """Keep both sides.

        Args:
            current: The current run's shapes.
            reference: What each is compared with; a shape may occur several times.
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
        """Return a scalar of the current runs."""
        if name not in self._now:
            self._now[name] = np.array([getattr(shape, name) for shape in self.current], dtype=np.float64)
        return self._now[name]

    def then(self, name: str) -> Floats:
        """Return a scalar of the references."""
        if name not in self._then:
            self._then[name] = np.array([reference.scalar(name) for reference in self.reference], dtype=np.float64)
        return self._then[name]

    def inverse(self, count: str) -> Floats:
        """Return 1/n_current + 1/n_reference, the variance of a difference of two means of unit variance."""
        if count not in self._inverse:
            now = self.now(count)
            then = np.array([reference.inverse(count) for reference in self.reference], dtype=np.float64)
            self._inverse[count] = np.where(now > 0, 1.0 / np.where(now > 0, now, 1.0), np.nan) + then
        return self._inverse[count]

    @cached_property
    def scale(self) -> Floats:
        """S of each reference."""
        return np.array([reference.scale for reference in self.reference], dtype=np.float64)

    @cached_property
    def cdfs(self) -> list[tuple[Cdf, Cdf] | None]:
        """Both distributions, or None where a side has no values."""
        return [
            (shape.cdf, reference.cdf) if shape.cdf is not None and reference.cdf is not None else None
            for shape, reference in zip(self.current, self.reference, strict=True)
        ]

    @cached_property
    def side_by_side(self) -> list[Both | None]:
        """Both distributions at the union of their points, or None where a side has no values."""
        return [None if both is None else Both.of(*both) for both in self.cdfs]

    @cached_property
    def atoms(self) -> list[Atoms | None]:
        """Masses at single values, or None where a side has no values."""
        found: list[Atoms | None] = []
        for both, beside in zip(self.cdfs, self.side_by_side, strict=True):
            if both is None or beside is None:
                found.append(None)
            else:
                points, now, then = mass_changes(beside)
                found.append(Atoms(points, now, then, float(np.hypot(both[0].mass_error, both[1].mass_error))))
        return found

    @cached_property
    def labels(self) -> Stack:
        """Label shares side by side, of all pairs in one flat array."""
        return Stack(
            [
                SideBySide.of(shape.labels, reference.labels)
                if shape.labels is not None and reference.labels is not None
                else None
                for shape, reference in zip(self.current, self.reference, strict=True)
            ]
        )


def new_masses(atoms: Atoms, part: float) -> Floats:
    """Return the masses of values that are new, 0 of the others.

    Args:
        atoms: Masses at single values.
        part: A value is new where the reference has at most this part of its mass there, or less than the sketch can
            tell.
    """
    return np.where(atoms.then <= np.maximum(atoms.error, atoms.now * part), atoms.now, 0.0)


class Stack:
    """Pooled label shares of many pairs, one after the other, with the arithmetic over each pair's entries."""

    def __init__(self, pairs: Sequence[SideBySide | None]) -> None:
        """Lay the pairs out.

        Args:
            pairs: One entry a pair; None: a side has no labels.
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
        """(now_low, now_high, then_low, then_high)."""
        return (
            _flat([pair.now_low for pair in self._held]),
            _flat([pair.now_high for pair in self._held]),
            _flat([pair.then_low for pair in self._held]),
            _flat([pair.then_high for pair in self._held]),
        )

    @cached_property
    def nearest(self) -> tuple[Floats, Floats]:
        """The two shares of each entry as near to each other as their bounds allow."""
        return gaps(*self.bounds)

    def sums(self, entries: Floats) -> Floats:
        """Return the sum over each pair's entries."""
        return self.spread(np.add.reduceat(entries, self._starts) if self._held else entries)

    def largest(self, entries: Floats) -> Floats:
        """Return the maximum over each pair's entries."""
        return self.spread(np.maximum.reduceat(entries, self._starts) if self._held else entries)

    def largest_at(self, entries: Floats) -> dict[int, str]:
        """Return the label of each pair's largest entry, by position of the pair."""
        found = {}
        for position, start, pair in zip(np.flatnonzero(self._filled), self._starts, self._held, strict=True):
            at = int(np.argmax(entries[start : start + len(pair.now)]))
            found[int(position)] = pair.names[at] if at < len(pair.names) else "rare labels together"
        return found

    def of_largest(self, now: Floats, then: Floats, count: int) -> tuple[Floats, Floats]:
        """Return the entries of each pair's largest named labels, a row for each pair; NaN beyond those it has.

        Args:
            now: Current shares, in the order of the entries.
            then: Reference shares.
            count: Labels of a pair at most.
        """
        pair = np.repeat(np.arange(len(self.entries)), self.entries)
        place = np.arange(len(pair)) - np.repeat(self._starts, self.entries)
        pooled = place == np.repeat(self.entries, self.entries) - 1
        order = np.lexsort((-(now + then), pooled, pair))
        kept = (place < count) & ~pooled  # the pool is sorted behind the labels, so that its place is the last
        rows = np.flatnonzero(self._filled)[pair[kept]]
        found = np.full((2, len(self.pairs), count), np.nan)
        found[:, rows, place[kept]] = now[order][kept], then[order][kept]
        return found[0], found[1]

    def spread(self, held: Floats) -> Floats:
        """Return one value a pair from one value for each pair that has labels."""
        values = np.full(len(self.pairs), np.nan)
        values[self._filled] = held
        return values


def _flat(parts: Sequence[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)
