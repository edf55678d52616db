"""The distinct texts of a string column with their counts, lengths, white space and hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stageprint.batch.arrays import Longs, longs
from stageprint.batch.hashes import ValueHashes
from stageprint.batch.murmur import MAX_HASHED_BYTES, Words, hash_texts
from stageprint.batch.sorted_values import counted

_SAMPLED_TEXTS: Final = 1024
_HASH_PADDING_BYTES: Final = 16
_SIEVE_BITS: Final = 16
"""Of a few hundred hashes, other ones share the last bits with one in a hundred; 64 KiB stay in the cache."""

_MAX_TALLY: Final = 4
"""Largest count, as a multiple of their number, up to which counts are tallied instead of partitioned."""

# First and last bytes, in UTF-8, of white space in Unicode: ASCII's, U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028,
# U+2029, U+202F, U+205F and U+3000. Other characters share these bytes, so that a match only says "perhaps".
_ASCII_SPACE: Final = [*range(9, 14), *range(28, 33)]
_PERHAPS_SPACE_FIRST: Final = np.isin(np.arange(256), [*_ASCII_SPACE, 0xC2, 0xE1, 0xE2, 0xE3])
_PERHAPS_SPACE_LAST: Final = np.isin(np.arange(256), [*_ASCII_SPACE, *range(0x80, 0x8B), 0x9F, 0xA0, 0xA8, 0xA9, 0xAF])


class Texts:
    """The texts of one string column, all valid UTF-8; bytes that are not become U+FFFD.

    A text may occur in several entries: where `counts` is None, where a dictionary lists it twice, or where U+FFFD
    made two texts equal. Whoever counts must add such entries up.

    Attributes:
        array: The texts, n of them, as an Arrow array without nulls.
        counts: Rows of each entry, shape (n,); None where each entry is one row, most texts being distinct.
    """

    def __init__(self, array: pa.Array, counts: Longs | None) -> None:
        self.array = array
        self.counts = counts
        self._data, self._starts, self._ends = text_bytes(self.array)
        self._ascii = int(self._data.max(initial=0)) < 128
        if not self._ascii:
            try:
                self.array.validate(full=True)
            except pa.ArrowInvalid:
                raw = self.array.cast(pa.large_binary()).to_pylist()
                self.array = pa.array([text.decode("utf-8", "replace") for text in raw], pa.large_string())
                self._data, self._starts, self._ends = text_bytes(self.array)

    @classmethod
    def of_column(cls, values: pa.Array) -> Texts:
        """Return the texts of a string array without nulls, dictionary-encoded or not."""
        if pa.types.is_dictionary(values.type):
            counts = np.bincount(values.indices.to_numpy(), minlength=len(values.dictionary))
            if counts.all():
                return cls(values.dictionary, counts)
            used = np.flatnonzero(counts)
            return cls(values.dictionary.take(pa.array(used)), counts[used])
        if _mostly_distinct(values):
            return cls(values, None)
        pairs = pc.value_counts(values)
        return cls(pairs.field(0), longs(pairs.field(1)))

    def __len__(self) -> int:
        """Return the number of entries, not of rows."""
        return len(self.array)

    @property
    def rows(self) -> int:
        """Number of rows of all entries."""
        return len(self) if self.counts is None else int(self.counts.sum())

    def rows_where(self, chosen: npt.NDArray[np.bool_]) -> int:
        """Return the number of rows of the entries that a mask, shape (n,), chooses."""
        return int(np.count_nonzero(chosen) if self.counts is None else self.counts[chosen].sum())

    def take(self, at: npt.NDArray[np.intp]) -> list[str]:
        """Return the texts at some positions."""
        found: list[str] = self.array.take(pa.array(at)).to_pylist()
        return found

    @cached_property
    def lengths(self) -> Longs:
        """Length of each text in characters (code points), shape (n,)."""
        return self._ends - self._starts if self._ascii else longs(pc.utf8_length(self.array))

    @cached_property
    def blank(self) -> npt.NDArray[np.bool_]:
        """Mask of the texts that are white space alone; the empty text is not."""
        return self._tested(self.leading_space, pc.utf8_is_space)

    @cached_property
    def leading_space(self) -> npt.NDArray[np.bool_]:
        """Mask of the texts that begin with white space; the empty text does not."""
        first = self._data[self._starts]
        # Comparing is faster than looking up, and enough for ASCII. For an empty text this reads another text's byte;
        # the test on the text itself rules it out.
        perhaps = first <= 32 if self._ascii else _PERHAPS_SPACE_FIRST[first]
        return self._tested(perhaps, lambda found: pc.utf8_is_space(pc.utf8_slice_codeunits(found, 0, 1)))

    @cached_property
    def trailing_space(self) -> npt.NDArray[np.bool_]:
        """Mask of the texts that end with white space; the empty text does not."""
        last = self._data[self._ends - 1]
        perhaps = last <= 32 if self._ascii else _PERHAPS_SPACE_LAST[last]
        return self._tested(perhaps, lambda found: pc.utf8_is_space(pc.utf8_slice_codeunits(found, -1)))

    def _tested(self, perhaps: npt.NDArray[np.bool_], test: Callable[[pa.Array], pa.Array]) -> npt.NDArray[np.bool_]:
        """Return a mask of the texts that pass a test; only the candidates are tested."""
        candidates = np.flatnonzero(perhaps)
        result = np.zeros(len(self), np.bool_)
        if len(candidates):
            result[candidates] = test(self.array.take(pa.array(candidates))).to_numpy(zero_copy_only=False)
        return result

    @cached_property
    def hashes(self) -> ValueHashes:
        """The hashes of the texts, each entry at least once."""
        sizes = self._ends - self._starts
        short = np.flatnonzero(sizes <= MAX_HASHED_BYTES)
        first, second = hash_texts(self._data, self._starts[short], self._ends[short])
        long_texts = [] if len(short) == len(self) else self.take(np.flatnonzero(sizes > MAX_HASHED_BYTES))
        return ValueHashes(first, second, lambda at: self.take(short[at]), long_texts)

    @cached_property
    def entry_hashes(self) -> Words:
        """One 64-bit hash of each entry, shape (n,): MurmurHash3, of more than 512 bytes BLAKE2b."""
        hashes = self.hashes
        if not hashes.long_texts:
            return hashes.first
        long = self._ends - self._starts > MAX_HASHED_BYTES
        found = np.empty(len(self), np.uint64)
        found[~long] = hashes.first
        digests = (hashlib.blake2b(text.encode(), digest_size=8).digest() for text in hashes.long_texts)
        found[long] = np.frombuffer(b"".join(digests), "<u8")
        return found

    def most_frequent(self, limit: int) -> tuple[npt.NDArray[np.intp], Longs, int]:
        """Return the most frequent texts.

        Args:
            limit: Largest number of texts to return.

        Returns:
            Positions of the texts, their counts, and the largest count of a text that is left out (0 where none is).
            Only texts with more than that count are returned; if there is none, one text with that count.
        """
        if self.counts is None:
            return self._most_frequent_by_hash(limit)
        if len(self) <= limit:
            return np.arange(len(self)), self.counts, 0
        return _above_cut(self.counts, limit)

    def _most_frequent_by_hash(self, limit: int) -> tuple[npt.NDArray[np.intp], Longs, int]:
        # Two texts with one hash are counted as one: among a million texts, a chance of 1 in 10^7.
        hashes = self.hashes.first
        distinct, counts = counted(np.sort(hashes))
        if len(distinct) == len(hashes) > limit:
            return np.zeros(1, np.intp), counts[:1], 1
        if len(distinct) <= limit:
            chosen, cut = np.arange(len(distinct)), 0
        else:
            chosen, counts, cut = _above_cut(counts, limit)
        return _places_of(distinct[chosen], hashes), counts, cut


def _places_of(kept: Words, hashes: Words) -> npt.NDArray[np.intp]:
    """Return where each of some hashes, ascending, stands among all of them; each does.

    Few have the same last bits as one of those: only these are looked up.
    """
    last = np.uint64((1 << _SIEVE_BITS) - 1)
    sieve = np.zeros(1 << _SIEVE_BITS, np.bool_)
    sieve[(kept & last).view(np.int64)] = True
    left = np.flatnonzero(sieve[(hashes & last).view(np.int64)])
    places = np.minimum(np.searchsorted(kept, hashes[left]), len(kept) - 1)
    found = np.flatnonzero(kept[places] == hashes[left])
    rows = np.empty(len(kept), np.intp)
    rows[places[found]] = left[found]
    return rows


def text_bytes(array: pa.Array) -> tuple[npt.NDArray[np.uint8], Longs, Longs]:
    """Return the bytes of all texts, and where each text begins and ends in them.

    16 bytes of zeros follow the last text: the hash reads beyond it.
    """
    _, offsets, data = array.buffers()
    if not len(array):
        return np.zeros(_HASH_PADDING_BYTES, np.uint8), np.empty(0, np.int64), np.empty(0, np.int64)
    width: Any = np.int64 if pa.types.is_large_string(array.type) else np.int32
    bounds = np.frombuffer(offsets, width)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    first, last = int(bounds[0]), int(bounds[-1])
    padded = np.zeros(last - first + _HASH_PADDING_BYTES, np.uint8)
    if last > first:
        padded[:-_HASH_PADDING_BYTES] = np.frombuffer(data, np.uint8)[first:last]
    bounds -= first
    return padded, bounds[:-1], bounds[1:]


def _mostly_distinct(texts: pa.Array) -> bool:
    """Return whether most texts of a sample are distinct and all are short: then counting them saves nothing."""
    if len(texts) < _SAMPLED_TEXTS * 4:
        return False
    sample = texts.take(pa.array(np.linspace(0, len(texts) - 1, _SAMPLED_TEXTS, dtype=np.int64)))
    longest = pc.max(pc.binary_length(texts)).as_py()
    return len(sample.unique()) > _SAMPLED_TEXTS // 2 and longest <= MAX_HASHED_BYTES


def _above_cut(counts: Longs, limit: int) -> tuple[npt.NDArray[np.intp], Longs, int]:
    cut = _nth_largest(counts, limit + 1)
    at = np.flatnonzero(counts > cut)
    if not len(at):
        at = np.array([counts.argmax()])
    return at, counts[at], cut


def _nth_largest(counts: Longs, n: int) -> int:
    """Return the n-th largest of at least n counts; `np.partition` is slow where most of them are equal."""
    largest = int(counts.max())
    if largest > _MAX_TALLY * len(counts):
        return int(np.partition(counts, -n)[-n])
    above = np.cumsum(np.bincount(counts)[::-1])
    return largest - int(np.searchsorted(above, n))
