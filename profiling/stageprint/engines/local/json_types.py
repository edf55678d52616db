"""The types that Spark's JSON reader infers: fields in the order of their names, texts where types do not agree."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import pyarrow as pa

_LONG: Final = range(-(2**63), 2**63)


class RawNumber(str):
    """A number as it is written."""

    __slots__ = ()


def parsed(line: str) -> Any:
    """Return a line's value, its numbers as they are written.

    Raises:
        ValueError: It is not JSON.
    """
    return json.loads(line, parse_int=RawNumber, parse_float=RawNumber, parse_constant=RawNumber)


def type_of(value: Any) -> pa.DataType:
    """Return the type of a parsed value."""
    if value is None:
        return pa.null()
    if isinstance(value, bool):
        return pa.bool_()
    if isinstance(value, RawNumber):
        is_whole = value.removeprefix("-").isdigit()
        return pa.int64() if is_whole and int(value) in _LONG else pa.float64()
    if isinstance(value, str):
        return pa.string()
    if isinstance(value, dict):
        return pa.struct([(name, type_of(inner)) for name, inner in value.items()])
    return pa.list_(common_of(type_of(inner) for inner in value))


def common_of(types: Iterable[pa.DataType]) -> pa.DataType:
    """Return the type that all of some types are read in."""
    found = pa.null()
    for one in types:
        found = common_type(found, one)
    return found


def common_type(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Return the type in which values of two types are read."""
    types = pa.types
    if one == other or types.is_null(other):
        return one
    if types.is_null(one):
        return other
    if {one, other} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if types.is_struct(one) and types.is_struct(other):
        fields = {field.name: field.type for field in one}
        for field in other:
            fields[field.name] = common_type(fields.get(field.name, pa.null()), field.type)
        return pa.struct(list(fields.items()))
    if types.is_list(one) and types.is_list(other):
        return pa.list_(common_type(one.value_type, other.value_type))
    return pa.string()


def without_times(found: pa.DataType) -> pa.DataType:
    """Return a type that Arrow inferred, with texts in place of the times that it takes them for."""
    types = pa.types
    if types.is_timestamp(found) or types.is_date(found) or types.is_time(found):
        return pa.string()
    if types.is_struct(found):
        return pa.struct([(field.name, without_times(field.type)) for field in found])
    return pa.list_(without_times(found.value_type)) if types.is_list(found) else found


def final_type(found: pa.DataType) -> pa.DataType | None:
    """Return a type as it is read: fields by name, texts where there are only nulls; None: a struct without fields."""
    if pa.types.is_null(found):
        return pa.string()
    if pa.types.is_list(found):
        inner = final_type(found.value_type)
        return None if inner is None else pa.list_(inner)
    if not pa.types.is_struct(found):
        return found
    fields = [(field.name, final_type(field.type)) for field in sorted(found, key=lambda one: str(one.name))]
    kept = [(name, kind) for name, kind in fields if kind is not None]
    return pa.struct(kept) if kept else None


def as_type(value: Any, wanted: pa.DataType) -> Any:
    """Return a parsed value as a value of a type; None where it is none."""
    types = pa.types
    if value is None or types.is_string(wanted):
        return None if value is None else _text(value)
    if types.is_struct(wanted) and isinstance(value, dict):
        return {field.name: as_type(value.get(field.name), field.type) for field in wanted}
    if types.is_list(wanted) and isinstance(value, list):
        return [as_type(inner, wanted.value_type) for inner in value]
    if types.is_boolean(wanted):
        return value if isinstance(value, bool) else None
    return _number(value, wanted) if isinstance(value, RawNumber) else None


def _number(value: RawNumber, wanted: pa.DataType) -> float | int | None:
    if pa.types.is_floating(wanted):
        return float(value)
    is_whole = pa.types.is_integer(wanted) and value.removeprefix("-").isdigit()
    return int(value) if is_whole and int(value) in _LONG else None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _compact(value)


def _compact(value: Any) -> str:
    if isinstance(value, RawNumber):
        return str(value)
    if isinstance(value, dict):
        inner = ",".join(f"{json.dumps(name, ensure_ascii=False)}:{_compact(one)}" for name, one in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_compact, value))}]"
    return json.dumps(value, ensure_ascii=False)
