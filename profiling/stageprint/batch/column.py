"""One Arrow column of one record batch, with what several states need computed once.

Everything is lazy: a column that keeps no sketch of its order is never sorted, and what two states
ask for is made for the first and kept for the second. The shapes the states work on are small:

- `ColumnBatch.runs`: the values of an ordered column, ascending, with how often each occurs;
- `ColumnBatch.texts`: the distinct texts of a string column, with how often each occurs;
- `ColumnBatch.hashed`: the hashes of either, as the HLL and theta sketches take them.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stageprint.batch.murmur import MAX_BYTES, Words, hash_texts, hash_words
from stageprint.errors import StateError
from stageprint.model import TIMESTAMPS, ColumnKind

Doubles: TypeAlias = npt.NDArray[np.float64]
Longs: TypeAlias = npt.NDArray[np.int64]

FEW: Final = 1024
"""`Runs` that hold at most so many distinct values always count them."""

_NANOSECONDS: Final = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_DAY_MILLISECONDS: Final = 86_400_000
_HOUR_MICROSECONDS: Final = 3_600_000_000
_SAMPLE: Final = 1024
_LARGEST_LONG: Final = (1 << 63) - 1
# White space of Unicode by the bytes of UTF-8: ASCII's, and the first and last bytes of U+0085, U+00A0, U+1680,
# U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F and U+3000. Other characters have them too, so these are maybes.
_ASCII_SPACE: Final = [*range(9, 14), *range(28, 33)]
_MAYBE_SPACE_FIRST: Final = np.isin(np.arange(256), [*_ASCII_SPACE, 0xC2, 0xE1, 0xE2, 0xE3])
_MAYBE_SPACE_LAST: Final = np.isin(np.arange(256), [*_ASCII_SPACE, *range(0x80, 0x8B), 0x9F, 0xA0, 0xA8, 0xA9, 0xAF])
_EXACT: Final = 10**15  # a decimal whose digits make a smaller number is given back exactly by a double


@dataclass(frozen=True, slots=True)
class Runs:
    """The values of one ordered column, ascending, without nulls and NaN.

    Attributes:
        doubles: As doubles: ±inf included, −0.0 as 0.0.
        counts: How often each occurs; None where each entry is one row, which means more than `FEW` distinct values.
        ints: Exact values where they are whole: integers, days, microseconds, a decimal's unscaled value. Of dtype
            object where they pass 64 bits; None for floats.
        scale: Decimal places: a value is ``ints / 10**scale``.
        places: Decimal places the column has; more than `scale` where none of its values uses them.
    """

    doubles: Doubles
    counts: Longs | None
    ints: npt.NDArray[Any] | None = None
    scale: int = 0
    places: int = 0

    def values(self, at: slice = slice(None)) -> list[Any]:
        """Return exact values as Python's int or float; those of a decimal column with all its `places`."""
        found: list[Any] = self.exact[at].tolist()
        lift = 10 ** (self.places - self.scale)
        return found if lift == 1 else [value * lift for value in found]

    @property
    def exact(self) -> npt.NDArray[Any]:
        """`ints` where there are any, else `doubles`."""
        return self.doubles if self.ints is None else self.ints

    @property
    def rows(self) -> int:
        """Number of rows the values stand for."""
        return len(self.doubles) if self.counts is None else int(self.counts.sum())

    def rows_in(self, start: int, stop: int) -> int:
        """Return the number of rows of the entries ``start:stop``."""
        return stop - start if self.counts is None else int(self.counts[start:stop].sum())

    def finite(self) -> tuple[Doubles, Longs | None]:
        """Return the values without ±inf, and their counts."""
        start = int(np.searchsorted(self.doubles, -np.inf, "right"))
        stop = int(np.searchsorted(self.doubles, np.inf, "left"))
        return self.doubles[start:stop], None if self.counts is None else self.counts[start:stop]


