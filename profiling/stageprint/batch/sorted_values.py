"""The sorted values of a column with their counts: what every state of an ordered column is updated from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stageprint.batch.arrays import Doubles, Longs

ALWAYS_COUNTED_VALUES: Final = 1024
"""Up to this number of distinct values, `SortedValues` always has counts."""

EXACT_DOUBLE_LIMIT: Final = 10**15
"""A decimal whose unscaled value is smaller in magnitude has at most 15 digits, and a double represents it exactly."""

_FIRST_VALUES: Final = 256
_MAX_OFFSET: Final = (1 << 32) - 1

_MAX_LONG: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class SortedValues:
    """The values of an ordered column in ascending order, without nulls and NaN.

    Attributes:
        doubles: The values as doubles, shape (n,); ±inf are included, −0.0 is 0.0.
        counts: Rows of each value, shape (n,), the values being distinct. None where each entry is one row, which is
            the case where most of more than `ALWAYS_COUNTED_VALUES` values are distinct.
        ints: Exact values of all kinds but float, shape (n,): integers, days, microseconds, unscaled decimals. Of
            dtype object where they need more than 64 bits. None for floats.
        scale: Decimal places of `ints`: a value is ``ints / 10**scale``.
        column_scale: Decimal places of the column's type; larger than `scale` where no value uses them all.
    """

    doubles: Doubles
    counts: Longs | None
    ints: npt.NDArray[Any] | None = None
    scale: int = 0
    column_scale: int = 0

    def values(self, at: slice = slice(None)) -> list[Any]:
        """Return exact values as Python integers or floats; decimals unscaled, with all places of the column."""
        found: list[Any] = self.exact[at].tolist()
        factor = 10 ** (self.column_scale - self.scale)
        return found if factor == 1 else [value * factor for value in found]

    @property
    def exact(self) -> npt.NDArray[Any]:
        """`ints` where there are any, else `doubles`."""
        return self.doubles if self.ints is None else self.ints

    @property
    def rows(self) -> int:
        """Number of rows with a value."""
        return len(self.doubles) if self.counts is None else int(self.counts.sum())

    def rows_in(self, start: int, stop: int) -> int:
        """Return the number of rows of the entries ``start:stop``."""
        return stop - start if self.counts is None else int(self.counts[start:stop].sum())

    def finite(self) -> tuple[Doubles, Longs | None]:
        """Return the values without ±inf, and their counts."""
        start = int(np.searchsorted(self.doubles, -np.inf, "right"))
        stop = int(np.searchsorted(self.doubles, np.inf, "left"))
        return self.doubles[start:stop], None if self.counts is None else self.counts[start:stop]


def sort_doubles(values: npt.NDArray[Any]) -> SortedValues:
    """Return the sorted values of floats of any width; NaN is left out."""
    ordered = values.astype(np.float64, copy=False) + 0.0  # a copy, in which −0.0 is 0.0
    ordered.sort()
    ordered = ordered[: int(np.searchsorted(ordered, np.nan))]  # NaN sorts behind everything
    doubles, counts = _compressed(ordered)
    return SortedValues(doubles, counts)


def sort_ints(values: npt.NDArray[Any], scale: int = 0, column_scale: int = 0) -> SortedValues:
    """Return the sorted values of integers, of dtype int64, uint64 or object.

    Args:
        values: Integers, or unscaled decimals.
        scale: Decimal places of `values`.
        column_scale: Decimal places of the column's type.
    """
    if not len(values):
        return SortedValues(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), scale, column_scale)
    if values.dtype != object:
        low, high = int(values.min()), int(values.max())
        if values.dtype == np.uint64 and high <= _MAX_LONG:
            values = values.view(np.int64)
        if high - low < max(ALWAYS_COUNTED_VALUES, 2 * len(values)) and values.dtype == np.int64:
            # Counting is faster than sorting while the values lie close together: codes, ages, dates, cents.
            table = np.bincount(values - low)
            used = np.flatnonzero(table)
            ints = used + low
            return SortedValues(_scaled(ints, scale), table[used], ints, scale, column_scale)
    ints, counts = _compressed(values if _is_sorted(values) else _ascending(values))
    return SortedValues(_scaled(ints, scale), counts, ints, scale, column_scale)


def _ascending(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return values sorted; numbers that lie within 32 bits of each other as such, in half of the time."""
    if values.dtype != np.int64:
        return np.sort(values)
    low = int(values.min())
    if int(values.max()) - low > _MAX_OFFSET:
        return np.sort(values)
    offsets = (values - low).astype(np.uint32)
    offsets.sort()
    return offsets.astype(np.int64) + low


def _is_sorted(values: npt.NDArray[Any]) -> bool:
    """Tell whether values are ascending, as the keys and times of many tables are; the first ones rule out most."""
    return bool(np.all(values[:_FIRST_VALUES][1:] >= values[:_FIRST_VALUES][:-1]) and np.all(values[1:] >= values[:-1]))


def fits_double(ints: Longs) -> npt.NDArray[np.bool_]:
    """Return which unscaled decimals have at most 15 digits, so that division by a power of ten is exact."""
    return (ints > -EXACT_DOUBLE_LIMIT) & (ints < EXACT_DOUBLE_LIMIT)


def counted(ordered: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Longs]:
    """Return the distinct values of a sorted array that is not empty, with their counts."""
    starts = group_starts(ordered)
    return ordered[starts], np.diff(starts, append=len(ordered))


def group_starts(ordered: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return the position of the first of each group of equal values in a sorted array that is not empty."""
    return np.concatenate(([0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))


def _compressed(ordered: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Longs | None]:
    """Return distinct values with counts, or the sorted array itself where most of its values are distinct."""
    if not len(ordered):
        return ordered, np.empty(0, np.int64)
    changes = ordered[1:] != ordered[:-1]
    distinct = int(np.count_nonzero(changes)) + 1
    if distinct > ALWAYS_COUNTED_VALUES and 2 * distinct > len(ordered):
        return ordered, None
    return counted(ordered)


def _scaled(ints: npt.NDArray[Any], scale: int) -> Doubles:
    """Return the double nearest to each ``ints / 10**scale``."""
    if not scale:
        return ints.astype(np.float64)
    if ints.dtype == object:
        inexact = np.arange(len(ints))
        doubles = np.empty(len(ints))
    else:
        # Both sides of the division are exact up to 15 digits and 10^22: then the quotient is the nearest double.
        doubles = ints / 10.0**scale
        inexact = np.flatnonzero(~fits_double(ints))
    # Python's integer division rounds correctly, whatever the size.
    doubles[inexact] = [value / 10**scale for value in ints[inexact].tolist()]
    return doubles
