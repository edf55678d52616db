"""Encodes texts as integers, so that the rows of several tables are grouped and matched by number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Codes = NDArray[np.int64]


class Vocabulary:
    """The distinct texts of one column in several tables, numbered from 0."""

    def __init__(self, columns: Sequence[pa.ChunkedArray]) -> None:
        """Number the texts.

        Args:
            columns: The column in each of the tables.
        """
        self.texts = pc.unique(pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string()))

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.texts)

    def encode(self, column: pa.ChunkedArray) -> Codes:
        """Return the number of each text."""
        return np.asarray(pc.index_in(column, value_set=self.texts).to_numpy(), dtype=np.int64)

    def decode(self, codes: Codes) -> pa.Array:
        """Return the text of each number."""
        return self.texts.take(pa.array(codes))

    def among(self, codes: Codes, wanted: Sequence[str]) -> NDArray[np.bool_]:
        """Return whether each number stands for one of the texts `wanted`; texts without a number match nothing."""
        places = pc.index_in(pa.array(wanted, pa.string()), value_set=self.texts).drop_null()
        return np.isin(codes, places.to_numpy())


def combine(codes: Sequence[Codes], sizes: Sequence[int]) -> Codes:
    """Return one number for each combination of numbers, the first varying slowest.

    Example:
        >>> combine([np.array([0, 1]), np.array([2, 0])], [2, 3])
        array([2, 3])
    """
    combined = np.zeros(len(codes[0]), dtype=np.int64)
    for code, size in zip(codes, sizes, strict=True):
        combined = combined * max(size, 1) + code
    return combined


def dense(codes: Codes) -> tuple[Codes, Codes]:
    """Return the distinct numbers, and the place of each number among them."""
    encoded = pa.array(codes).dictionary_encode()
    return encoded.dictionary.to_numpy(), np.asarray(encoded.indices.to_numpy(), dtype=np.int64)


def starts_of(codes: Codes) -> NDArray[np.intp]:
    """Return where each run of equal numbers begins; equal numbers stand together.

    Example:
        >>> starts_of(np.array([4, 4, 7, 2, 2]))
        array([0, 2, 3])
    """
    return np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))


def find(wanted: Codes, among: Codes) -> Codes:
    """Return where each wanted number first occurs, −1 where it does not."""
    found = pc.index_in(pa.array(wanted), value_set=pa.array(among))
    return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)
