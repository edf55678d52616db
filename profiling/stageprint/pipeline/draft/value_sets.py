"""Sets of values, kept as hashes: how much of one is in another.

Of a large set the smallest hashes are kept, a uniform sample of the distinct values (Bar-Yossef et al. 2002), as in a
theta sketch: two samples can be compared because a value has the same hash in both.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stageprint.model import ColumnKind

KEPT: Final = 1 << 14
"""Hashes that are kept of a column: a share is then known to half a percent."""

KEPT_OF_KEYS: Final = 1 << 20
"""Hashes that are kept of a key, which small sets of values are looked up in."""

NULL: Final = np.uint64(0)
"""The code of a null."""

_MIN_COMPARED: Final = 20
_WORDS: Final = 8
_SHORT_BYTES: Final = 8 * _WORDS

Codes = Any
"""A NumPy array of 64-bit hashes, one a row."""


@dataclass(frozen=True)
class ValueSet:
    """A set of values.

    Attributes:
        hashes: The smallest hashes, ascending.
        distinct: Number of distinct values that were met.
        complete: Whether all hashes are kept.
    """

    hashes: Codes
    distinct: int
    complete: bool

    def share_in(self, other: ValueSet) -> float | None:
        """Return the share (0-1) of this set's values that are in the other; None: too few can be compared."""
        mine, known = self.hashes, other.hashes
        if not len(known):
            return 0.0 if len(mine) else None
        if not other.complete:
            mine = mine[mine <= known[-1]]
        if not len(mine) or (len(mine) < _MIN_COMPARED and len(mine) < self.distinct):
            return None
        at = np.minimum(np.searchsorted(known, mine), len(known) - 1)
        return float(np.count_nonzero(known[at] == mine) / len(mine))


def value_set(codes: Codes, kept: int = KEPT) -> ValueSet:
    """Return the set of values with these codes, without null."""
    unique = np.unique(codes)
    unique = unique[unique != NULL]
    if len(unique) <= kept:
        return ValueSet(unique, len(unique), True)
    return ValueSet(unique[:kept], len(unique), False)


def row_codes(columns: list[Codes]) -> Codes:
    """Return one code a row of rows that are given column by column; that of a row with a null is `NULL`."""
    found = np.full(len(columns[0]), 0x9E3779B97F4A7C15, np.uint64)
    for column in columns:
        found = _mixed(found ^ column)
    for column in columns:
        found[column == NULL] = NULL
    return found


def value_codes(values: pa.Array | pa.ChunkedArray, kind: ColumnKind) -> Codes:
    """Return one code a row: equal for equal values in any table, other values have another one.

    Args:
        values: The values.
        kind: Their kind; numbers of any width have equal codes.
    """
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    per_value = np.append(_value_hashes(coded.dictionary, kind), NULL)
    at = coded.indices.fill_null(len(per_value) - 1).to_numpy(zero_copy_only=False)
    return per_value[at]


def _value_hashes(values: pa.Array, kind: ColumnKind) -> Codes:
    if kind is ColumnKind.FLOAT:
        words = values.cast(pa.float64()).fill_null(0).to_numpy(zero_copy_only=False).view(np.uint64)
        return _mixed(words + np.uint64(1))
    whole = _whole_numbers(values, kind)
    if whole is not None:
        return _mixed(whole.fill_null(0).to_numpy(zero_copy_only=False).view(np.uint64) + np.uint64(1))
    texts = values if pa.types.is_large_binary(values.type) else _binary(values)
    return _text_hashes([text or b"" for text in texts.to_pylist()])


def _whole_numbers(values: pa.Array, kind: ColumnKind) -> pa.Array | None:
    try:
        if kind is ColumnKind.DECIMAL and values.type.scale == 0:
            return values.cast(pa.int64())
        if kind is ColumnKind.INTEGER:
            return values.cast(pa.int64(), safe=False)
        if kind is ColumnKind.DATE:
            return values.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
        if kind in {ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ}:
            return values.cast(pa.timestamp("us", values.type.tz), safe=False).cast(pa.int64())
    except pa.ArrowException:
        return None
    return None


def _binary(values: pa.Array) -> pa.Array:
    return values if pa.types.is_binary(values.type) else values.cast(pa.string()).cast(pa.binary())


def _text_hashes(texts: list[bytes]) -> Codes:
    if not texts:
        return np.empty(0, np.uint64)
    short = np.array([text if len(text) <= _SHORT_BYTES else b"" for text in texts], f"S{_SHORT_BYTES}")
    words = short.view(np.uint64).reshape(len(texts), _WORDS)
    found = np.full(len(texts), 0x9E3779B97F4A7C15, np.uint64)
    for word in range(_WORDS):
        found = _mixed(found ^ words[:, word])
    for at, text in enumerate(texts):
        if len(text) > _SHORT_BYTES:
            found[at] = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
    return found


def _mixed(words: Codes) -> Codes:
    """Return 64-bit words mixed so that their order is that of chance (the finaliser of SplitMix64); never `NULL`."""
    with np.errstate(over="ignore"):
        found = words + np.uint64(0x9E3779B97F4A7C15)
        found = (found ^ (found >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        found ^= found >> np.uint64(31)
    return np.where(found == NULL, np.uint64(1), found)


def repeated(codes: Codes) -> int:
    """Return the number of rows beyond the first of each code, rows with null left out."""
    known = codes[codes != NULL]
    return len(known) - len(np.unique(known))


def mean_length(values: pa.Array | pa.ChunkedArray) -> float:
    """Return the mean length of texts in characters; 0 without any."""
    return float(pc.mean(pc.utf8_length(values.cast(pa.large_string()))).as_py() or 0.0)
