"""Base of the calendar histograms: a fixed number of exact counts."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from stageprint.config.sketches import SketchSettings
from stageprint.model import ColumnKind
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.arrays import Longs


class CalendarState(State):
    """A histogram of `size` bins.

    Attributes:
        bins: Rows in each bin.
    """

    size: ClassVar[int]

    def __init__(self, kind: ColumnKind) -> None:
        super().__init__(kind)
        self.bins = [0] * self.size

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:  # noqa: ARG003 -- the size is the calendar's
        """Return the histogram of no rows."""
        return cls(kind)

    def _add(self, places: npt.NDArray[Any], counts: Longs | None) -> None:
        found = np.bincount(places, weights=counts, minlength=self.size).astype(np.int64).tolist()
        self.bins = [old + new for old, new in zip(self.bins, found, strict=True)]

    def merge(self, other: Self) -> None:
        """Add the counts of other rows."""
        self._check_mergeable(other)
        self.bins = [old + new for old, new in zip(self.bins, other.bins, strict=True)]

    def _payload(self) -> bytes:
        return struct.pack(f"<{self.size}q", *self.bins)

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        state = cls(kind)
        state.bins = list(struct.unpack(f"<{cls.size}q", payload))
        return state
