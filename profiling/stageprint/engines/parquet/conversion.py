"""Converts values of the type that a Parquet file has into the type that Spark reads them as.

The fast path must give the numbers that Spark gives. Where Spark's rules for a pair of types are not followed here,
the table is left to the general path.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.engines.parquet.model import NotReadableError

Convert: TypeAlias = Callable[[pa.Array], pa.Array]

_DIGITS: Final = {8: 3, 16: 5, 32: 10, 64: 20}
"""Bits of an integer → the digits that a decimal needs before the point, as Delta's type widening asks for them."""


def conversion(found: pa.DataType, wanted: pa.DataType) -> Convert:
    """Return the function that converts values of a file's type into the type that Spark reads them as.

    Args:
        found: The type in the file.
        wanted: The type in the table's schema.

    Raises:
        NotReadableError: Spark converts this pair of types by rules that are not followed here, or not at all.
    """
    if pa.types.is_dictionary(found):
        inner = conversion(found.value_type, wanted)
        # Dictionary-encoded texts stay encoded: each different text is then counted once.
        return _same if is_text(wanted) else lambda array: inner(array.dictionary_decode())
    if found == wanted or (is_text(found) and is_text(wanted)) or (_is_bytes(found) and _is_bytes(wanted)):
        return _same
    if pa.types.is_null(found):
        return lambda array: pa.nulls(len(array), wanted)
    cuts = _counts_finer(found, wanted)
    if cuts or _widens(found, wanted):
        return lambda array: array.cast(wanted, safe=not cuts)
    if _same_inside(found, wanted):
        return _same
    if pa.types.is_struct(found) and pa.types.is_struct(wanted):
        return _struct(found, wanted)
    raise type_mismatch(found, wanted)


def converted(array: pa.Array, wanted: pa.DataType, name: str) -> pa.Array:
    """Return values in another type, also where Spark would not read the one as the other.

    Nanoseconds are cut to microseconds. Dictionary-encoded texts stay encoded.

    Raises:
        NotReadableError: A value does not fit the type.
    """
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    if pa.types.is_run_end_encoded(array.type):
        array = pc.run_end_decode(array)
    try:
        return conversion(array.type, wanted)(array)
    except (NotReadableError, pa.ArrowException):
        pass
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    try:
        return array.cast(wanted, safe=not has_time(array.type))
    except pa.ArrowException as error:
        message = f"column {name!r}: a value of type {array.type} does not fit {wanted}"
        raise NotReadableError(message) from error


def type_mismatch(found: pa.DataType, wanted: pa.DataType) -> NotReadableError:
    """Return the error for a pair of types that are not converted here."""
    return NotReadableError(f"the file has {found}, the table {wanted}")


def _widens(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Tell whether every value of one type has an equal value in the other, wider one."""
    types = pa.types
    if types.is_integer(found):
        return _widens_integer(found, wanted)
    if types.is_date32(found):
        return bool(types.is_timestamp(wanted) and wanted.tz is None)
    if types.is_float32(found):
        return bool(types.is_float64(wanted))
    if types.is_decimal(found) and types.is_decimal(wanted):
        whole = found.precision - found.scale
        return bool(wanted.scale >= found.scale and wanted.precision - wanted.scale >= whole)
    return False


def _widens_integer(found: pa.DataType, wanted: pa.DataType) -> bool:
    types = pa.types
    if types.is_signed_integer(wanted):
        return bool(wanted.bit_width > found.bit_width)
    if types.is_uint64(found):
        return bool(wanted == pa.decimal128(20, 0))
    if types.is_decimal(wanted):
        return bool(types.is_signed_integer(found) and wanted.precision - wanted.scale >= _DIGITS[found.bit_width])
    return bool(types.is_signed_integer(found) and found.bit_width < 64 and types.is_float64(wanted))


def _counts_finer(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Tell whether times are counted in nanoseconds, as pandas does; what is below a microsecond is cut off."""
    types = pa.types
    both = types.is_timestamp(found) and types.is_timestamp(wanted)
    return bool(both and found.unit == "ns" and (found.tz is None) == (wanted.tz is None))


def _struct(found: pa.DataType, wanted: pa.DataType) -> Convert:
    names = [field.name.lower() for field in found]
    makers: list[tuple[int, Convert] | None] = []
    for field in wanted:
        if names.count(field.name.lower()) > 1:
            raise type_mismatch(found, wanted)
        at = names.index(field.name.lower()) if field.name.lower() in names else None
        makers.append(None if at is None else (at, conversion(found.field(at).type, field.type)))
    if not any(makers):
        raise type_mismatch(found, wanted)

    def make(array: pa.Array) -> pa.Array:
        children = [
            pa.nulls(len(array), field.type) if maker is None else maker[1](pc.struct_field(array, [maker[0]]))
            for field, maker in zip(wanted, makers, strict=True)
        ]
        return pa.StructArray.from_arrays(children, [field.name for field in wanted], mask=array.is_null())

    return make


def _same_inside(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Tell whether nested types hold equal types at the same places, under equal field names."""
    types = pa.types
    if types.is_struct(found) and types.is_struct(wanted):
        return found.num_fields == wanted.num_fields and all(
            one.name.lower() == two.name.lower() and _same_inside(one.type, two.type)
            for one, two in zip(found, wanted, strict=True)
        )
    if types.is_map(found) and types.is_map(wanted):
        return _same_inside(found.key_type, wanted.key_type) and _same_inside(found.item_type, wanted.item_type)
    if (types.is_list(found) or types.is_large_list(found)) and types.is_list(wanted):
        return _same_inside(found.value_type, wanted.value_type)
    if types.is_timestamp(found) and types.is_timestamp(wanted):
        return found.unit in {"ms", "us"} and (found.tz is None) == (wanted.tz is None)
    return bool(found == wanted or (is_text(found) and is_text(wanted)) or (_is_bytes(found) and _is_bytes(wanted)))


def field_names(data_type: pa.DataType) -> list[str]:
    """Return the names of the struct fields in a type, at any depth, in order."""
    if not pa.types.is_nested(data_type):
        return []
    fields = [data_type.field(at) for at in range(data_type.num_fields)]
    own = [field.name for field in fields] if pa.types.is_struct(data_type) else []
    return [*own, *(name for field in fields for name in field_names(field.type))]


def has_time(data_type: pa.DataType) -> bool:
    """Tell whether a type is a date or timestamp, or holds one at any depth."""
    if pa.types.is_nested(data_type):
        return any(has_time(data_type.field(at).type) for at in range(data_type.num_fields))
    return bool(pa.types.is_timestamp(data_type) or pa.types.is_date(data_type))


def is_text(data_type: pa.DataType) -> bool:
    """Tell whether a type is one of Arrow's string types."""
    types = pa.types
    return bool(types.is_string(data_type) or types.is_large_string(data_type) or types.is_string_view(data_type))


def _is_bytes(data_type: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_binary(data_type) or types.is_large_binary(data_type) or types.is_binary_view(data_type))


def _same(array: pa.Array) -> pa.Array:
    return array
