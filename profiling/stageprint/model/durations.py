"""Spans of time as text, such as ``36h`` in a configuration and ``1 d 12 h`` in a sentence."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

_PART: Final = re.compile(r"\s*(\d+)\s*(w|d|h|min)\b")
_UNITS: Final = {
    "w": dt.timedelta(weeks=1),
    "d": dt.timedelta(days=1),
    "h": dt.timedelta(hours=1),
    "min": dt.timedelta(minutes=1),
}
_MAX_DURATION: Final = dt.timedelta(days=366_000)


def read_duration(value: Any) -> dt.timedelta:
    """Return a duration from YAML, such as ``2d``, ``36h`` or ``1d 12h``.

    Raises:
        ValueError: The value is not a duration.
    """
    text, at, total = value if isinstance(value, str) else "", 0, dt.timedelta(0)
    while total <= _MAX_DURATION and (part := _PART.match(text, at)) is not None and len(part[1]) <= 6:
        total += int(part[1]) * _UNITS[part[2]]
        at = part.end()
    if not at or text[at:].strip() or total > _MAX_DURATION:
        message = "expected a duration such as 2d, 36h, 1d 12h, 30min or 1w"
        raise ValueError(message)
    return total


def duration(value: dt.timedelta) -> str:
    """Return a span of time.

    Example:
        >>> duration(dt.timedelta(hours=36)), duration(dt.timedelta(days=2)), duration(-dt.timedelta(minutes=5))
        ('1 d 12 h', '2 d', '-5 min')
    """
    minutes = round(abs(value) / dt.timedelta(minutes=1))
    days, rest = divmod(minutes, 24 * 60)
    parts = [(days, "d"), (rest // 60, "h"), (rest % 60, "min")]
    text = " ".join(f"{amount} {unit}" for amount, unit in parts if amount)
    return f"{'-' if value < dt.timedelta(0) else ''}{text or '0 min'}"
