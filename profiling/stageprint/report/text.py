"""Values as text: how counts, shares, durations and sizes are written, in the terminal and in HTML."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from stageprint.model.figures import plural

MISSING: Final = "–"
"""Shown for a value that was not computed, which is neither zero nor empty."""

_EPOCH: Final = dt.datetime(1970, 1, 1)  # noqa: DTZ001 -- shown without a time zone, like the store's texts
_SECONDS: Final = re.compile(r"^([\d-]+)T(\d\d:\d\d)(:00(\.0+)?)?(?=$|[Z+-])")
_MAX_CHARS: Final = 40
_NOT_PRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Characters that steer a terminal or turn the direction of writing; line feeds and tabs are none of them."""

_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def printable(text: str) -> str:
    r"""Return a text that is safe on a terminal: each character that would steer it is shown as ``�``.

    Names and values come from the profiled tables, and may have been made to clear the screen or to rewrite lines.

    Example:
        >>> printable("price\x1b[2J")
        'price�[2J'
    """
    return _NOT_PRINTABLE.sub("�", text)


def printable_json(text: str) -> str:
    """Return the same JSON with the characters that would steer a terminal escaped."""
    return _NOT_PRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def count(value: int | float | None) -> str:
    """Return a count with separated thousands, such as ``28,796``; estimates are rounded to whole numbers."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{round(value):,}"


def share(value: float | None) -> str:
    """Return a share 0–1 in percent; a tiny one is never shown as 0 %, one just below 1 never as 100 %."""
    if value is None or not math.isfinite(value):
        return MISSING
    percent = 100 * value
    if 0 < percent < 0.01:
        return "<0.01 %"
    if 99.99 < percent < 100:
        return ">99.99 %"
    digits = 0 if percent in {0, 100} else 2 if percent < 1 or percent > 99 else 1
    return f"{percent:.{digits}f} %"


def number(value: object) -> str:
    """Return a column's value, short enough for a table cell.

    Floats keep five significant digits, whole numbers all of them.
    """
    if value is None:
        return MISSING
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, int):
        return str(value).lower() if isinstance(value, bool) else _grouped(value)
    if isinstance(value, dt.date):
        return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else clip(str(value))


def level(value: object, data_type: str) -> str:
    """Return a median or mean in the column's own type.

    Args:
        value: As stored: days since 1970 for dates, microseconds since 1970 for timestamps.
        data_type: The column's type.
    """
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return number(value)
    try:
        if data_type == "date":
            return (_EPOCH + dt.timedelta(days=value)).date().isoformat()
        if data_type.startswith("timestamp"):
            return (_EPOCH + dt.timedelta(seconds=round(value / 1e6))).isoformat(sep=" ", timespec="minutes")
    except OverflowError:  # a sentinel far outside the calendar
        return number(float(value))
    return number(value)


def stored(value: str | None, data_type: str) -> str:
    """Return a minimum or maximum, which the store keeps as text, in the short form of other values."""
    if value is None:
        return MISSING
    try:
        if data_type in {"float", "double"}:
            return number(float(value))
        if data_type in {"tinyint", "smallint", "int", "bigint"}:
            return number(int(value))
    except ValueError:
        return number(value)
    if data_type.startswith("timestamp"):
        return _SECONDS.sub(r"\1 \2", value).replace("T", " ", 1)
    return number(value)


def spread(value: object, data_type: str) -> str:
    """Return a standard deviation; for dates and timestamps in days."""
    if isinstance(value, (int, float)) and data_type == "date":
        return f"{number(float(value))} d"
    if isinstance(value, (int, float)) and data_type.startswith("timestamp"):
        return f"{number(value / 86_400e6)} d"
    return number(value)


def seconds(value: float | None) -> str:
    """Return a duration: ``0.4 s``, ``3 min 12 s``, ``2 h 5 min``."""
    if value is None:
        return MISSING
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def size(value: int | None) -> str:
    """Return a number of bytes: ``812 B``, ``1.4 MiB``."""
    if value is None:
        return MISSING
    amount = float(value)
    for unit in _UNITS:
        if amount < 1024 or unit == _UNITS[-1]:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError  # pragma: no cover -- the last unit returns


def words(name: str) -> str:
    """Return a registered name with spaces: ``join_lost_rows`` → ``join lost rows``."""
    return name.replace("_", " ")


def clip(text: str, max_chars: int = _MAX_CHARS) -> str:
    """Return `text` on one line, cut to `max_chars` characters."""
    line = " ".join(text.split()) if "\n" in text or "\t" in text else text
    return line if len(line) <= max_chars else f"{line[: max_chars - 1]}…"


def some(names: Sequence[str], limit: int = 3) -> str:
    """Return the first names of a list for a sentence: ``a, b, c and 9 more``."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit:,} more"


def named_runs(runs: Sequence[str]) -> str:
    """Return runs for a sentence: ``run 2026-03-01``, ``12 runs (2026-03-01, 2026-03-02, 2026-03-03 and 9 more)``."""
    return f"run {runs[0]}" if len(runs) == 1 else f"{plural(len(runs), 'run')} ({some(runs)})"


def _grouped(value: int) -> str:
    # Only from five digits on, so that years read 2013 and not 2,013.
    return f"{value:,}" if abs(value) >= 10_000 else str(value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    if value == round(value) and abs(value) < 1e15:
        return _grouped(int(value))
    if 1e-4 <= abs(value) < 1e15:
        digits = max(0, 4 - math.floor(math.log10(abs(value))))
        text = f"{value:,.{digits}f}" if abs(value) >= 10_000 else f"{value:.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:.4g}"
