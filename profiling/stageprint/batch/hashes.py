"""Hashes of a column's values, as the HLL and theta sketches take them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stageprint.batch.arrays import Longs
from stageprint.batch.murmur import MAX_HASHED_BYTES, Words, hash_words
from stageprint.errors import StateError

KEYED_HASH_DIGITS: Final = 16
"""Hexadecimal digits of a keyed hash."""


@dataclass(frozen=True, slots=True)
class ValueHashes:
    """The hashes of values, and the values themselves for those that the sketch library must see.

    Attributes:
        first: First 64 bits of MurmurHash3 of each value, shape (n,).
        second: Second 64 bits, shape (n,).
        values: Returns the values at some positions as the library takes them: int, float or str.
        long_texts: Texts that are too long to be hashed here; the library always takes them itself.
    """

    first: Words
    second: Words
    values: Callable[[npt.NDArray[np.intp]], list[Any]]
    long_texts: list[str]


def hash_numbers(exact: npt.NDArray[Any]) -> ValueHashes:
    """Return the hashes of doubles or of 64-bit integers."""
    first, second = hash_words(exact.view(np.uint64))
    # The library takes signed longs; those of an unsigned column have the same 64 bits.
    source: npt.NDArray[np.float64] | Longs = exact if exact.dtype == np.float64 else exact.view(np.int64)
    return ValueHashes(first, second, lambda at: source[at].tolist(), [])


def keyed_hashes(values: Iterable[bytes], secret: bytes) -> list[str]:
    """Return the keyed hash of each value as hexadecimal digits: BLAKE2b of 64 bits, its key the secret (RFC 7693).

    Without the secret, nobody can tell which value a hash stands for, or confirm a guess.

    Raises:
        StateError: There is no secret.
    """
    if not secret:
        message = "values of a sensitive column cannot be hashed without a secret"
        raise StateError(message)
    key = secret if len(secret) <= hashlib.blake2b.MAX_KEY_SIZE else hashlib.blake2b(secret).digest()
    # Copying the state after the key takes half the time of HMAC-SHA256, whose two halves it needs for each value.
    keyed = hashlib.blake2b(digest_size=KEYED_HASH_DIGITS // 2, key=key)
    found = []
    for value in values:
        one = keyed.copy()
        one.update(value)
        found.append(one.hexdigest())
    return found


def binary_text(value: bytes) -> str:
    """Return the hexadecimal digits of a binary value; of one of more than 256 bytes those of its SHA-256."""
    return value.hex() if len(value) <= MAX_HASHED_BYTES // 2 else hashlib.sha256(value).hexdigest()
