"""The exact sum of integers or decimals."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from typing_extensions import Self

from stageprint.batch.decimal_text import decimal_text
from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.model import ColumnKind
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch
    from stageprint.batch.sorted_values import SortedValues

_LONG_LIMIT: Final = 1 << 63
_LOW_HALF: Final = 0xFFFFFFFF


class SumsState(State):
    """Exact sum of all non-null values, whatever their width and number.

    Attributes:
        n: Number of values.
        scale: Decimal places of a decimal column.
    """

    name: ClassVar[str] = "sums"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.INTEGER, ColumnKind.DECIMAL})

    def __init__(self, kind: ColumnKind, n: int = 0, unscaled: int = 0, scale: int = 0) -> None:
        super().__init__(kind)
        self.n, self._unscaled, self.scale = n, unscaled, scale

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:  # noqa: ARG003 -- a sum has no size
        """Return the sum of no values."""
        return cls(kind)

    @property
    def total(self) -> int | Decimal | None:
        """The sum as int, or as Decimal with the column's decimal places; None without values."""
        if not self.n:
            return None
        if self.kind is ColumnKind.DECIMAL:
            return Decimal(decimal_text(self._unscaled, self.scale))
        return self._unscaled

    def update(self, batch: ColumnBatch) -> None:
        """Add the values of one batch."""
        ordered = batch.sorted_values
        if len(ordered.doubles):
            self._add(
                ordered.rows, _total(ordered) * 10 ** (ordered.column_scale - ordered.scale), ordered.column_scale
            )

    def merge(self, other: Self) -> None:
        """Add the sum of other values."""
        self._check_mergeable(other)
        if other.n:
            self._add(other.n, other._unscaled, other.scale)

    def _add(self, n: int, unscaled: int, scale: int) -> None:
        places = max(scale, self.scale)
        self._unscaled = self._unscaled * 10 ** (places - self.scale) + unscaled * 10 ** (places - scale)
        self.n += n
        self.scale = places

    def _payload(self) -> bytes:
        return json.dumps([self.n, str(self._unscaled), self.scale], separators=(",", ":")).encode()

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        n, unscaled, scale = json.loads(payload)
        if not (isinstance(n, int) and isinstance(scale, int) and isinstance(unscaled, str)):
            message = f"the sum of a {kind.value} column cannot be {unscaled!r} of {n!r} values with {scale!r} places"
            raise StateError(message)
        return cls(kind, n, int(unscaled), scale)


def _total(ordered: SortedValues) -> int:
    """Return the sum of the unscaled values of at least one row."""
    ints, counts = ordered.exact, ordered.counts
    if ints.dtype == object:
        return int(ints.sum() if counts is None else ints @ counts)
    largest = max(abs(int(ints[0])), abs(int(ints[-1])))
    if largest * ordered.rows < _LONG_LIMIT:
        return int(ints.sum() if counts is None else ints @ counts)
    # Sums of 32-bit halves do not overflow for up to 2^31 rows.
    halves = ((ints >> 32).astype(np.int64), (ints & _LOW_HALF).astype(np.int64))
    high, low = (int(half.sum() if counts is None else half @ counts) for half in halves)
    return (high << 32) + low
