"""Training–serving skew row by row: the same key on two sides, one column, where do they differ and how.

A `Tally` holds what is known of one column's pairs so far. It is small whatever the number of rows, merges with those
of other rows, and at the end suspects what was done to the values: an offset, a factor, rounding, another clock,
another spelling, nulls that became a value.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stageprint.model import TableKey

TOLERANCE: Final = 1e-9
"""Relative difference up to which two floats are taken for the same: two codebases add in different orders."""

EXPLAINED: Final = 0.95
"""Share of the rows in question that a transformation must account for to be suspected."""

EXAMPLES: Final = 3

_KEPT: Final = 64
_MOST: Final = 4096
_DIGITS: Final = range(-2, 7)
_SIGNIFICANT: Final = 6
_HOUR: Final = 3600.0

Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Suspicion:
    """What seems to have been done to a column's values.

    Attributes:
        kind: ``null_to_value``, ``value_to_null``, ``offset``, ``factor``, ``rounding``, ``shifted_hours``, ``case``,
            ``whitespace``, ``case_and_whitespace`` or ``recoded``.
        rows: Rows it accounts for.
        share: Their share of the rows in question (0–1): of those with a null on that side, or of those that differ.
        sentence: The same in words.
    """

    kind: str
    rows: int
    share: float
    sentence: str


@dataclass(frozen=True)
class Example:
    """One row that differs: its key and both values, as text."""

    key: str
    left: str | None
    right: str | None


@dataclass(frozen=True)
class ColumnSkew:
    """One column on both sides.

    Attributes:
        column: Its name on the left.
        left_type: Spark SQL's type on the left.
        right_type: The same on the right.
        rows: Rows compared: keys that stand once on either side.
        differing: Rows that differ, those with a null on one side alone included.
        left_null: Rows that are null on the left alone.
        right_null: Rows that are null on the right alone.
        suspicions: What seems to have been done, the most rows first.
        examples: The largest differences; none for a sensitive column.
        reason: Why it was not compared; None where it was.
    """

    column: str
    left_type: str
    right_type: str
    rows: int = 0
    differing: int = 0
    left_null: int = 0
    right_null: int = 0
    suspicions: tuple[Suspicion, ...] = ()
    examples: tuple[Example, ...] = ()
    reason: str | None = None

    @property
    def share(self) -> float | None:
        """Share of the compared rows that differ, 0–1; None where none was compared."""
        return self.differing / self.rows if self.rows else None


@dataclass(frozen=True)
class TableSkew:
    """Two tables joined by their keys.

    Attributes:
        left: Table on the left, such as the training features.
        right: Table on the right, such as the serving log.
        keys: Key columns, as the left table declares them.
        left_rows: Rows on the left.
        right_rows: Rows on the right.
        matched: Keys that stand once on either side; what the columns are compared on.
        left_only: Rows on the left whose key is not on the right.
        right_only: Rows on the right whose key is not on the left.
        repeated: Rows of either side whose key stands several times on one of them; they are not compared.
        null_keys: Rows of either side with a null in the key; they are not compared.
        columns: The columns of both sides, the most different first.
        left_columns: Columns on the left alone.
        right_columns: Columns on the right alone.
    """

    left: TableKey
    right: TableKey
    keys: tuple[str, ...]
    left_rows: int
    right_rows: int
    matched: int
    left_only: int
    right_only: int
    repeated: int
    null_keys: int
    columns: tuple[ColumnSkew, ...]
    left_columns: tuple[str, ...] = ()
    right_columns: tuple[str, ...] = ()


@dataclass
class Tally:
    """Pairs of one column, counted. `update` takes arrays of one type, both sides alike."""

    rows: int = 0
    differing: int = 0
    left_null: int = 0
    right_null: int = 0
    offsets: Counter[float] = field(default_factory=Counter)
    factors: Counter[float] = field(default_factory=Counter)
    seconds: Counter[float] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)
    """Labels that are the same on both sides."""
    fills: Counter[str] = field(default_factory=Counter)
    """Values on the right where the left is null."""
    losses: Counter[str] = field(default_factory=Counter)
    """Values on the left where the right is null."""
    rounded: Counter[str] = field(default_factory=Counter)
    spellings: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[float, str, str | None, str | None]] = field(default_factory=list)

    def update(self, left: pa.Array, right: pa.Array, keys: pa.Array) -> None:
        """Take in the pairs of some rows.

        Args:
            left: Values on the left.
            right: Values on the right, of the same type and length.
            keys: Texts of the rows' keys, for examples.
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
            self.same.update(_texts(left, both & ~unequal))
        self.fills.update(_texts(right, only_right))
        self.losses.update(_texts(left, only_left))
        sizes = np.zeros(len(left))
        if unequal.any():
            chosen = pa.array(unequal)
            sizes[unequal] = self._differences(left.filter(chosen), right.filter(chosen))
        self._add_examples(left, right, keys, sizes, unequal | only_left | only_right)
        self._shrink(_MOST)

    def merge(self, other: Tally) -> None:
        """Take in the pairs of other rows."""
        self.rows += other.rows
        self.differing += other.differing
        self.left_null += other.left_null
        self.right_null += other.right_null
        for mine, theirs in zip(self._counters(), other._counters(), strict=True):
            mine.update(theirs)
        self.examples = sorted([*self.examples, *other.examples], key=_order)[:EXAMPLES]
        self._shrink(_MOST)

    def suspicions(self, *, values: bool = True) -> tuple[Suspicion, ...]:
        """Return what seems to have been done, the most rows first; without `values` for a sensitive column."""
        found = [
            _filled(self.fills, self.left_null, "null_to_value", "null on the left is {} on the right", values),
            _filled(self.losses, self.right_null, "value_to_null", "{} on the left is null on the right", values),
            self._transformation(self.differing - self.left_null - self.right_null, values),
        ]
        return tuple(sorted((one for one in found if one is not None), key=lambda one: -one.rows))

    def to_json(self) -> str:
        """Return the tally as text; of long counts the most frequent, which are what can be suspected."""
        self._shrink(_KEPT)
        counters = [[[key, count] for key, count in counter.items()] for counter in self._counters()]
        return json.dumps([self.rows, self.differing, self.left_null, self.right_null, counters, self.examples])

    @classmethod
    def from_json(cls, text: str) -> Tally:
        """Read what `to_json` wrote."""
        rows, differing, left_null, right_null, counters, examples = json.loads(text)
        tally = cls(rows, differing, left_null, right_null)
        for counter, stored in zip(tally._counters(), counters, strict=True):
            counter.update({tuple(key) if isinstance(key, list) else key: count for key, count in stored})
        tally.examples = [tuple(example) for example in examples]
        return tally

    def _counters(self) -> list[Counter[Any]]:
        return [
            *(self.offsets, self.factors, self.seconds, self.pairs, self.same),
            *(self.fills, self.losses, self.rounded, self.spellings),
        ]

    def _shrink(self, most: int) -> None:
        # What is thrown away is counted too low afterwards, never too high; nothing frequent is thrown away.
        for counter in self._counters():
            if len(counter) > most:
                kept = counter.most_common(_KEPT)
                counter.clear()
                counter.update(dict(kept))

    def _differences(self, left: pa.Array, right: pa.Array) -> Doubles:
        """Count what the pairs that differ have in common; return the size of each difference."""
        if pa.types.is_temporal(left.type):
            seconds = _seconds(right) - _seconds(left)
            self.seconds.update(_counted(seconds))
            return np.abs(seconds)
        if pa.types.is_integer(left.type) or pa.types.is_floating(left.type):
            return self._number_differences(_doubles(left), _doubles(right))
        self.pairs.update(zip(_texts(left), _texts(right), strict=True))
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
        for digits in _DIGITS:
            for name, fine, coarse in (("right", one, other), ("left", other, one)):
                # Halves go either way, by the language; a whole unit would be another number.
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
        at = at[np.argsort(-sizes[at], kind="stable")][:EXAMPLES]
        for row in at.tolist():
            one, other = (None if value is None else str(value) for value in (left[row].as_py(), right[row].as_py()))
            self.examples.append((float(sizes[row]), keys[row].as_py(), one, other))
        self.examples = sorted(self.examples, key=_order)[:EXAMPLES]

    def _transformation(self, rows: int, values: bool) -> Suspicion | None:
        if rows <= 0:
            return None
        ways = (self._shift, self._offset, self._factor, self._spelling, self._rounding)
        ideas = [*(way(rows) for way in ways), self._recoding(rows, values)]
        found = [one for one in ideas if one is not None and one.share >= EXPLAINED and one.rows > 1]
        # Of two that explain as much the simpler one, which stands first.
        return max(found, key=lambda one: one.share, default=None)

    def _shift(self, rows: int) -> Suspicion | None:
        if not self.seconds:
            return None
        # Two offsets: a year has summer time and winter time.
        common = [(value, count) for value, count in self.seconds.most_common(2) if value % (_HOUR / 4) == 0]
        total = sum(count for _, count in common)
        if common and common[0][1] / rows >= EXPLAINED:
            common, total = common[:1], common[0][1]
        hours = " or ".join(f"{value / _HOUR:+g} h" for value, _ in common)
        return Suspicion("shifted_hours", total, total / rows, f"the right is {hours} from the left")

    def _offset(self, rows: int) -> Suspicion | None:
        counter = self.seconds or self.offsets
        if not counter:
            return None
        value, count = counter.most_common(1)[0]
        unit = " s" if self.seconds else ""
        return Suspicion("offset", count, count / rows, f"the right is the left {value:+g}{unit}")

    def _factor(self, rows: int) -> Suspicion | None:
        if not self.factors:
            return None
        value, count = self.factors.most_common(1)[0]
        return Suspicion("factor", count, count / rows, f"the right is {value:g} times the left")

    def _rounding(self, rows: int) -> Suspicion | None:
        # The fewest digits that explain enough say most; `_DIGITS` ascends.
        for digits in _DIGITS:
            for name, other in (("right", "left"), ("left", "right")):
                count = self.rounded[f"{digits} {name}"]
                if count / rows >= EXPLAINED:
                    places = f"{digits} decimal places" if digits >= 0 else f"multiples of {10**-digits}"
                    return Suspicion("rounding", count, count / rows, f"the {name} is the {other} rounded to {places}")
        return None

    def _spelling(self, rows: int) -> Suspicion | None:
        for kind in ("case", "whitespace", "case_and_whitespace"):
            count = self.spellings[kind]
            if count / rows >= EXPLAINED:
                what = {"case": "case", "whitespace": "white space around"}.get(kind, "case and white space around")
                return Suspicion(kind, count, count / rows, f"the texts differ in {what} alone")
        return None

    def _recoding(self, rows: int, values: bool) -> Suspicion | None:
        lefts, rights = Counter(one for one, _ in self.pairs), Counter(other for _, other in self.pairs)
        sure = {
            pair: count
            for pair, count in self.pairs.items()
            # A label that has another name has it (nearly) everywhere.
            if lefts[pair[0]] == 1 and rights[pair[1]] == 1 and self.same[pair[0]] <= (1 - EXPLAINED) * count
        }
        count = sum(sure.values())
        # Texts that hardly ever come twice are one to one in any pairing.
        if not sure or count < 2 * len(sure):
            return None
        (left, right), _ = max(sure.items(), key=lambda item: (item[1], item[0]))
        such = f", such as {left!r} → {right!r}" if values else ""
        what = "1 value has" if len(sure) == 1 else f"{len(sure)} values have"
        return Suspicion("recoded", count, count / rows, f"{what} another name on the right{such}")


def _filled(counter: Mapping[str, int], rows: int, kind: str, sentence: str, values: bool) -> Suspicion | None:
    if not rows or not counter:
        return None
    value, count = max(counter.items(), key=lambda pair: (pair[1], pair[0]))
    if count / rows < EXPLAINED or count < 2:
        return None
    return Suspicion(kind, count, count / rows, sentence.format(value if values else "one value"))


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
    """Return values rounded to so many digits that the noise of an earlier subtraction or division is gone."""
    with np.errstate(divide="ignore"):
        digits = np.where(values == 0, 0.0, np.floor(np.log10(np.abs(values))))
    unit = 10.0 ** (_SIGNIFICANT - 1 - digits)
    rounded: Doubles = np.round(values * unit) / unit
    return rounded


def _counted(values: Doubles) -> dict[float, int]:
    distinct, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    return dict(zip(distinct.tolist(), counts.tolist(), strict=True))


def _texts(array: pa.Array, chosen: Bools | None = None) -> Iterable[str]:
    kept = array if chosen is None else array.filter(pa.array(chosen))
    return [str(value) for value in kept.to_pylist()]


def _order(example: tuple[float, str, str | None, str | None]) -> tuple[float, str]:
    return -example[0], example[1]
