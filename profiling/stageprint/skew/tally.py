"""Counts of how one column differs between two sides, row by row; small whatever the number of rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

TOLERANCE: Final = 1e-9
"""Relative difference up to which two floats count as equal: two codebases add in different orders."""

MAX_EXAMPLES: Final = 3

_KEPT_ENTRIES: Final = 64
_MAX_ENTRIES: Final = 4096
_SIGNIFICANT_DIGITS: Final = 6

ROUNDING_DIGITS: Final = range(-2, 7)
"""Decimal places that a rounding is looked for with; below 0, multiples of 10 and 100. In ascending order."""

Doubles: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

DifferenceExample: TypeAlias = tuple[float, str, str | None, str | None]
"""Size of a difference, the row's key, the value on the left and on the right."""


@dataclass
class DifferenceTally:
    """Counts of what the pairs of one column have in common; both sides have the same type.

    Its size does not grow with the number of rows: of long counters the most frequent entries are kept.

    Attributes:
        rows: Pairs taken in.
        differing: Pairs that differ, including those with a null on one side only.
        left_null: Pairs that are null on the left only.
        right_null: Pairs that are null on the right only.
        offsets: Right − left of unequal numbers → pairs.
        factors: Right ÷ left of unequal numbers → pairs.
        seconds: Right − left of unequal dates or timestamps, in seconds → pairs.
        label_pairs: Unequal texts or booleans (left, right) → pairs.
        equal_labels: Label → pairs in which both sides have it.
        fills: Value on the right, the left being null → pairs.
        losses: Value on the left, the right being null → pairs.
        rounded: ``DIGITS SIDE`` → pairs in which that side is the other one, rounded to so many decimal places.
        spellings: ``case``, ``whitespace`` or ``case_and_whitespace`` → pairs that differ in nothing else.
        examples: The largest differences, at most `MAX_EXAMPLES`.
    """

    rows: int = 0
    differing: int = 0
    left_null: int = 0
    right_null: int = 0
    offsets: Counter[float] = field(default_factory=Counter)
    factors: Counter[float] = field(default_factory=Counter)
    seconds: Counter[float] = field(default_factory=Counter)
    label_pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    equal_labels: Counter[str] = field(default_factory=Counter)
    fills: Counter[str] = field(default_factory=Counter)
    losses: Counter[str] = field(default_factory=Counter)
    rounded: Counter[str] = field(default_factory=Counter)
    spellings: Counter[str] = field(default_factory=Counter)
    examples: list[DifferenceExample] = field(default_factory=list)

    def update(self, left: pa.Array, right: pa.Array, keys: pa.Array) -> None:
        """Take in the pairs of some rows.

        Args:
            left: Values on the left.
            right: Values on the right, of the same type and length.
            keys: The rows' keys as text, for the examples.
        """
        has_left, has_right = _present(left), _present(right)
        both = has_left & has_right
        unequal = np.zeros(len(left), np.bool_)
        unequal[both] = _unequal(left.filter(pa.array(both)), right.filter(pa.array(both)))
        only_right, only_left = has_right & ~has_left, has_left & ~has_right
        self.rows += len(left)
        self.left_null += int(only_right.sum())
        self.right_null += int(only_left.sum())
        self.differing += int((unequal | only_right | only_left).sum())
        if _is_label(left.type):
            self.equal_labels.update(_texts(left, both & ~unequal))
        self.fills.update(_texts(right, only_right))
        self.losses.update(_texts(left, only_left))
        sizes = np.zeros(len(left))
        if unequal.any():
            chosen = pa.array(unequal)
            sizes[unequal] = self._differences(left.filter(chosen), right.filter(chosen))
        self._add_examples(left, right, keys, sizes, unequal | only_left | only_right)
        self._shrink(_MAX_ENTRIES)

    def merge(self, other: DifferenceTally) -> None:
        """Take in the pairs of other rows."""
        self.rows += other.rows
        self.differing += other.differing
        self.left_null += other.left_null
        self.right_null += other.right_null
        for mine, theirs in zip(self._counters(), other._counters(), strict=True):
            mine.update(theirs)
        self.examples = sorted([*self.examples, *other.examples], key=_order)[:MAX_EXAMPLES]
        self._shrink(_MAX_ENTRIES)

    def to_json(self) -> str:
        """Return the tally as JSON; of long counters only the most frequent entries: rare ones explain little."""
        self._shrink(_KEPT_ENTRIES)
        counters = [[[key, count] for key, count in counter.items()] for counter in self._counters()]
        return json.dumps([self.rows, self.differing, self.left_null, self.right_null, counters, self.examples])

    @classmethod
    def from_json(cls, text: str) -> DifferenceTally:
        """Read what `to_json` wrote."""
        rows, differing, left_null, right_null, counters, examples = json.loads(text)
        tally = cls(rows, differing, left_null, right_null)
        for counter, stored in zip(tally._counters(), counters, strict=True):
            counter.update({tuple(key) if isinstance(key, list) else key: count for key, count in stored})
        tally.examples = [tuple(example) for example in examples]
        return tally

    def _counters(self) -> list[Counter[Any]]:
        return [
            *(self.offsets, self.factors, self.seconds, self.label_pairs, self.equal_labels),
            *(self.fills, self.losses, self.rounded, self.spellings),
        ]

    def _shrink(self, most: int) -> None:
        # A dropped entry may be counted too low later, never too high; frequent entries are not dropped.
        for counter in self._counters():
            if len(counter) > most:
                kept = counter.most_common(_KEPT_ENTRIES)
                counter.clear()
                counter.update(dict(kept))

    def _differences(self, left: pa.Array, right: pa.Array) -> Doubles:
        """Count what unequal pairs have in common; return the size of each difference (1 for texts and booleans)."""
        if pa.types.is_temporal(left.type):
            seconds = _seconds(right) - _seconds(left)
            self.seconds.update(_counted(seconds))
            return np.abs(seconds)
        if pa.types.is_integer(left.type) or pa.types.is_floating(left.type):
            return self._number_differences(_doubles(left), _doubles(right))
        self.label_pairs.update(zip(_texts(left), _texts(right), strict=True))
        if not pa.types.is_boolean(left.type):
            self._spelling_differences(left, right)
        return np.ones(len(left))

    def _number_differences(self, left: Doubles, right: Doubles) -> Doubles:
        finite = np.isfinite(left) & np.isfinite(right)
        sizes = np.full(len(left), np.inf)
        one, other = left[finite], right[finite]
        sizes[finite] = np.abs(other - one)
        self.offsets.update(_counted(_significant(other - one)))
        nonzero = one != 0
        self.factors.update(_counted(_significant(other[nonzero] / one[nonzero])))
        for digits in ROUNDING_DIGITS:
            for name, fine, coarse in (("right", one, other), ("left", other, one)):
                # Languages round halves differently; a difference of more than half a unit is no rounding.
                unit = 10.0**-digits
                nearest = np.abs(fine - coarse) <= 0.5 * unit * (1 + 1e-6)
                multiple = np.abs(np.round(coarse / unit) * unit - coarse) <= 1e-6 * unit
                self.rounded[f"{digits} {name}"] += int((nearest & multiple).sum())
        return sizes

    def _spelling_differences(self, left: pa.Array, right: pa.Array) -> None:
        folded = [pc.utf8_lower(side) for side in (left, right)]
        trimmed = [pc.utf8_trim_whitespace(side) for side in (left, right)]
        both = [pc.utf8_lower(side) for side in trimmed]
        self.spellings["case"] += pc.sum(pc.equal(*folded)).as_py() or 0
        self.spellings["whitespace"] += pc.sum(pc.equal(*trimmed)).as_py() or 0
        self.spellings["case_and_whitespace"] += pc.sum(pc.equal(*both)).as_py() or 0

    def _add_examples(self, left: pa.Array, right: pa.Array, keys: pa.Array, sizes: Doubles, chosen: Bools) -> None:
        at = np.flatnonzero(chosen)
        at = at[np.argsort(-sizes[at], kind="stable")][:MAX_EXAMPLES]
        for row in at.tolist():
            one, other = (None if value is None else str(value) for value in (left[row].as_py(), right[row].as_py()))
            self.examples.append((float(sizes[row]), keys[row].as_py(), one, other))
        self.examples = sorted(self.examples, key=_order)[:MAX_EXAMPLES]