class Texts:
    """Texts of one string column, valid UTF-8 all of them.

    Bytes that are not UTF-8 have become U+FFFD. A text may come twice, where a dictionary or that replacement made
    two of one, or where `counts` is None: whoever counts adds up.

    Attributes:
        array: The texts.
        counts: How often each occurs; None where each is one row, most of them distinct.
    """

    def __init__(self, array: pa.Array, counts: Longs | None) -> None:
        self.array = array
        self.counts = counts
        self._data, self._starts, self._ends = _text_bytes(self.array)
        self._ascii = int(self._data.max(initial=0)) < 128
        if not self._ascii:
            try:
                self.array.validate(full=True)
            except pa.ArrowInvalid:
                raw = self.array.cast(pa.large_binary()).to_pylist()
                self.array = pa.array([text.decode("utf-8", "replace") for text in raw], pa.large_string())
                self._data, self._starts, self._ends = _text_bytes(self.array)

    def __len__(self) -> int:
        """Return the number of texts, not of rows."""
        return len(self.array)

    @property
    def rows(self) -> int:
        """Number of rows the texts stand for."""
        return len(self) if self.counts is None else int(self.counts.sum())

    def rows_where(self, chosen: npt.NDArray[np.bool_]) -> int:
        """Return the number of rows whose text is chosen."""
        return int(np.count_nonzero(chosen) if self.counts is None else self.counts[chosen].sum())

    def take(self, at: npt.NDArray[np.intp]) -> list[str]:
        """Return the texts at some places."""
        found: list[str] = self.array.take(pa.array(at)).to_pylist()
        return found

    @cached_property
    def lengths(self) -> Longs:
        """Length of each text in characters."""
        return self._ends - self._starts if self._ascii else _longs(pc.utf8_length(self.array))

    @cached_property
    def blank(self) -> npt.NDArray[np.bool_]:
        """Whether each text is made of white space alone; the empty text is not."""
        return self._spaces(self.leading_space, pc.utf8_is_space)

    @cached_property
    def leading_space(self) -> npt.NDArray[np.bool_]:
        """Whether each text begins with white space; the empty text does not."""
        first = self._data[self._starts]
        # Comparing is quicker than looking up, and enough for ASCII. An empty text, whose first byte is another's,
        # does not pass the test.
        maybe = first <= 32 if self._ascii else _MAYBE_SPACE_FIRST[first]
        return self._spaces(maybe, lambda found: pc.utf8_is_space(pc.utf8_slice_codeunits(found, 0, 1)))

    @cached_property
    def trailing_space(self) -> npt.NDArray[np.bool_]:
        """Whether each text ends with white space; the empty text does not."""
        last = self._data[self._ends - 1]
        maybe = last <= 32 if self._ascii else _MAYBE_SPACE_LAST[last]
        return self._spaces(maybe, lambda found: pc.utf8_is_space(pc.utf8_slice_codeunits(found, -1)))

    def _spaces(self, maybe: npt.NDArray[np.bool_], test: Callable[[pa.Array], pa.Array]) -> npt.NDArray[np.bool_]:
        """Return which texts pass a test; only those that may are looked at."""
        candidates = np.flatnonzero(maybe)
        result = np.zeros(len(self), np.bool_)
        if len(candidates):
            result[candidates] = test(self.array.take(pa.array(candidates))).to_numpy(zero_copy_only=False)
        return result

    @cached_property
    def hashed(self) -> Hashed:
        """The texts' hashes."""
        sizes = self._ends - self._starts
        short = np.flatnonzero(sizes <= MAX_BYTES)
        first, second = hash_texts(self._data, self._starts[short], self._ends[short])
        rest = [] if len(short) == len(self) else self.take(np.flatnonzero(sizes > MAX_BYTES))
        return Hashed(first, second, lambda at: self.take(short[at]), rest)

    @cached_property
    def row_hashes(self) -> Words:
        """One hash of each text, in their order: a function of the text alone, however long it is."""
        hashed = self.hashed
        if not hashed.rest:
            return hashed.first
        long = self._ends - self._starts > MAX_BYTES
        hashes = np.empty(len(self), np.uint64)
        hashes[~long] = hashed.first
        digests = (hashlib.blake2b(text.encode(), digest_size=8).digest() for text in hashed.rest)
        hashes[long] = np.frombuffer(b"".join(digests), "<u8")
        return hashes

    def most_frequent(self, limit: int) -> tuple[npt.NDArray[np.intp], Longs, int]:
        """Return the places and counts of at most `limit` texts, and the largest count of any text left out.

        All texts that occur more often than the largest count left out are there, and no other but, where none
        does, one that occurs just as often.
        """
        if self.counts is None:
            return self._most_frequent_by_hash(limit)
        if len(self) <= limit:
            return np.arange(len(self)), self.counts, 0
        at, counts, cut = _above_cut(self.counts, limit)
        return at, counts, cut

    def _most_frequent_by_hash(self, limit: int) -> tuple[npt.NDArray[np.intp], Longs, int]:
        # Two texts of one hash would be counted as one. Among a million texts that happens once in 10^7 times.
        hashes = self.hashed.first
        distinct, counts = _counted(np.sort(hashes))
        if len(distinct) == len(hashes) > limit:
            return np.zeros(1, np.intp), counts[:1], 1
        if len(distinct) <= limit:
            chosen, cut = np.arange(len(distinct)), 0
        else:
            chosen, counts, cut = _above_cut(counts, limit)
        kept = distinct[chosen]
        places = np.minimum(np.searchsorted(kept, hashes), len(kept) - 1)
        found = np.flatnonzero(kept[places] == hashes)
        rows = np.empty(len(kept), np.intp)
        rows[places[found]] = found
        return rows, counts, cut


