"""The date in a run's name, and the placeholders ``{run_id}`` and ``{run_date}``."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from stageprint.errors import UsageError, did_you_mean
from stageprint.model.epoch import microseconds_of

PLACEHOLDERS: Final = ("run_id", "run_date")
"""Names that may stand in braces in a path, a table name or an expected model version."""

_PLACEHOLDER: Final = re.compile(r"\{(\w[\w -]*)\}")
_KNOWN: Final = re.compile(r"\{(run_id|run_date)\}")
_RUN_DATE: Final = re.compile(r"^(?P<year>\d{4})-?(?P<month>\d{2})(?:-?(?P<day>\d{2}))?(?!\d)")


def run_date(run_id: str) -> dt.date | None:
    """Return the date that a run's name begins with, or None.

    A month stands for its first day.

    Example:
        >>> run_date("2013-05"), run_date("20130517_retry"), run_date("nightly")
        (datetime.date(2013, 5, 1), datetime.date(2013, 5, 17), None)
    """
    found = _RUN_DATE.match(run_id)
    if found is None:
        return None
    try:
        return dt.date(int(found["year"]), int(found["month"]), int(found["day"] or 1))
    except ValueError:
        return None


def after_date(run_id: str) -> str:
    """Return what follows the date that a run's name begins with; the whole name if it begins with none.

    Example:
        >>> after_date("2013-05-17_retry"), after_date("nightly")
        ('_retry', 'nightly')
    """
    found = _RUN_DATE.match(run_id)
    return run_id if found is None or run_date(run_id) is None else run_id[found.end() :]


def run_end(run_id: str) -> dt.datetime | None:
    """Return the first moment (UTC) after the day or month that a run's name begins with, or None.

    Example:
        >>> run_end("2013-12").isoformat(), run_end("2013-02-28T05").isoformat()
        ('2014-01-01T00:00:00+00:00', '2013-03-01T00:00:00+00:00')
    """
    date, found = run_date(run_id), _RUN_DATE.match(run_id)
    if date is None or found is None:
        return None
    try:
        after = date + dt.timedelta(days=1) if found["day"] else (date + dt.timedelta(days=31)).replace(day=1)
    except OverflowError:
        return None
    return dt.datetime.combine(after, dt.time(), dt.timezone.utc)


def as_of(run_id: str) -> int | None:
    """Return `run_end` in microseconds since 1970-01-01 UTC, or None."""
    end = run_end(run_id)
    return None if end is None else microseconds_of(end)


def substitute(text: str, run_id: str, what: str) -> str:
    """Return a text with ``{run_id}`` and ``{run_date}`` replaced.

    Args:
        text: The text.
        run_id: The run's name.
        what: What the text is, for the error message.

    Raises:
        UsageError: The text has ``{run_date}``, and the run's name does not begin with a date.
    """
    values = run_values(text, run_id, what)
    return _KNOWN.sub(lambda found: values[found[1]], text)


def run_values(text: str, run_id: str, what: str) -> dict[str, str]:
    """Return the values of the placeholders of a text: that of ``run_id``, and of ``run_date`` where it is used.

    Args:
        text: The text.
        run_id: The run's name.
        what: What the text is, for the error message.

    Raises:
        UsageError: The text has ``{run_date}``, and the run's name does not begin with a date.
    """
    if "{run_date}" not in text:
        return {"run_id": run_id}
    date = run_date(run_id)
    if date is None:
        message = (
            f"{what} {text!r} uses {{run_date}}, but run {run_id!r} does not begin with a date (YYYY-MM or YYYY-MM-DD)"
        )
        raise UsageError(message)
    return {"run_id": run_id, "run_date": date.isoformat()}


def has_placeholder(text: str) -> bool:
    """Return whether a text names the run or its date."""
    return any(f"{{{name}}}" in text for name in PLACEHOLDERS)


def unknown_placeholder(text: str) -> str | None:
    """Return what is wrong with the first unknown placeholder of a text, or None.

    Braces with anything but a name in them, as in ``{a,b}/*.csv``, are no placeholders.
    """
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            return f"unknown placeholder {{{name}}}{did_you_mean(name, PLACEHOLDERS)}"
    return None
