"""Formats numbers, times and lists of names for messages."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Sequence
from math import inf, isfinite

from stageprint.model import TEMPORAL, ColumnKind
from stageprint.model.epoch import EPOCH

_MAX_DIGITS = 9
"""Most digits of a value that people look for; they tell every `float` of 32 bits."""


def percent(share: float) -> str:
    """Return a share in percent, with more digits close to 0 and to 100 %.

    Example:
        >>> percent(0.158), percent(0.00042), percent(1.0), percent(0.9996)
        ('15.8 %', '0.04 %', '100.0 %', '99.96 %')
    """
    near = min(abs(share), abs(1.0 - share))
    digits = 1 if near < 1e-9 or near >= 0.001 else 2 if near >= 0.0001 else 4
    return f"{100 * share:.{digits}f} %"


def number(value: float) -> str:
    """Return a number with four significant digits and thousands separators.

    Example:
        >>> number(1403.2), number(1609.344), number(0.000125), number(-999.0), number(2_500_000.0)
        ('1,403', '1,609', '0.000125', '-999', '2,500,000')
    """
    if not isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < 1e15 else f"{value:.4g}"
    return f"{value:.4g}"


def count(value: float) -> str:
    """Return a count as a whole number with thousands separators.

    Example:
        >>> count(28243)
        '28,243'
    """
    return f"{round(value):,}"


def moment(value: float, kind: ColumnKind) -> str:
    """Return a value as text: dates and times as ISO 8601 in UTC, others as `number`.

    Args:
        value: The value; dates in days, timestamps in microseconds since 1970-01-01 UTC.
        kind: The kind of its column.

    Example:
        >>> moment(0.0, ColumnKind.DATE), moment(3.6e9, ColumnKind.TIMESTAMP), moment(12.5, ColumnKind.FLOAT)
        ('1970-01-01', '1970-01-01 01:00', '12.5')
    """
    if kind not in TEMPORAL:
        return number(value)
    micros = value * 86_400e6 if kind is ColumnKind.DATE else value
    try:
        when = EPOCH + dt.timedelta(microseconds=micros)
    except OverflowError:
        return number(value)
    if kind is ColumnKind.DATE:
        return when.strftime("%Y-%m-%d")
    return when.strftime("%Y-%m-%d %H:%M" + (":%S" if when.second or when.microsecond else ""))


def single(value: float, kind: ColumnKind) -> str:
    """Return one value that people look for in the data, with as many digits as tell it; see `moment`.

    Example:
        >>> single(8103.0625, ColumnKind.FLOAT), single(46.04, ColumnKind.FLOAT), single(-999.0, ColumnKind.FLOAT)
        ('8,103.0625', '46.04', '-999')
    """
    if kind in TEMPORAL or not isfinite(value) or value == int(value):
        return moment(value, kind)
    read = _narrowed if _narrowed(value) == value else float
    short = [f"{value:.{digits}g}" for digits in range(4, _MAX_DIGITS + 1)]
    text = next((text for text in short if read(float(text)) == value), short[-1])
    return text if "e" in text else f"{float(text):,}"


def apart(value: float, other: float, kind: ColumnKind) -> tuple[str, str]:
    """Return two unlike values, each as `single`; with all of their digits where they would be told alike.

    Example:
        >>> apart(1.0, 2.5, ColumnKind.FLOAT), apart(0.1, 0.10000000001, ColumnKind.FLOAT)
        (('1', '2.5'), ('0.1', '0.10000000001'))
        >>> apart(1.0, 2.0, ColumnKind.TIMESTAMP)
        ('1970-01-01 00:00:00.000001', '1970-01-01 00:00:00.000002')
    """
    texts = single(value, kind), single(other, kind)
    if texts[0] != texts[1] or value == other:
        return texts
    if kind in TEMPORAL:
        return _to_the_microsecond(value), _to_the_microsecond(other)
    return repr(value), repr(other)


def _to_the_microsecond(micros: float) -> str:
    try:
        when = EPOCH + dt.timedelta(microseconds=micros)
    except OverflowError:
        return repr(micros)
    return when.strftime("%Y-%m-%d %H:%M:%S.%f")


def _narrowed(value: float) -> float:
    """Return a number as a `float` of 32 bits holds it."""
    try:
        (found,) = struct.unpack("f", struct.pack("f", value))
    except OverflowError:
        return inf
    return float(found)


def duration(seconds: float) -> str:
    """Return a signed difference of times in hours and minutes.

    Example:
        >>> duration(5 * 3600), duration(-5.5 * 3600), duration(900)
        ('+5 h', '-5 h 30 min', '+15 min')
    """
    sign = "-" if seconds < 0 else "+"
    hours, minutes = divmod(round(abs(seconds) / 60), 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{minutes} min"] if minutes else [])
    return sign + (" ".join(parts) or "0 min")


def plural(count: float, noun: str) -> str:
    """Return a count with its noun.

    Example:
        >>> plural(1, "row"), plural(28243, "row")
        ('1 row', '28,243 rows')
    """
    return f"{round(count):,} {noun}{'' if round(count) == 1 else 's'}"


def listing(names: Sequence[str], limit: int = 4) -> str:
    """Return names separated by commas; those beyond `limit` are only counted.

    Example:
        >>> listing(["a", "b"]), listing(["a", "b", "c"], 2)
        ('a, b', 'a, b and 1 more')
    """
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def quoted(labels: Sequence[str], limit: int = 3) -> str:
    """Return labels in quotes, cut after 40 characters; those beyond `limit` are only counted.

    Example:
        >>> quoted(["UA", "x" * 60])[:12]
        "'UA', 'xxxxx"
    """
    return listing([repr(label if len(label) <= 40 else label[:39] + "…") for label in labels], limit)