def _is_label(found: pa.DataType) -> bool:
    return bool(pa.types.is_boolean(found) or pa.types.is_string(found) or pa.types.is_large_string(found))


def _present(array: pa.Array) -> Bools:
    present: Bools = array.is_valid().to_numpy(zero_copy_only=False)
    return present


def _unequal(left: pa.Array, right: pa.Array) -> Bools:
    if not len(left):
        return np.zeros(0, np.bool_)
    different: Bools = pc.not_equal(left, right).to_numpy(zero_copy_only=False)
    if pa.types.is_floating(left.type):
        one, other = _doubles(left), _doubles(right)
        with np.errstate(invalid="ignore"):
            near = np.abs(one - other) <= TOLERANCE * np.maximum(np.abs(one), np.abs(other))
        near &= np.isfinite(one) & np.isfinite(other)
        return different & ~near & ~(np.isnan(one) & np.isnan(other))
    return different


def _doubles(array: pa.Array) -> Doubles:
    values: Doubles = array.to_numpy(zero_copy_only=False).astype(np.float64)
    return values


def _seconds(array: pa.Array) -> Doubles:
    if pa.types.is_date(array.type):
        return _doubles(array.cast(pa.date32()).view(pa.int32())) * 86_400.0
    target = pa.timestamp("us", array.type.tz)
    return _doubles(array.cast(target).view(pa.int64())) / 1e6


def _significant(values: Doubles) -> Doubles:
    """Return values rounded to 6 significant digits, which removes the noise of the subtraction or division before."""
    with np.errstate(divide="ignore"):
        digits = np.where(values == 0, 0.0, np.floor(np.log10(np.abs(values))))
    unit = 10.0 ** (_SIGNIFICANT_DIGITS - 1 - digits)
    rounded: Doubles = np.round(values * unit) / unit
    return rounded


def _counted(values: Doubles) -> dict[float, int]:
    distinct, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    return dict(zip(distinct.tolist(), counts.tolist(), strict=True))


def _texts(array: pa.Array, chosen: Bools | None = None) -> Iterable[str]:
    kept = array if chosen is None else array.filter(pa.array(chosen))
    return [str(value) for value in kept.to_pylist()]


def _order(example: DifferenceExample) -> tuple[float, str]:
    return -example[0], example[1]