def _above_cut(counts: Longs, limit: int) -> tuple[npt.NDArray[np.intp], Longs, int]:
    cut = int(np.partition(counts, -limit - 1)[-limit - 1])
    at = np.flatnonzero(counts > cut)
    if not len(at):
        at = np.array([counts.argmax()])
    return at, counts[at], cut


@dataclass(frozen=True, slots=True)
class Hashed:
    """Hashes of values, and the values themselves for those the sketch library must see.

    Attributes:
        first: First half of MurmurHash3 of each value.
        second: Second half.
        values: Gives the values at some positions as the library takes them: int, float or str.
        rest: Values too long to be hashed here; always for the library.
    """

    first: Words
    second: Words
    values: Callable[[npt.NDArray[np.intp]], list[Any]]
    rest: list[Any]


class ColumnBatch:
    """One Arrow column of one record batch, taken as a kind of column.

    Args:
        array: Any Arrow array: sliced, dictionary-encoded, read-only, of any width or unit.
        kind: What its values are; an array of another family is converted (an integer code that is a label to text).

    Raises:
        StateError: The array cannot be taken as `kind`.
    """

    def __init__(self, array: pa.Array | pa.ChunkedArray, kind: ColumnKind) -> None:
        self.kind = kind
        self._array = _of_kind(_plain(array), kind)
        self.rows: int = len(self._array)
        self.nulls: int = self._array.null_count

    @property
    def array(self) -> pa.Array:
        """The values as they came, nulls included."""
        return self._array

    @cached_property
    def non_null(self) -> pa.Array:
        """The values that are not null, dictionary-encoded if they came so."""
        return self._array.drop_null() if self.nulls else self._array

    @cached_property
    def nan(self) -> int:
        """Number of NaN; they are in no other figure."""
        return len(self.non_null) - self.runs.rows if self.kind is ColumnKind.FLOAT else 0

    @cached_property
    def trues(self) -> int:
        """Number of true values of a boolean column."""
        return int(self.non_null.true_count)

    @cached_property
    def runs(self) -> Runs:
        """The values of an ordered column."""
        values = self.non_null
        if self.kind is ColumnKind.FLOAT:
            return _runs_of_doubles(values.to_numpy(zero_copy_only=False))
        if self.kind is ColumnKind.DECIMAL:
            return _runs_of_decimals(values)
        return _runs_of_ints(_ints(values, self.kind))

    @cached_property
    def hours(self) -> tuple[Longs, Longs]:
        """Each hour of a timestamp column, as whole hours since 1970-01-01, and its rows."""
        hours = self.runs.exact // _HOUR_MICROSECONDS
        if not len(hours):
            return hours, np.empty(0, np.int64)
        starts = _starts(hours)
        rows = np.diff(starts, append=len(hours))
        return hours[starts], rows if self.runs.counts is None else np.add.reduceat(self.runs.counts, starts)

    @cached_property
    def texts(self) -> Texts:
        """The distinct texts of a string column."""
        values = self.non_null
        if pa.types.is_dictionary(values.type):
            counts = np.bincount(values.indices.to_numpy(), minlength=len(values.dictionary))
            used = np.flatnonzero(counts)
            return Texts(values.dictionary.take(pa.array(used)), counts[used])
        if _mostly_distinct(values):
            return Texts(values, None)
        pairs = pc.value_counts(values)
        return Texts(pairs.field(0), _longs(pairs.field(1)))

    @cached_property
    def lengths(self) -> tuple[Longs, Longs | None]:
        """Length of each distinct text in characters, with its rows; else of each value, in bytes or elements."""
        if self.kind is ColumnKind.STRING:
            return self.texts.lengths, self.texts.counts
        values = self.non_null
        if self.kind is ColumnKind.BINARY:
            return _longs(pc.binary_length(_decoded(values))), None
        return list_lengths(values), None

    @cached_property
    def hashed(self) -> Hashed:
        """The hashes of the values: each distinct value at least once, nulls and NaN not at all.

        A binary value is hashed as its hexadecimal digits, one of more than 256 bytes as those of its SHA-256.
        """
        if self.kind is ColumnKind.BINARY:
            digits = [binary_text(value) for value in self.non_null.unique().to_pylist()]
            return Texts(pa.array(digits, pa.large_string()), None).hashed
        if self.kind is ColumnKind.STRING:
            return self.texts.hashed
        if self.kind is ColumnKind.BOOLEAN:
            found = {"true": self.trues, "false": len(self.non_null) - self.trues}
            return Texts(pa.array([text for text, rows in found.items() if rows], pa.string()), None).hashed
        if self.kind is ColumnKind.DECIMAL:
            return _hash_decimals(self.runs)
        exact = self.runs.exact
        first, second = hash_words(exact.view(np.uint64))
        # The library takes signed longs; those of an unsigned column have the same 64 bits.
        source = exact if exact.dtype == np.float64 else exact.view(np.int64)
        return Hashed(first, second, lambda at: source[at].tolist(), [])

    def masked(self, key: bytes) -> ColumnBatch:
        """Return a string column's texts as 16 hexadecimal digits of their HMAC-SHA256; any other column as it is.

        Equal texts have equal digits. Without the key nobody can tell whose they are.
        """
        if self.kind is not ColumnKind.STRING:
            return self
        coded = self.non_null if pa.types.is_dictionary(self.non_null.type) else self.non_null.dictionary_encode()
        raw = coded.dictionary.cast(pa.large_binary()).to_pylist()
        digits = pa.array([hmac.new(key, text, "sha256").hexdigest()[:16] for text in raw], pa.large_string())
        return ColumnBatch(pa.DictionaryArray.from_arrays(coded.indices, digits), ColumnKind.STRING)

    @cached_property
    def negative_zeros(self) -> int:
        """Number of −0.0 of a float column; `runs` has them as 0.0."""
        doubles = self.runs.doubles
        zero = int(np.searchsorted(doubles, 0.0))
        if self.kind is not ColumnKind.FLOAT or zero == len(doubles) or doubles[zero] != 0.0:
            return 0
        values = self.non_null.to_numpy(zero_copy_only=False)
        # A sign bit and nothing else; comparing words is cheaper than looking for signs among zeros.
        sign = np.array(-0.0, values.dtype).view(f"u{values.itemsize}")
        return int(np.count_nonzero(values.view(sign.dtype) == sign))

    def row_texts(self) -> pa.Array:
        """Return one text a row, null where the value is: the same for equal values of any numeric type.

        Whole numbers have no decimal point, decimals no trailing zeros, floats the fewest digits that give them
        back; dates are ISO 8601, timestamps their microseconds since the epoch.
        """
        if self.kind is ColumnKind.STRING:
            return _decoded(self._array)
        if self.kind is ColumnKind.DATE:
            return self._array.cast(pa.date32()).cast(pa.large_string())
        if self.kind in _ROW_TEXTS:
            coded = self._array.dictionary_encode()
            text = _ROW_TEXTS[self.kind]
            distinct = pa.array([text(value) for value in coded.dictionary.to_pylist()], pa.large_string())
            return distinct.take(coded.indices)
        if self.kind in TIMESTAMPS:
            whole = np.zeros(self.rows, np.int64)
            present = self._array.is_valid().to_numpy(zero_copy_only=False)
            whole[present] = _ints(self.non_null, self.kind)
            return pa.array(whole, mask=~present).cast(pa.large_string())
        return self._array.cast(pa.large_string())


