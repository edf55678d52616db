"""The types that Spark's CSV reader infers with ``inferSchema``, from texts, and texts in these types."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_WHOLE: Final = r"^[+-]?\d+$"
_NUMBER: Final = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?\s*$|^\s*[+-]?(NaN|Inf|Infinity)\s*$"
_DATE: Final = r"^\d{4}-\d{2}-\d{2}$"
_TIME: Final = (
    r"^(?P<year>\d{4})-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2})(?:[T ]"
    r"(?:(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,9}))?)?"
    r"(?P<zone>Z|UTC|[+-]\d{1,2}(?::\d{2})?)?)?)?)?$"
)
_BOOLEAN: Final = r"^(?i:true|false)$"

TIMESTAMP: Final = pa.timestamp("us", "UTC")
_MAX_DIGITS: Final = 38


def type_of(texts: pa.Array) -> pa.DataType:
    """Return the narrowest type that holds all texts: null where there is no text, else string where none does."""
    found = texts.drop_null()
    if not len(found):
        return pa.null()
    if _all(found, _WHOLE):
        return _whole_type(found)
    if _all(found, _NUMBER):
        return pa.float64()
    if _all(found, _DATE) and _fits(found, pa.date32()):
        return pa.date32()
    if _all(found, _TIME) and _fits(found, TIMESTAMP):
        return TIMESTAMP
    return pa.bool_() if _all(found, _BOOLEAN) else pa.string()


def common_type(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Return the type in which Spark's CSV reader reads a column with values of two types."""
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    numbers = [_rank(one), _rank(other)]
    if None not in numbers:
        return _wider(one, other)
    if {one, other} == {pa.date32(), TIMESTAMP}:
        return TIMESTAMP
    return pa.string()


def as_type(texts: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Return texts as values of a type; a text that is none of its values becomes null."""
    if pa.types.is_string(wanted):
        return texts
    if pa.types.is_null(wanted):
        return pa.nulls(len(texts), wanted)
    try:
        return _converted(texts, wanted)
    except pa.ArrowException:
        found = [_one(text, wanted) for text in texts]
        return pa.concat_arrays(found) if found else pa.nulls(0, wanted)


def _one(text: pa.Scalar, wanted: pa.DataType) -> pa.Array:
    try:
        return _converted(pa.array([text.as_py()], pa.string()), wanted)
    except pa.ArrowException:
        return pa.nulls(1, wanted)


def _converted(texts: pa.Array, wanted: pa.DataType) -> pa.Array:
    if pa.types.is_boolean(wanted):
        return pc.utf8_lower(texts).cast(wanted)
    if wanted == TIMESTAMP:
        return _timestamps(texts)
    if pa.types.is_date(wanted):
        return texts.cast(wanted)
    plain = pc.replace_substring_regex(texts, r"^\s*\+?|[fFdD]?\s*$", "") if pa.types.is_floating(wanted) else texts
    plain = pc.replace_substring_regex(plain, r"^\+", "")
    return plain.cast(wanted)


def _timestamps(texts: pa.Array) -> pa.Array:
    """Return the instants that texts name; those without a zone are in UTC."""
    parts = pc.extract_regex(texts, _TIME)
    if parts.null_count != texts.null_count:
        message = "a text is no time"
        raise pa.ArrowInvalid(message)

    def part(name: str, default: str, width: int) -> pa.Array:
        found = pc.struct_field(parts, name)
        found = pc.if_else(pc.equal(found, ""), default, found)
        return pc.utf8_lpad(found, width, "0")

    fraction = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.struct_field(parts, "fraction"), 6, "0"), 0, 6)
    date = pc.binary_join_element_wise(part("year", "", 4), part("month", "", 2), part("day", "01", 2), "-")
    time = pc.binary_join_element_wise(part("hour", "00", 2), part("minute", "00", 2), part("second", "00", 2), ":")
    stamps = pc.binary_join_element_wise(date, time, " ")
    civil = pc.binary_join_element_wise(stamps, fraction, ".").cast(pa.timestamp("us"))
    return pc.subtract(civil, _offsets(pc.struct_field(parts, "zone"))).cast(TIMESTAMP)


def _offsets(zones: pa.Array) -> pa.Array:
    """Return how far zones such as ``+02:00`` are ahead of UTC."""
    known = {text: _offset(text) for text in pc.unique(zones.drop_null()).to_pylist()}
    if set(known.values()) <= {0}:
        return pa.scalar(0, pa.duration("us"))
    return pa.array([None if text is None else known[text] for text in zones.to_pylist()], pa.duration("us"))


def _offset(zone: str) -> int:
    if zone in {"", "Z", "UTC"}:
        return 0
    hours, _, minutes = zone[1:].partition(":")
    microseconds = (int(hours) * 60 + int(minutes or 0)) * 60_000_000
    return -microseconds if zone[0] == "-" else microseconds


def _whole_type(texts: pa.Array) -> pa.DataType:
    for candidate in (pa.int32(), pa.int64()):
        if _fits(texts, candidate):
            return candidate
    digits = pc.max(pc.utf8_length(pc.replace_substring_regex(texts, r"^[+-]?0*", ""))).as_py()
    return pa.decimal128(digits, 0) if digits <= _MAX_DIGITS else pa.float64()


def _all(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py())


def _fits(texts: pa.Array, wanted: pa.DataType) -> bool:
    try:
        _converted(texts, wanted)
    except pa.ArrowException:
        return False
    return True


def _rank(kind: pa.DataType) -> int | None:
    order = (pa.types.is_int32, pa.types.is_int64, pa.types.is_decimal, pa.types.is_floating)
    return next((place for place, holds in enumerate(order) if holds(kind)), None)


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if pa.types.is_decimal(one) and pa.types.is_decimal(other):
        return max(one, other, key=lambda kind: kind.precision)
    return max(one, other, key=lambda kind: _rank(kind) or 0)
