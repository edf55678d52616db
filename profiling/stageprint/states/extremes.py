"""The exact smallest and largest value."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pyarrow as pa
import pyarrow.compute as pc
from typing_extensions import Self

from stageprint.batch.decimal_text import decimal_text
from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.model import ORDERED, ColumnKind
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch

MAX_CHARACTERS: Final = 256
"""Number of characters kept of a string."""

_SAMPLED_TEXTS: Final = 256

Extreme = int | float | str | Decimal


class ExtremesState(State):
    """The smallest and the largest value; nulls and NaN are excluded, ±inf included.

    Integers and decimals are exact at any width; dates are days and timestamps microseconds since 1970-01-01. Strings
    are ordered by their UTF-8 bytes, as in Spark, and their first `MAX_CHARACTERS` characters are kept. Where
    `minimum_cut` or `maximum_cut` is set, the true extreme begins with what is kept and is longer: a cut maximum is no
    upper bound.

    Attributes:
        scale: Decimal places of a decimal column.
        minimum_cut: Whether the smallest string is longer than what is kept.
        maximum_cut: Whether the largest string is longer than what is kept.
    """

    name: ClassVar[str] = "extremes"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED | {ColumnKind.STRING}

    def __init__(self, kind: ColumnKind) -> None:
        super().__init__(kind)
        self._low: Any = None
        self._high: Any = None
        self.scale = 0
        self.minimum_cut = False
        self.maximum_cut = False

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:  # noqa: ARG003 -- extremes have no size
        """Return the extremes of no values."""
        return cls(kind)

    @property
    def minimum(self) -> Extreme | None:
        """The smallest value as int, float, Decimal or str; None without values."""
        return self._value(self._low)

    @property
    def maximum(self) -> Extreme | None:
        """The largest value as int, float, Decimal or str; None without values."""
        return self._value(self._high)

    def _value(self, bound: Any) -> Extreme | None:
        if bound is not None and self.kind is ColumnKind.DECIMAL:
            return Decimal(decimal_text(bound, self.scale))
        found: Extreme | None = bound
        return found

    def update(self, batch: ColumnBatch) -> None:
        """Take in the values of one batch."""
        if self.kind is ColumnKind.STRING:
            if len(batch.texts):
                low, high = self._text_bounds(batch.texts.array)
                self._add(
                    low[:MAX_CHARACTERS], high[:MAX_CHARACTERS], len(low) > MAX_CHARACTERS, len(high) > MAX_CHARACTERS
                )
        elif len(batch.sorted_values.doubles):
            (low,), (high,) = batch.sorted_values.values(slice(1)), batch.sorted_values.values(slice(-1, None))
            self._add(low, high, scale=batch.sorted_values.column_scale)

    def _text_bounds(self, texts: pa.Array) -> tuple[str, str]:
        if len(texts) > 4 * _SAMPLED_TEXTS:
            # Comparing with a bound is much faster than finding one, and few texts lie outside the bounds of a sample.
            # The sample includes the last texts, because keys often come in ascending order.
            few = [texts[:_SAMPLED_TEXTS], texts[-_SAMPLED_TEXTS:]]
            low, high = self._text_bounds(pa.concat_arrays(few))
            if self._low is not None:
                low, high = min(low, self._low), max(high, self._high)
            below, above = (pa.scalar(bound, texts.type) for bound in (low, high))
            outside = texts.filter(pc.or_(pc.less(texts, below), pc.greater(texts, above)))
            texts = pa.concat_arrays([*few, outside])
        bounds = pc.min_max(texts).as_py()
        return bounds["min"], bounds["max"]

    def merge(self, other: Self) -> None:
        """Take in the extremes of other values."""
        self._check_mergeable(other)
        if other._low is not None:
            self._add(other._low, other._high, other.minimum_cut, other.maximum_cut, other.scale)

    def _add(self, low: Any, high: Any, low_cut: bool = False, high_cut: bool = False, scale: int = 0) -> None:
        if self._low is None:
            self._low, self._high, self.scale = low, high, scale
            self.minimum_cut, self.maximum_cut = low_cut, high_cut
            return
        if scale != self.scale:
            places = max(scale, self.scale)
            low, high = (bound * 10 ** (places - scale) for bound in (low, high))
            self._low, self._high = (bound * 10 ** (places - self.scale) for bound in (self._low, self._high))
            self.scale = places
        # Of two strings with equal beginnings, the cut one is longer, hence larger.
        self._low, self.minimum_cut = min((self._low, self.minimum_cut), (low, low_cut))
        self._high, self.maximum_cut = max((self._high, self.maximum_cut), (high, high_cut))

    def _payload(self) -> bytes:
        bounds = [bound.hex() if isinstance(bound, float) else bound for bound in (self._low, self._high)]
        return json.dumps([*bounds, self.scale, self.minimum_cut, self.maximum_cut], separators=(",", ":")).encode()

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        low, high, scale, low_cut, high_cut = json.loads(payload)
        state = cls(kind)
        if low is not None:
            wanted = str if kind in {ColumnKind.STRING, ColumnKind.FLOAT} else int
            if any(not isinstance(bound, wanted) for bound in (low, high)):
                message = f"the extremes of a {kind.value} column cannot be {low!r} and {high!r}"
                raise StateError(message)
            if kind is ColumnKind.FLOAT:
                low, high = (float.fromhex(bound) for bound in (low, high))
        state._low, state._high, state.scale = low, high, int(scale)
        state.minimum_cut, state.maximum_cut = bool(low_cut), bool(high_cut)
        return state