def kind_of(arrow_type: pa.DataType) -> ColumnKind:
    """Return the kind of column an Arrow type holds."""
    types = pa.types
    if isinstance(arrow_type, pa.BaseExtensionType):
        return kind_of(arrow_type.storage_type)
    if types.is_dictionary(arrow_type) or types.is_run_end_encoded(arrow_type):
        return kind_of(arrow_type.value_type)
    if types.is_timestamp(arrow_type):
        return ColumnKind.TIMESTAMP if arrow_type.tz is not None else ColumnKind.TIMESTAMP_NTZ
    for matches, kind in (
        (types.is_boolean, ColumnKind.BOOLEAN),
        (types.is_integer, ColumnKind.INTEGER),
        (types.is_floating, ColumnKind.FLOAT),
        (types.is_decimal, ColumnKind.DECIMAL),
        (types.is_date, ColumnKind.DATE),
        (_is_text, ColumnKind.STRING),
        (_is_binary, ColumnKind.BINARY),
        (types.is_duration, ColumnKind.INTEGER),
        (types.is_map, ColumnKind.MAP),
        (_is_list, ColumnKind.ARRAY),
    ):
        if matches(arrow_type):
            return kind
    return ColumnKind.OTHER


_SPARK_NAMES: Final = {
    pa.null(): "void",
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.uint8(): "smallint",
    pa.int32(): "int",
    pa.uint16(): "int",
    pa.int64(): "bigint",
    pa.uint32(): "bigint",
    pa.uint64(): "decimal(20,0)",
    pa.float16(): "float",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.date32(): "date",
    pa.date64(): "date",
}


