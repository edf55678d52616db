"""One Arrow column of one record batch, with what several states need computed once.

Everything is lazy: a column whose states need no order is never sorted, and what two states ask for is made for the
first and kept for the second. States work on three small forms of the values:

- `ColumnBatch.sorted_values`: the values of an ordered column, ascending, with their counts;
- `ColumnBatch.texts`: the distinct texts of a string column, with their counts;
- `ColumnBatch.hashes`: the hashes of either, as the HLL and theta sketches take them.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stageprint.batch.arrays import Longs, decoded, list_lengths, longs, of_kind, plain, whole_numbers
from stageprint.batch.decimals import hash_decimals, sort_decimals
from stageprint.batch.hashes import ValueHashes, binary_text, hash_numbers, keyed_hashes
from stageprint.batch.row_texts import row_texts
from stageprint.batch.sorted_values import SortedValues, group_starts, sort_doubles, sort_ints
from stageprint.batch.texts import Texts
from stageprint.model import ColumnKind

_HOUR_MICROSECONDS: Final = 3_600_000_000


class ColumnBatch:
    """One Arrow column of one record batch, taken as a kind of column.

    Args:
        array: Any Arrow array: sliced, dictionary-encoded, read-only, of any width or unit.
        kind: What its values are; an array of another kind is converted, such as integer codes that are labels to
            text.

    Raises:
        StateError: The array cannot be taken as `kind`.
    """

    def __init__(self, array: pa.Array | pa.ChunkedArray, kind: ColumnKind) -> None:
        self.kind = kind
        self._array = of_kind(plain(array), kind)
        self.rows: int = len(self._array)
        self.nulls: int = self._array.null_count

    @property
    def array(self) -> pa.Array:
        """The values with their nulls, as one array."""
        return self._array

    @cached_property
    def non_null(self) -> pa.Array:
        """The values without nulls; dictionary-encoded texts stay encoded."""
        return self._array.drop_null() if self.nulls else self._array

    @cached_property
    def nan(self) -> int:
        """Number of NaN, which no other figure includes; 0 for every kind but float."""
        return len(self.non_null) - self.sorted_values.rows if self.kind is ColumnKind.FLOAT else 0

    @cached_property
    def trues(self) -> int:
        """Number of true values of a boolean column."""
        return int(self.non_null.true_count)

    @cached_property
    def sorted_values(self) -> SortedValues:
        """The values of an ordered column, ascending."""
        values = self.non_null
        if self.kind is ColumnKind.FLOAT:
            return sort_doubles(values.to_numpy(zero_copy_only=False))
        if self.kind is ColumnKind.DECIMAL:
            return sort_decimals(values)
        return sort_ints(whole_numbers(values, self.kind))

    @cached_property
    def hours(self) -> tuple[Longs, Longs]:
        """Each distinct hour of a timestamp column, in hours since 1970-01-01, and its rows."""
        hours = self.sorted_values.exact // _HOUR_MICROSECONDS
        if not len(hours):
            return hours, np.empty(0, np.int64)
        starts = group_starts(hours)
        rows = np.diff(starts, append=len(hours))
        counts = self.sorted_values.counts
        return hours[starts], rows if counts is None else np.add.reduceat(counts, starts)

    @cached_property
    def texts(self) -> Texts:
        """The distinct texts of a string column."""
        return Texts.of_column(self.non_null)

    @cached_property
    def lengths(self) -> tuple[Longs, Longs | None]:
        """Lengths of the values, and the rows of each, or None where each length is one row.

        Strings are measured in characters, each distinct text once; binary values in bytes; arrays and maps in
        elements or entries.
        """
        if self.kind is ColumnKind.STRING:
            return self.texts.lengths, self.texts.counts
        values = self.non_null
        if self.kind is ColumnKind.BINARY:
            return longs(pc.binary_length(decoded(values))), None
        return list_lengths(values), None

    @cached_property
    def hashes(self) -> ValueHashes:
        """The hashes of the values: each distinct value at least once, nulls and NaN not at all.

        A boolean is hashed as ``true`` or ``false``, a binary value as its hexadecimal digits or, beyond 256 bytes,
        as those of its SHA-256.
        """
        if self.kind is ColumnKind.BINARY:
            digits = [binary_text(value) for value in self.non_null.unique().to_pylist()]
            return Texts(pa.array(digits, pa.large_string()), None).hashes
        if self.kind is ColumnKind.STRING:
            return self.texts.hashes
        if self.kind is ColumnKind.BOOLEAN:
            found = {"true": self.trues, "false": len(self.non_null) - self.trues}
            return Texts(pa.array([text for text, rows in found.items() if rows], pa.string()), None).hashes
        if self.kind is ColumnKind.DECIMAL:
            return hash_decimals(self.sorted_values)
        return hash_numbers(self.sorted_values.exact)

    def masked(self, secret: bytes) -> ColumnBatch:
        """Return the values as texts of 16 hexadecimal digits: the keyed hashes of their texts (`row_texts`).

        Equal values have equal digits, numbers whatever their type. Without the secret, nobody can tell which value
        they stand for. Nulls stay null, and NaN becomes null.

        Raises:
            StateError: There is no secret.
        """
        texts = self._array if self.kind is ColumnKind.STRING else self.row_texts()
        if self.kind is ColumnKind.FLOAT:
            texts = pc.if_else(pc.is_nan(self._array), pa.scalar(None, texts.type), texts)
        coded = texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode()
        masks = keyed_hashes(coded.dictionary.cast(pa.large_binary()).to_pylist(), secret)
        coded = pa.DictionaryArray.from_arrays(coded.indices, pa.array(masks, pa.large_string()))
        return ColumnBatch(coded, ColumnKind.STRING)

    @cached_property
    def negative_zeros(self) -> int:
        """Number of −0.0 of a float column; `sorted_values` has them as 0.0."""
        doubles = self.sorted_values.doubles
        zero = int(np.searchsorted(doubles, 0.0))
        if self.kind is not ColumnKind.FLOAT or zero == len(doubles) or doubles[zero] != 0.0:
            return 0
        values = self.non_null.to_numpy(zero_copy_only=False)
        # −0.0 is a sign bit and nothing else; comparing words is faster than looking for signs among zeros.
        sign = np.array(-0.0, values.dtype).view(f"u{values.itemsize}")
        return int(np.count_nonzero(values.view(sign.dtype) == sign))

    def row_texts(self) -> pa.Array:
        """Return one text per row, null where the value is, as `batch.row_texts.row_texts` writes them."""
        return row_texts(self._array, self.kind)
