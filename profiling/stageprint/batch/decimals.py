"""Decimal columns: exact values from Arrow's buffers, hashes by value, and text."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stageprint.batch.arrays import Longs
from stageprint.batch.decimal_text import decimal_text
from stageprint.batch.hashes import ValueHashes
from stageprint.batch.murmur import hash_texts, hash_words
from stageprint.batch.sorted_values import EXACT_DOUBLE_LIMIT, SortedValues, fits_double, sort_ints
from stageprint.batch.texts import text_bytes

_MAX_LONG: Final = (1 << 63) - 1
_SHORTER_SCALES: Final = (2, 6, 9)
_MAX_LONG_SCALE: Final = 18


def sort_decimals(array: pa.Array) -> SortedValues:
    """Return the sorted values of a decimal array of any width and scale, without nulls."""
    if array.type.scale < 0:
        array = array.cast(pa.decimal128(38, 0))
    array, words = _unscaled_longs(array)
    places = array.type.scale
    if words is None or not fits_double(words).all():
        # decimal(38,18) is Spark's default for a decimal without a type: few values use all its places.
        for scale in _SHORTER_SCALES:
            if scale < places:
                try:
                    _, shorter = _unscaled_longs(array.cast(pa.decimal128(38, scale)))
                except pa.ArrowInvalid:
                    continue
                if shorter is not None:
                    return sort_ints(shorter, scale, places)
    return sort_ints(_unscaled_objects(array) if words is None else words, places, places)


def hash_decimals(values: SortedValues) -> ValueHashes:
    """Return the hashes of decimals by value, whatever their precision and scale.

    A whole number of 64 bits is hashed as a long, any other number of at most 15 significant digits as a double, the
    rest as plain text without trailing zeros.
    """
    ints, scale = values.exact, values.scale
    words: Longs = np.zeros(len(ints), np.int64)
    if ints.dtype == object or scale > _MAX_LONG_SCALE:
        whole = simple = np.zeros(len(ints), np.bool_)
    else:
        whole = ints % 10**scale == 0
        words[whole] = ints[whole] // 10**scale
        simple = ~whole & fits_double(ints)
        words[simple] = values.doubles[simple].view(np.int64)
    others: dict[int, int | float | str] = {
        at: _canonical(int(ints[at]), scale) for at in np.flatnonzero(~(whole | simple)).tolist()
    }
    for at, value in others.items():
        if isinstance(value, int):
            words[at] = value
        elif isinstance(value, float):
            words[at] = np.float64(value).view(np.int64)
    first, second = hash_words(words.view(np.uint64))
    as_text = {at: value for at, value in others.items() if isinstance(value, str)}
    if as_text:
        rows = list(as_text)
        first[rows], second[rows] = hash_texts(*text_bytes(pa.array(as_text.values(), pa.large_string())))

    def library_values(at: npt.NDArray[np.intp]) -> list[Any]:
        longs, doubles = words[at].tolist(), words[at].view(np.float64).tolist()
        plain = (long if is_whole else double for long, double, is_whole in zip(longs, doubles, whole[at], strict=True))
        return [others.get(row, value) for row, value in zip(at.tolist(), plain, strict=True)]

    return ValueHashes(first, second, library_values, [])


def _canonical(value: int, scale: int) -> int | float | str:
    while scale and value % 10 == 0:
        value //= 10
        scale -= 1
    if not scale:
        return value if -_MAX_LONG - 1 <= value <= _MAX_LONG else str(value)
    return value / 10**scale if abs(value) < EXACT_DOUBLE_LIMIT else decimal_text(value, scale)


def _unscaled_longs(array: pa.Array) -> tuple[pa.Array, Longs | None]:
    """Return the array, at least 128 bits wide, and its unscaled values; None where one needs more than 64 bits."""
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


def _unscaled_objects(array: pa.Array) -> npt.NDArray[Any]:
    """Return unscaled values of any size as Python integers, in an array of dtype object."""
    width = array.type.byte_width
    start = array.offset * width
    raw = array.buffers()[1].to_pybytes()[start : start + len(array) * width]
    values = (int.from_bytes(raw[at : at + width], "little", signed=True) for at in range(0, len(raw), width))
    return np.fromiter(values, object, len(array))
