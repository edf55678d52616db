"""Arrow arrays as states take them: decoded, of one kind, and as numpy integers."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stageprint.batch.arrow_types import is_text, kind_of
from stageprint.errors import StateError
from stageprint.model import TIMESTAMPS, ColumnKind

Doubles: TypeAlias = npt.NDArray[np.float64]
Longs: TypeAlias = npt.NDArray[np.int64]

_UNIT_NANOSECONDS: Final = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_DAY_MILLISECONDS: Final = 86_400_000

_TARGET_TYPES: Final = {
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


def plain(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return the values as one array of a type that Arrow's kernels take.

    Extension arrays become their storage, views large strings or binaries, durations microseconds; run-end encoding is
    decoded. A dictionary stays only if it holds texts and no null.
    """
    if isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries().combine_chunks()
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    if pa.types.is_run_end_encoded(array.type):
        array = pc.run_end_decode(array)
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
    if not is_text(array.type.value_type) or array.dictionary.null_count:
        return array.dictionary_decode()
    return array


def of_kind(array: pa.Array, kind: ColumnKind) -> pa.Array:
    """Return the array as it is where its type belongs to the kind, else converted.

    Raises:
        StateError: The array cannot be converted without losing digits. Two conversions may lose them: a timestamp
            taken as a date, and an integer taken as a double.
    """
    found = kind_of(array.type)
    if kind in {found, ColumnKind.OTHER} or {kind, found} <= TIMESTAMPS:
        return array
    try:
        if kind not in _TARGET_TYPES:
            message = f"a column of Arrow type {array.type} cannot be taken as {kind.value}"
            raise StateError(message)
        return decoded(array).cast(_TARGET_TYPES[kind], safe=kind not in {ColumnKind.DATE, ColumnKind.FLOAT})
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        message = f"a column of Arrow type {array.type} cannot be taken as {kind.value}: {error}"
        raise StateError(message) from error


def decoded(array: pa.Array) -> pa.Array:
    """Return the array without dictionary encoding."""
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def list_lengths(array: pa.Array) -> Longs:
    """Return the number of elements of each list, or of entries of each map; the array holds no nulls."""
    if pa.types.is_map(array.type):
        return np.diff(longs(array.offsets))
    return longs(pc.list_value_length(array))


def longs(array: pa.Array) -> Longs:
    """Return an array of integers without nulls as 64-bit integers."""
    values: Longs = array.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return values


def whole_numbers(array: pa.Array, kind: ColumnKind) -> npt.NDArray[Any]:
    """Return integers as they are, dates as days and timestamps as microseconds since 1970-01-01; no nulls.

    Nanoseconds are rounded down. The dtype is int64; uint64 for unsigned integers of 64 bits.
    """
    data_type = array.type
    if kind is ColumnKind.INTEGER:
        values: npt.NDArray[Any] = array.to_numpy()
        return values if values.dtype == np.uint64 else values.astype(np.int64, copy=False)
    if kind is ColumnKind.DATE:
        if pa.types.is_date32(data_type):
            return longs(array.view(pa.int32()))
        return longs(array.view(pa.int64())) // _DAY_MILLISECONDS
    ticks = longs(array.view(pa.int64()))
    nanoseconds = _UNIT_NANOSECONDS[data_type.unit]
    return ticks * (nanoseconds // 1000) if nanoseconds >= 1000 else ticks // (1000 // nanoseconds)
