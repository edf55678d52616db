"""The types of columns as the local engine profiles them: those as which Spark would read the same files."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from stageprint.batch.arrow_types import is_text, kind_of, spark_type_name
from stageprint.batch.nested import arrow_children
from stageprint.pipeline.scan_plan import TypeSystem

ARROW_TYPES: Final = TypeSystem(arrow_children, kind_of, spark_type_name)

_WIDER: Final = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0),
    pa.float16(): pa.float32(),
    pa.date64(): pa.date32(),
}

_INTEGERS: Final = (pa.int8(), pa.int16(), pa.int32(), pa.int64())


def read_type(found: pa.DataType) -> pa.DataType:  # noqa: PLR0911 -- one line a type
    """Return the type as which values of a file's type are profiled.

    Dictionaries become their values' type, times are counted in microseconds, unsigned numbers become the next wider
    signed ones.
    """
    types = pa.types
    if isinstance(found, pa.BaseExtensionType):
        return read_type(found.storage_type)
    if types.is_dictionary(found) or types.is_run_end_encoded(found):
        return read_type(found.value_type)
    if found in _WIDER:
        return _WIDER[found]
    if types.is_decimal(found) and found.bit_width < 128:
        return pa.decimal128(found.precision, found.scale)
    if types.is_timestamp(found):
        return pa.timestamp("us", found.tz and "UTC")
    if types.is_struct(found):
        return pa.struct([field.with_type(read_type(field.type)) for field in found])
    if types.is_map(found):
        return pa.map_(read_type(found.key_type), read_type(found.item_type))
    if types.is_list(found) or types.is_large_list(found) or types.is_fixed_size_list(found):
        return pa.list_(read_type(found.value_type))
    if is_text(found):
        return pa.string()
    if types.is_large_binary(found) or types.is_binary_view(found) or types.is_fixed_size_binary(found):
        return pa.binary()
    return found


def common_type(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:  # noqa: PLR0911 -- one line a type
    """Return the type that holds the values of two types without loss; None where there is none."""
    types = pa.types
    if one == other or types.is_null(other):
        return one
    if types.is_null(one):
        return other
    if one in _INTEGERS and other in _INTEGERS:
        return max(one, other, key=_INTEGERS.index)
    if types.is_floating(one) and types.is_floating(other):
        return pa.float64()
    if types.is_decimal(one) and types.is_decimal(other):
        scale = max(one.scale, other.scale)
        precision = max(one.precision - one.scale, other.precision - other.scale) + scale
        return pa.decimal128(precision, scale) if precision <= 38 else None
    if types.is_struct(one) and types.is_struct(other):
        return _common_struct(one, other)
    if types.is_list(one) and types.is_list(other):
        inner = common_type(one.value_type, other.value_type)
        return None if inner is None else pa.list_(inner)
    return None


def _common_struct(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    fields = {field.name.casefold(): field for field in one}
    for field in other:
        known = fields.get(field.name.casefold())
        found = field.type if known is None else common_type(known.type, field.type)
        if found is None:
            return None
        fields[field.name.casefold()] = pa.field((known or field).name, found)
    return pa.struct(list(fields.values()))
