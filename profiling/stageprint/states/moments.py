"""Count, mean and central moments of second to fourth order, unnormalised."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from typing_extensions import Self

from stageprint.config.sketches import SketchSettings
from stageprint.model import ORDERED, ColumnKind
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.arrays import Doubles, Longs
    from stageprint.batch.column import ColumnBatch

_LAYOUT: Final = struct.Struct("<q4d")


class MomentsState(State):
    """Moments of the finite values; dates in days, timestamps in microseconds since 1970-01-01.

    Each batch is centred on its own mean and merged by the formulas of Chan, Golub & LeVeque (1979) and Pébay (2008,
    SAND2008-6212), because the textbook sum of squares loses the variance of values far from zero. Values from about
    1e77 overflow the fourth power; the sums are then infinite or NaN.

    Attributes:
        n: Number of finite values.
        mean: Their mean; 0.0 without values.
        m2: Sum of squared differences from the mean.
        m3: Sum of cubed differences from the mean.
        m4: Sum of fourth powers of the differences from the mean.
    """

    name: ClassVar[str] = "moments"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED

    def __init__(
        self, kind: ColumnKind, n: int = 0, mean: float = 0.0, m2: float = 0.0, m3: float = 0.0, m4: float = 0.0
    ) -> None:
        super().__init__(kind)
        self.n, self.mean, self.m2, self.m3, self.m4 = n, mean, m2, m3, m4

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:  # noqa: ARG003 -- moments have no size
        """Return the moments of no values."""
        return cls(kind)

    def update(self, batch: ColumnBatch) -> None:
        """Take in the finite values of one batch."""
        values, counts = batch.sorted_values.finite()
        if len(values):
            self._add(*_centred(values, counts))

    def merge(self, other: Self) -> None:
        """Take in the moments of other values."""
        self._check_mergeable(other)
        self._add(other.n, other.mean, other.m2, other.m3, other.m4)

    def _add(self, n: int, mean: float, m2: float, m3: float, m4: float) -> None:
        if not self.n or not n:
            if n:
                self.n, self.mean, self.m2, self.m3, self.m4 = n, mean, m2, m3, m4
            return
        total = self.n + n
        delta = mean - self.mean
        step = delta / total
        own, new = float(self.n), float(n)
        self.m4 += (
            m4
            + delta * step * step * step * own * new * (own * own - own * new + new * new)
            + 6.0 * step * step * (own * own * m2 + new * new * self.m2)
            + 4.0 * step * (own * m3 - new * self.m3)
        )
        self.m3 += m3 + delta * step * step * own * new * (own - new) + 3.0 * step * (own * m2 - new * self.m2)
        self.m2 += m2 + delta * step * own * new
        self.mean += step * new
        self.n = total

    def _payload(self) -> bytes:
        return _LAYOUT.pack(self.n, self.mean, self.m2, self.m3, self.m4)

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        return cls(kind, *_LAYOUT.unpack(payload))


def _centred(values: Doubles, counts: Longs | None) -> tuple[int, float, float, float, float]:
    n = len(values) if counts is None else int(counts.sum())
    if values[0] == values[-1]:
        # Ascending, so all are equal: the sums are 0, without the rounding error of computing them.
        return n, float(values[0]), 0.0, 0.0, 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        weights = None if counts is None else counts.astype(np.float64)
        centre = _total(values, weights) / n
        first = values - centre
        second = first * first
        s1, s2 = _total(first, weights), _total(second, weights)
        s3, s4 = _total(second * first, weights), _total(second * second, weights)
        # `centre` is a rounded mean; this corrects the sums for the rounding.
        rest = s1 / n
        m2 = s2 - rest * s1
        m3 = s3 - 3.0 * rest * s2 + 2.0 * rest * rest * s1
        m4 = s4 - 4.0 * rest * s3 + 6.0 * rest * rest * s2 - 3.0 * rest * rest * rest * s1
    return n, centre + rest, max(m2, 0.0), m3, max(m4, 0.0)


def _total(values: Doubles, weights: Doubles | None) -> float:
    # Unlike a dot product, numpy's sum adds pairwise, which keeps rounding errors small.
    return float((values if weights is None else values * weights).sum())
