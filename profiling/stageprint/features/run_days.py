"""The days that the rows of a run may be of: by the event times of its table, or by the dates of the runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final, TypeAlias

Days: TypeAlias = tuple[int, int]
"""First and last day, both included, as days since 1970-01-01."""

Windows: TypeAlias = tuple[Days | None, ...]
"""A run's days, once for each of `WINDOW_NAMES`; None: not known in that way."""

WINDOW_NAMES: Final = (
    "the event time",
    "the event time, a day earlier or later",
    "the run's date",
    "the days from the run's date on",
    "the days up to the run's date",
    "the days before the run's date",
    "the days around the run's date",
)
"""How the days of a run can be known, the narrowest way first. Which one holds for a column is learned from its past:
some pipelines name a run by the first day of its data, some by the last, some by the day after."""

NO_WINDOWS: Final[Windows] = (None,) * len(WINDOW_NAMES)

MAX_DAYS: Final = 400
"""Longest run, in days, whose days are looked at: in more than a year every month and weekday occurs."""

_EPOCH: Final = dt.date(1970, 1, 1)
_FIRST_DAY: Final = (dt.date(1000, 1, 1) - _EPOCH).days
_LAST_DAY: Final = (dt.date.max - _EPOCH).days
_MIN_MONTHLY_DAYS: Final = 28


def windows_by_date(dates: Sequence[dt.date | None]) -> list[Windows]:
    """Return the days of each run that follow from the runs' dates.

    A run lasts from its date to the next run's, or from the date before to its own. The last one lasts as long as the
    median run. Where every date is the first of a month, lengths are whole months.

    Args:
        dates: The logical date of each run, oldest first; None: it has none.

    Example:
        >>> days = [dt.date(1970, 1, 8), dt.date(1970, 1, 15), dt.date(1970, 1, 22)]
        >>> windows_by_date(days)[1][3:]
        ((14, 20), (8, 14), (7, 13), (7, 20))
    """
    known = sorted({date for date in dates if date is not None})
    if not known:
        return [NO_WINDOWS] * len(dates)
    days = [(date - _EPOCH).days for date in known]
    usual = max(1, round(median(after - before for before, after in pairwise(days)))) if len(days) > 1 else 1
    monthly = usual >= _MIN_MONTHLY_DAYS and all(date.day == 1 for date in known)
    found: dict[dt.date, Windows] = {}
    for place, date in enumerate(known):
        day = days[place]
        if monthly:
            months = max(1, round(usual / 30.44))
            ends = _month(date, months), _month(date, 1), _month(date, 1 - months), _month(date, -months)
            after, own, since, before = ((end - _EPOCH).days for end in ends)
        else:
            after = days[place + 1] if place + 1 < len(days) else day + usual
            own, since = day + 1, (days[place - 1] if place else day - usual) + 1
            before = since - 1
        windows = ((day, own - 1), (day, after - 1), (since, own - 1), (before, day - 1), (before, after - 1))
        found[date] = (None, None, *(_bounded(one) for one in windows))
    return [NO_WINDOWS if date is None else found[date] for date in dates]


def with_event_time(windows: Windows, event: tuple[dt.datetime, dt.datetime] | None) -> Windows:
    """Return a run's days with those of its table's event times; calendar columns may be in another time zone.

    Args:
        windows: The days by the runs' dates.
        event: First and last event time; None: not known.
    """
    if event is None:
        return windows
    first, last = ((end.date() - _EPOCH).days for end in event)
    return (_bounded((first, last)), _bounded((first - 1, last + 1)), *windows[2:])


def _bounded(days: Days) -> Days | None:
    known = _FIRST_DAY <= days[0] <= days[1] <= _LAST_DAY
    return days if known and days[1] - days[0] < MAX_DAYS else None


def _month(date: dt.date, more: int) -> dt.date:
    months = date.year * 12 + date.month - 1 + more
    year, month = divmod(months, 12)
    return dt.date(min(max(year, 1), 9999), month + 1, 1)
