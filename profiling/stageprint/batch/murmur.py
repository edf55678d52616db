"""MurmurHash3 (x64, 128 bits, seed 9001) over whole arrays: the hash inside HLL and theta sketches.

The DataSketches library takes one value per call. With the hashes of a whole batch a state knows which values can
change its sketch, and passes only those to the library.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]

SEED: Final = np.uint64(9001)
MAX_HASHED_BYTES: Final = 512
"""Longest text that `hash_texts` takes; its time grows with the longest text of a batch."""

_C1: Final = np.uint64(0x87C37B91114253D5)
_C2: Final = np.uint64(0x4CF5AD432745937F)
_F1: Final = np.uint64(0xFF51AFD7ED558CCD)
_F2: Final = np.uint64(0xC4CEB9FE1A85EC53)
_CHUNK: Final = 8192  # fits the CPU cache, and is large enough to hide the cost of a numpy call


def hash_words(words: Words) -> tuple[Words, Words]:
    """Return the first and the second 64 bits of the hash of each 8-byte word."""
    first, second = np.empty_like(words), np.empty_like(words)
    scratch = np.empty(min(len(words), _CHUNK), np.uint64)
    for start in range(0, len(words), _CHUNK):
        part = slice(start, start + _CHUNK)
        one, two = first[part], second[part]
        other = scratch[: len(one)]
        np.multiply(words[part], _C1, out=one)
        _rotate(one, 31, other)
        one *= _C2
        # 8 bytes only change the first half; the second is still the seed.
        one ^= SEED ^ _EIGHT
        one += SEED ^ _EIGHT
        np.add(one, SEED ^ _EIGHT, out=two)
        _finish(one, two, other)
    return first, second


def hash_texts(
    data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> tuple[Words, Words]:
    """Return the first and the second 64 bits of the hash of each text ``data[start:end]``.

    Args:
        data: The texts' bytes; at least 16 bytes follow the last text.
        starts: Where each text begins.
        ends: Where each ends, at most `MAX_HASHED_BYTES` after its start.
    """
    first, second = np.empty(len(starts), np.uint64), np.empty(len(starts), np.uint64)
    for start in range(0, len(starts), _CHUNK):
        part = slice(start, start + _CHUNK)
        _hash_chunk(data, starts[part], ends[part] - starts[part], first[part], second[part])
    return first, second


def _hash_chunk(
    data: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    first: Words,
    second: Words,
) -> None:
    unaligned: Words = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
    first[:] = SEED
    second[:] = SEED
    blocks = lengths >> 4
    for block in range(int(blocks.max(initial=0))):
        active = np.flatnonzero(blocks > block)
        everyone = len(active) == len(starts)
        at = (starts if everyone else starts[active]) + 16 * block
        one, two = (first, second) if everyone else (first[active], second[active])
        _mix_block(one, two, unaligned[at], unaligned[at + 8])
        if not everyone:
            first[active], second[active] = one, two
    # The words of the tail hold the remaining bytes and zeros; a word of zeros mixes to zero and changes nothing.
    tail = starts + (blocks << 4)
    left = lengths & 15
    scratch = np.empty_like(first)
    low = unaligned[tail] & _MASKS[np.minimum(left, 8)]
    first ^= _mix(low, _C1, 31, _C2, scratch)
    if left.max(initial=0) > 8:
        high = unaligned[tail + 8] & _MASKS[np.maximum(left - 8, 0)]
        second ^= _mix(high, _C2, 33, _C1, scratch)
    count = lengths.astype(np.uint64)
    first ^= count
    second ^= count
    first += second
    second += first
    _finish(first, second, scratch)


_EIGHT: Final = np.uint64(8)
_MASKS: Final = np.array([(1 << (8 * count)) - 1 for count in range(9)], np.uint64)


def _mix_block(one: Words, two: Words, low: Words, high: Words) -> None:
    scratch = np.empty_like(one)
    one ^= _mix(low, _C1, 31, _C2, scratch)
    _rotate(one, 27, scratch)
    one += two
    one *= np.uint64(5)
    one += np.uint64(0x52DCE729)
    two ^= _mix(high, _C2, 33, _C1, scratch)
    _rotate(two, 31, scratch)
    two += one
    two *= np.uint64(5)
    two += np.uint64(0x38495AB5)


def _mix(word: Words, before: np.uint64, by: int, after: np.uint64, scratch: Words) -> Words:
    word *= before
    _rotate(word, by, scratch)
    word *= after
    return word


def _rotate(word: Words, by: int, scratch: Words) -> None:
    np.right_shift(word, np.uint64(64 - by), out=scratch)
    word <<= np.uint64(by)
    word |= scratch


def _finish(one: Words, two: Words, scratch: Words) -> None:
    _final_mix(one, scratch)
    _final_mix(two, scratch)
    one += two
    two += one


def _final_mix(word: Words, scratch: Words) -> None:
    for factor in (_F1, _F2):
        np.right_shift(word, np.uint64(33), out=scratch)
        word ^= scratch
        word *= factor
    np.right_shift(word, np.uint64(33), out=scratch)
    word ^= scratch