def spark_type_name(arrow_type: pa.DataType) -> str:
    """Return Spark SQL's name of the type a column of this Arrow type has when Spark reads it."""
    if isinstance(arrow_type, pa.BaseExtensionType):
        return spark_type_name(arrow_type.storage_type)
    if arrow_type in _SPARK_NAMES:
        return _SPARK_NAMES[arrow_type]
    for matches, name in _SPARK_PATTERNS:
        if matches(arrow_type):
            return name(arrow_type)
    return str(arrow_type)


def _is_binary(arrow_type: pa.DataType) -> bool:
    types = pa.types
    tests = (types.is_binary, types.is_large_binary, types.is_fixed_size_binary, types.is_binary_view)
    return any(matches(arrow_type) for matches in tests)


def _is_list(arrow_type: pa.DataType) -> bool:
    types = pa.types
    tests = (types.is_list, types.is_large_list, types.is_fixed_size_list, types.is_list_view, types.is_large_list_view)
    return any(matches(arrow_type) for matches in tests)


def _is_text(arrow_type: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_string(arrow_type) or types.is_large_string(arrow_type) or types.is_string_view(arrow_type))


def _struct_name(arrow_type: pa.DataType) -> str:
    return f"struct<{','.join(f'{field.name}:{spark_type_name(field.type)}' for field in arrow_type)}>"


def _map_name(arrow_type: pa.DataType) -> str:
    return f"map<{spark_type_name(arrow_type.key_type)},{spark_type_name(arrow_type.item_type)}>"


_SPARK_PATTERNS: Final[tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], str]], ...]] = (
    (pa.types.is_decimal, lambda found: f"decimal({found.precision},{found.scale})"),
    (pa.types.is_timestamp, lambda found: "timestamp" if found.tz is not None else "timestamp_ntz"),
    (_is_text, lambda _: "string"),
    (_is_binary, lambda _: "binary"),
    (pa.types.is_duration, lambda _: "interval day to second"),
    (pa.types.is_struct, _struct_name),
    (pa.types.is_map, _map_name),
    (pa.types.is_dictionary, lambda found: spark_type_name(found.value_type)),
    (pa.types.is_run_end_encoded, lambda found: spark_type_name(found.value_type)),
    (pa.types.is_nested, lambda found: f"array<{spark_type_name(found.value_type)}>"),
)


