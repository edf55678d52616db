"""Exact counts of every distinct value, while there are few."""

from __future__ import annotations

import heapq
import json
import struct
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import numpy as np
from typing_extensions import Self

from stageprint.batch.decimal_text import decimal_text
from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.model import ORDERED, ColumnKind
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.arrays import Doubles, Longs
    from stageprint.batch.column import ColumnBatch

MAX_VALUES: Final = 1000
"""Largest number of distinct values that are counted."""

_HEADER: Final = struct.Struct("<ciI")
_OVERFLOWED: Final = b"o"
_HIDDEN: Final = b"h"
_LONGS: Final = b"q"
_DOUBLES: Final = b"d"
_WIDE: Final = b"w"


class ValueCount(NamedTuple):
    """A value (an int, a float, a decimal column's Decimal) and the rows that hold it."""

    value: int | float | Decimal
    rows: int


class ValueCountsState(State):
    """Rows of each distinct value while there are at most `MAX_VALUES`; nulls and NaN are excluded.

    With more values the state is overflowed for good and holds nothing. It depends on the values only, not on their
    order or partitions. Dates are days and timestamps microseconds since 1970-01-01.

    Attributes:
        overflowed: Whether there are more than `MAX_VALUES` distinct values, or `hidden`.
        hidden: Whether some value was shared by too few rows to be stored; see `suppress`.
        scale: Decimal places of a decimal column.
    """

    name: ClassVar[str] = "value_counts"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    forgets_rare_values: ClassVar[bool] = True

    def __init__(self, kind: ColumnKind) -> None:
        super().__init__(kind)
        self.overflowed = self.hidden = False
        self.scale = 0
        # Decimals are counted by unscaled value: all but floats are exact integers.
        self._counts: dict[int | float, int] = {}

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:  # noqa: ARG003 -- the limit is fixed
        """Return the counts of no values."""
        return cls(kind)

    @property
    def distinct(self) -> int | None:
        """Number of distinct values; None once overflowed."""
        return None if self.overflowed else len(self._counts)

    def arrays(self) -> tuple[Doubles, Longs]:
        """Return the values as doubles, ascending, and their counts; both empty once overflowed."""
        ordered = sorted(self._counts)
        unit = 10**self.scale
        # Python's division of integers gives the nearest double, however many digits they have.
        doubles = np.array([value / unit if self.scale else float(value) for value in ordered], np.float64)
        return doubles, np.array([self._counts[value] for value in ordered], np.int64)

    def items(self, top: int | None = None) -> list[ValueCount]:
        """Return the `top` most frequent values (None: all) by falling count, then by value; none once overflowed."""
        pairs = self._counts.items() if top is None or top >= len(self._counts) else self._foremost(top)
        ordered = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
        return [ValueCount(self._typed(value), count) for value, count in ordered]

    def _foremost(self, top: int) -> list[tuple[int | float, int]]:
        """Return the `top` pairs that come first in `items`, in any order, without sorting all."""
        if top < 1:
            return []
        cut = heapq.nlargest(top, self._counts.values())[-1]
        above = [pair for pair in self._counts.items() if pair[1] > cut]
        level = heapq.nsmallest(top - len(above), (value for value, count in self._counts.items() if count == cut))
        return above + [(value, cut) for value in level]

    def frequencies(self) -> list[int]:
        """Return the rows of each distinct value, in no particular order; empty once overflowed."""
        return list(self._counts.values())

    def _typed(self, value: int | float) -> int | float | Decimal:
        if self.kind is ColumnKind.DECIMAL:
            return Decimal(decimal_text(int(value), self.scale))
        return value

    def update(self, batch: ColumnBatch) -> None:
        """Count the values of one batch."""
        if self.overflowed:
            return
        ordered = batch.sorted_values
        if ordered.counts is None or len(ordered.counts) > MAX_VALUES:
            self._overflow()
        elif len(ordered.counts):
            self._add(dict(zip(ordered.values(), ordered.counts.tolist(), strict=True)), ordered.column_scale)

    def merge(self, other: Self) -> None:
        """Add the counts of other rows."""
        self._check_mergeable(other)
        self.hidden = self.hidden or other.hidden
        if self.hidden or other.overflowed:
            self._overflow()
        elif not self.overflowed and other._counts:
            self._add(other._counts, other.scale)

    def _add(self, counts: dict[int | float, int], scale: int) -> None:
        if scale != self.scale:
            places = max(scale, self.scale)
            counts = {value * 10 ** (places - scale): count for value, count in counts.items()}
            self._counts = {value * 10 ** (places - self.scale): count for value, count in self._counts.items()}
            self.scale = places
        own = self._counts
        for value, count in counts.items():
            own[value] = own.get(value, 0) + count
        if len(own) > MAX_VALUES:
            self._overflow()

    def suppress(self, minimum: int) -> None:
        """Forget all values if one of them is shared by fewer than `minimum` rows."""
        if any(count < minimum for count in self._counts.values()):
            self.hidden = True
            self._overflow()

    def _overflow(self) -> None:
        self.overflowed = True
        self.scale = 0
        self._counts = {}

    def _payload(self) -> bytes:
        if self.overflowed:
            return _HEADER.pack(_HIDDEN if self.hidden else _OVERFLOWED, 0, 0)
        values = sorted(self._counts)
        counts = [self._counts[value] for value in values]
        if self.kind is ColumnKind.FLOAT:
            return _HEADER.pack(_DOUBLES, 0, len(values)) + struct.pack(
                f"<{len(values)}d{len(values)}q", *values, *counts
            )
        try:
            body = struct.pack(f"<{2 * len(values)}q", *values, *counts)
            return _HEADER.pack(_LONGS, self.scale, len(values)) + body
        except struct.error:  # a value of more than 64 bits
            wide = json.dumps([values, counts], separators=(",", ":")).encode()
            return _HEADER.pack(_WIDE, self.scale, len(values)) + wide

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        state = cls(kind)
        tag, state.scale, size = _HEADER.unpack_from(payload)
        body = payload[_HEADER.size :]
        if tag in {_OVERFLOWED, _HIDDEN}:
            state.overflowed, state.hidden = True, tag == _HIDDEN
            return state
        if tag == _WIDE:
            values, counts = json.loads(body)
        elif tag == (_DOUBLES if kind is ColumnKind.FLOAT else _LONGS):
            values, counts = np.frombuffer(body, "<i8").reshape(2, size)
            values = (values.view("<f8") if tag == _DOUBLES else values).tolist()
            counts = counts.tolist()
        else:
            message = f"the value counts of a {kind.value} column cannot be of type {tag!r}"
            raise StateError(message)
        state._counts = dict(zip(values, counts, strict=True))
        return state
