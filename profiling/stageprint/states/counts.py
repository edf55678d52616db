"""Exact counts of rows, nulls, and missing or special values."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from typing_extensions import Self

from stageprint.config.sketches import SketchSettings
from stageprint.model import ALL_KINDS, NUMERIC, SIZED, ColumnKind
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch
    from stageprint.batch.sorted_values import SortedValues
    from stageprint.batch.texts import Texts

# Written into stored bytes in this order: only append, with a new version.
_FIELDS: Final = (
    "rows",
    "nulls",
    "nan",
    "positive_inf",
    "negative_inf",
    "zeros",
    "negatives",
    "empties",
    "blanks",
    "trues",
    "falses",
)
_LAYOUT: Final = struct.Struct(f"<{len(_FIELDS)}q")


class CountsState(State):
    """Exact counts; those that do not apply to the column's kind stay 0.

    Attributes:
        rows: Rows, nulls included.
        nulls: Rows without a value.
        nan: NaN of a float column; NaN is not null, and no other count includes it.
        positive_inf: +∞.
        negative_inf: −∞.
        zeros: Zeros of a numeric column, −0.0 included.
        negatives: Values below zero of a numeric column, −∞ included.
        empties: Empty strings, binary values, arrays and maps.
        blanks: Strings of white space only, not empty.
        trues: True values of a boolean column.
        falses: False values.
    """

    name: ClassVar[str] = "counts"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS

    def __init__(self, kind: ColumnKind) -> None:
        super().__init__(kind)
        self.rows = self.nulls = self.nan = self.positive_inf = self.negative_inf = 0
        self.zeros = self.negatives = self.empties = self.blanks = self.trues = self.falses = 0

    @property
    def rows_only(self) -> bool:
        """Whether only rows and nulls were counted, as of a sensitive column; all other counts are then 0."""
        return self.kind is ColumnKind.OTHER

    @property
    def values(self) -> int:
        """Rows with a value that is neither null nor NaN."""
        return self.rows - self.nulls - self.nan

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:  # noqa: ARG003 -- counts have no size
        """Return the counts of no rows."""
        return cls(kind)

    def add_rows(self, rows: int, nulls: int) -> None:
        """Count rows without looking at their values, as for a key."""
        self.rows += rows
        self.nulls += nulls

    def update(self, batch: ColumnBatch) -> None:
        """Count the rows of one batch."""
        self.add_rows(batch.rows, batch.nulls)
        if self.kind in NUMERIC:
            self.nan += batch.nan
            self._add_numbers(batch.sorted_values)
        elif self.kind is ColumnKind.STRING:
            self._add_texts(batch.texts)
        elif self.kind in SIZED:
            lengths, counts = batch.lengths
            self.empties += int(np.count_nonzero(lengths == 0) if counts is None else counts[lengths == 0].sum())
        elif self.kind is ColumnKind.BOOLEAN:
            self.trues += batch.trues
            self.falses += batch.rows - batch.nulls - batch.trues

    def _add_numbers(self, ordered: SortedValues) -> None:
        # The values are ascending: each count is the rows between two positions found by bisection.
        low, high, end = -np.inf, np.inf, len(ordered.doubles)
        finite, zero, infinite = np.searchsorted(ordered.doubles, (np.nextafter(low, 0), 0.0, high)).tolist()
        positive = int(np.searchsorted(ordered.doubles, 0.0, "right"))
        self.negative_inf += ordered.rows_in(0, finite)
        self.negatives += ordered.rows_in(0, zero)
        self.zeros += ordered.rows_in(zero, positive)
        self.positive_inf += ordered.rows_in(infinite, end)

    def _add_texts(self, texts: Texts) -> None:
        self.empties += texts.rows_where(texts.lengths == 0)
        self.blanks += texts.rows_where(texts.blank)

    def merge(self, other: Self) -> None:
        """Add the counts of other rows."""
        self._check_mergeable(other)
        for field in _FIELDS:
            setattr(self, field, getattr(self, field) + getattr(other, field))

    def _payload(self) -> bytes:
        return _LAYOUT.pack(*(getattr(self, field) for field in _FIELDS))

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        state = cls(kind)
        vars(state).update(zip(_FIELDS, _LAYOUT.unpack(payload), strict=True))
        return state