def _plain(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return one array, dictionary-encoded only where the dictionary holds texts and no null."""
    if isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries().combine_chunks()
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    if pa.types.is_run_end_encoded(array.type):
        array = pc.run_end_decode(array)
    # Arrow's kernels do not take views yet.
    if pa.types.is_string_view(array.type):
        return array.cast(pa.large_string())
    if pa.types.is_binary_view(array.type):
        return array.cast(pa.large_binary())
    if pa.types.is_duration(array.type):
        return array.cast(pa.duration("us"), safe=False).view(pa.int64())
    if not pa.types.is_dictionary(array.type):
        return array
    if pa.types.is_string_view(array.type.value_type):
        array = pa.DictionaryArray.from_arrays(array.indices, array.dictionary.cast(pa.large_string()))
    if not _is_text(array.type.value_type) or array.dictionary.null_count:
        return array.dictionary_decode()
    return array


_TARGETS: Final = {
    ColumnKind.BOOLEAN: pa.bool_(),
    ColumnKind.INTEGER: pa.int64(),
    ColumnKind.FLOAT: pa.float64(),
    ColumnKind.DECIMAL: pa.decimal128(38, 10),
    ColumnKind.DATE: pa.date32(),
    ColumnKind.TIMESTAMP: pa.timestamp("us", "UTC"),
    ColumnKind.TIMESTAMP_NTZ: pa.timestamp("us"),
    ColumnKind.STRING: pa.large_string(),
    ColumnKind.BINARY: pa.large_binary(),
}


def _of_kind(array: pa.Array, kind: ColumnKind) -> pa.Array:
    """Return the array as it is where its type is of the kind's family, else converted."""
    found = kind_of(array.type)
    if kind in {found, ColumnKind.OTHER} or {kind, found} <= TIMESTAMPS:
        return array
    try:
        # A timestamp has a date, and a long a nearest double; anything else must not lose digits.
        if kind not in _TARGETS:
            message = f"a column of Arrow type {array.type} cannot be taken as {kind.value}"
            raise StateError(message)
        return _decoded(array).cast(_TARGETS[kind], safe=kind not in {ColumnKind.DATE, ColumnKind.FLOAT})
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        message = f"a column of Arrow type {array.type} cannot be taken as {kind.value}: {error}"
        raise StateError(message) from error


def binary_text(value: bytes) -> str:
    """Return a binary value's hexadecimal digits; of more than 256 bytes those of its SHA-256."""
    return value.hex() if len(value) <= MAX_BYTES // 2 else hashlib.sha256(value).hexdigest()


def list_lengths(array: pa.Array) -> Longs:
    """Return the number of elements of each list or entries of each map; the array holds no nulls."""
    if pa.types.is_map(array.type):
        return np.diff(_longs(array.offsets))
    return _longs(pc.list_value_length(array))


def _longs(array: pa.Array) -> Longs:
    values: Longs = array.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return values


def _ints(array: pa.Array, kind: ColumnKind) -> npt.NDArray[Any]:
    """Return integers as they are, dates as days, timestamps as microseconds, since 1970-01-01."""
    unit = array.type
    if kind is ColumnKind.INTEGER:
        values: npt.NDArray[Any] = array.to_numpy()
        return values if values.dtype == np.uint64 else values.astype(np.int64, copy=False)
    if kind is ColumnKind.DATE:
        if pa.types.is_date32(unit):
            return _longs(array.view(pa.int32()))
        return _longs(array.view(pa.int64())) // _DAY_MILLISECONDS
    values = _longs(array.view(pa.int64()))
    nanoseconds = _NANOSECONDS[unit.unit]
    return values * (nanoseconds // 1000) if nanoseconds >= 1000 else values // (1000 // nanoseconds)


def _runs_of_doubles(values: npt.NDArray[Any]) -> Runs:
    ordered = values.astype(np.float64, copy=False) + 0.0  # a copy, in which −0.0 is 0.0
    ordered.sort()
    ordered = ordered[: int(np.searchsorted(ordered, np.nan))]  # NaN sorts behind everything
    doubles, counts = _compressed(ordered)
    return Runs(doubles, counts)


def _runs_of_ints(values: npt.NDArray[Any], scale: int = 0, places: int = 0) -> Runs:
    if not len(values):
        return Runs(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), scale, places)
    if values.dtype != object:
        low, high = int(values.min()), int(values.max())
        if values.dtype == np.uint64 and high <= _LARGEST_LONG:
            values = values.view(np.int64)
        if high - low < max(FEW, 2 * len(values)) and values.dtype == np.int64:
            # Counting beats sorting while the values lie close together: codes, ages, dates, prices in cents.
            table = np.bincount(values - low)
            used = np.flatnonzero(table)
            ints = used + low
            return Runs(_scaled(ints, scale), table[used], ints, scale, places)
    ints, counts = _compressed(np.sort(values))
    return Runs(_scaled(ints, scale), counts, ints, scale, places)


def _runs_of_decimals(array: pa.Array) -> Runs:
    if array.type.scale < 0:
        array = array.cast(pa.decimal128(38, 0))
    array, words = _decimal_words(array)
    places = array.type.scale
    if words is None or not _few_digits(words).all():
        # decimal(38,18) is what Spark makes of a decimal without a type: the places are seldom all used.
        for scale in (2, 6, 9):
            if scale < places:
                try:
                    _, shorter = _decimal_words(array.cast(pa.decimal128(38, scale)))
                except pa.ArrowInvalid:
                    continue
                if shorter is not None:
                    return _runs_of_ints(shorter, scale, places)
    return _runs_of_ints(_wide_ints(array) if words is None else words, places, places)


def _few_digits(ints: Longs) -> npt.NDArray[np.bool_]:
    """Return which values are given back exactly by a double after division by a power of ten."""
    return (ints > -_EXACT) & (ints < _EXACT)


def _wide_ints(array: pa.Array) -> npt.NDArray[Any]:
    width = array.type.byte_width
    start = array.offset * width
    raw = array.buffers()[1].to_pybytes()[start : start + len(array) * width]
    values = (int.from_bytes(raw[at : at + width], "little", signed=True) for at in range(0, len(raw), width))
    return np.fromiter(values, object, len(array))


def _decimal_words(array: pa.Array) -> tuple[pa.Array, Longs | None]:
    """Return unscaled values as longs, or None where one of them needs more than 64 bits."""
    if array.type.bit_width < 128:
        array = array.cast(pa.decimal128(array.type.precision, array.type.scale))
    if not len(array):
        return array, np.empty(0, np.int64)
    width = array.type.byte_width // 8
    words = np.frombuffer(array.buffers()[1], np.int64).reshape(-1, width)[array.offset : array.offset + len(array)]
    low = words[:, 0]
    sign = low >> 63
    fits = all(np.array_equal(words[:, at], sign) for at in range(1, width))
    return array, low if fits else None


def _scaled(ints: npt.NDArray[Any], scale: int) -> Doubles:
    """Return the double nearest to each ``ints / 10**scale``."""
    if not scale:
        return ints.astype(np.float64)
    if ints.dtype == object:
        rest = np.arange(len(ints))
        doubles = np.empty(len(ints))
    else:
        # Both sides of the division are exact up to 15 digits and 10^22, which makes the quotient the nearest double.
        doubles = ints / 10.0**scale
        rest = np.flatnonzero(~_few_digits(ints))
    # Python's division of integers is right whatever their size.
    doubles[rest] = [value / 10**scale for value in ints[rest].tolist()]
    return doubles


def _mostly_distinct(texts: pa.Array) -> bool:
    """Return whether counting the texts would not make them fewer: by a sample, for this decides the way alone."""
    if len(texts) < _SAMPLE * 4:
        return False
    sample = texts.take(pa.array(np.linspace(0, len(texts) - 1, _SAMPLE, dtype=np.int64)))
    longest = pc.max(pc.binary_length(texts)).as_py()
    return len(sample.unique()) > _SAMPLE // 2 and longest <= MAX_BYTES


def _compressed(ordered: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Longs | None]:
    """Return the distinct values of a sorted array with their counts, or the array where most values are distinct."""
    if not len(ordered):
        return ordered, np.empty(0, np.int64)
    changes = ordered[1:] != ordered[:-1]
    distinct = int(np.count_nonzero(changes)) + 1
    if distinct > FEW and 2 * distinct > len(ordered):
        return ordered, None
    return _counted(ordered)


def _counted(ordered: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Longs]:
    """Return the distinct values of a sorted array, which is not empty, with their counts."""
    starts = _starts(ordered)
    return ordered[starts], np.diff(starts, append=len(ordered))


def _starts(ordered: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return where each value of a sorted array, which is not empty, begins."""
    return np.concatenate(([0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))


def _decoded(array: pa.Array) -> pa.Array:
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _text_bytes(array: pa.Array) -> tuple[npt.NDArray[np.uint8], Longs, Longs]:
    """Return the bytes of all texts, with zeros behind them for the hash to read, and where each begins and ends."""
    _, offsets, data = array.buffers()
    if not len(array):
        return np.zeros(16, np.uint8), np.empty(0, np.int64), np.empty(0, np.int64)
    width = np.int64 if pa.types.is_large_string(array.type) else np.int32
    bounds = np.frombuffer(offsets, width)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    first, last = int(bounds[0]), int(bounds[-1])
    padded = np.zeros(last - first + 16, np.uint8)
    if last > first:
        padded[:-16] = np.frombuffer(data, np.uint8)[first:last]
    bounds -= first
    return padded, bounds[:-1], bounds[1:]


def _hash_decimals(runs: Runs) -> Hashed:
    """Hash decimals by value, whatever their precision and scale.

    A whole number of 64 bits is hashed as the long, any other number of at most 15 significant digits
    as the double, the rest as plain text without trailing zeros.
    """
    ints, scale = runs.exact, runs.scale
    words: Longs = np.zeros(len(ints), np.int64)
    if ints.dtype == object or scale > 18:
        whole = simple = np.zeros(len(ints), np.bool_)
    else:
        whole = ints % 10**scale == 0
        words[whole] = ints[whole] // 10**scale
        simple = ~whole & _few_digits(ints)
        words[simple] = runs.doubles[simple].view(np.int64)
    others: dict[int, int | float | str] = {
        at: _canonical(int(ints[at]), scale) for at in np.flatnonzero(~(whole | simple)).tolist()
    }
    for at, value in others.items():
        if isinstance(value, int):
            words[at] = value
        elif isinstance(value, float):
            words[at] = np.float64(value).view(np.int64)
    first, second = hash_words(words.view(np.uint64))
    long_texts = {at: value for at, value in others.items() if isinstance(value, str)}
    if long_texts:
        rows = list(long_texts)
        first[rows], second[rows] = hash_texts(*_text_bytes(pa.array(long_texts.values(), pa.large_string())))

    def values(at: npt.NDArray[np.intp]) -> list[Any]:
        longs, doubles = words[at].tolist(), words[at].view(np.float64).tolist()
        plain = (long if is_whole else double for long, double, is_whole in zip(longs, doubles, whole[at], strict=True))
        return [others.get(row, value) for row, value in zip(at.tolist(), plain, strict=True)]

    return Hashed(first, second, values, [])


def _canonical(value: int, scale: int) -> int | float | str:
    while scale and value % 10 == 0:
        value //= 10
        scale -= 1
    if not scale:
        return value if -_LARGEST_LONG - 1 <= value <= _LARGEST_LONG else str(value)
    return value / 10**scale if abs(value) < _EXACT else decimal_text(value, scale)


def decimal_text(value: int, scale: int) -> str:
    """Return ``value / 10**scale`` as plain text with all its `scale` decimal places."""
    if not scale:
        return str(value)
    digits = str(abs(value)).rjust(scale + 1, "0")
    return f"{'-' * (value < 0)}{digits[:-scale]}.{digits[-scale:]}"


def _decimal_row_text(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _float_row_text(value: float) -> str:
    if np.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return "NaN" if np.isnan(value) else repr(value)


_ROW_TEXTS: Final[dict[ColumnKind, Callable[[Any], str]]] = {
    ColumnKind.FLOAT: _float_row_text,
    ColumnKind.DECIMAL: _decimal_row_text,
    ColumnKind.BINARY: binary_text,
}
