"""Writes figures for `expected` and `observed`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from math import isfinite, log10

from stageprint.model.epoch import EPOCH

_MAX_QUOTED_CHARACTERS = 40


def percent(share: float) -> str:
    """Return a share in percent, with enough digits that only 0 reads as 0 % and only 1 as 100 %.

    Example:
        >>> percent(1.0), percent(0.95), percent(0.9499), percent(0.000012), percent(0.9999988)
        ('100 %', '95 %', '94.99 %', '0.0012 %', '99.99988 %')
    """
    near = min(abs(share), abs(1.0 - share))
    digits = 2 if near == 0 or near >= 0.01 else 1 - int(log10(near))
    return f"{_trimmed(f'{100 * share:.{digits}f}')} %"


def number(value: float | Decimal) -> str:
    """Return a value with all its digits.

    Example:
        >>> number(2013), number(0.1), number(3.0), number(Decimal("1.50")), number(float("inf"))
        ('2013', '0.1', '3', '1.50', 'inf')
    """
    if isinstance(value, float):
        return str(int(value)) if isfinite(value) and value == int(value) and abs(value) < 1e15 else repr(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def moment(microseconds: float) -> str:
    """Return microseconds since 1970-01-01 as ISO 8601 without trailing zeros; as a number outside the years 1–9999.

    Example:
        >>> moment(0), moment(3.6e9), moment(61_500_000), moment(1e30)
        ('1970-01-01', '1970-01-01 01:00', '1970-01-01 00:01:01.500000', '1e+30 µs since 1970-01-01')
    """
    try:
        when = EPOCH + dt.timedelta(microseconds=microseconds)
    except OverflowError:
        return f"{number(microseconds)} µs since 1970-01-01"
    text = when.replace(tzinfo=None).isoformat(sep=" ")
    return text.removesuffix(":00").removesuffix(" 00:00")


def between(low: str | None, high: str | None) -> str:
    """Return a range in words; either bound may be missing.

    Example:
        >>> between("0", "10"), between("0", None), between(None, "10"), between("3", "3")
        ('from 0 to 10', 'at least 0', 'at most 10', 'exactly 3')
    """
    if low is None:
        return f"at most {high}"
    if high is None:
        return f"at least {low}"
    return f"exactly {low}" if low == high else f"from {low} to {high}"


def listing(texts: Sequence[str], limit: int = 5) -> str:
    """Return the first texts separated by commas, and the number of the others.

    Example:
        >>> listing(["a", "b"]), listing(["a", "b", "c"], 2)
        ('a, b', 'a, b and 1 more')
    """
    shown = ", ".join(texts[:limit])
    return shown if len(texts) <= limit else f"{shown} and {len(texts) - limit:,} more"


def quoted(text: str) -> str:
    """Return a text in quotes, cut if it is long.

    Example:
        >>> quoted("EWR"), len(quoted("x" * 300))
        ("'EWR'", 42)
    """
    return repr(text if len(text) <= _MAX_QUOTED_CHARACTERS else f"{text[: _MAX_QUOTED_CHARACTERS - 1]}…")


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
