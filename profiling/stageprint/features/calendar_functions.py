"""Functions of a day that columns hold: month, weekday, year, … as numbers and as texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from stageprint.features.run_days import Days

Value: TypeAlias = float | str


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """A function of a day.

    Attributes:
        name: What it is called.
        values: Day → its value.
        unique: Whether its value says the year too, so that a few runs that agree do not agree by accident.
        counted: Whether it is counted from a start that the past has to tell, such as years since the first one.
    """

    name: str
    values: Callable[[dt.date], Value]
    unique: bool = False
    counted: bool = False


def _written(form: str) -> Callable[[dt.date], str]:
    return lambda day: day.strftime(form).casefold()


PARTS: Final = (
    CalendarPart("year", lambda day: day.year, unique=True),
    CalendarPart("month", lambda day: day.month),
    CalendarPart("day of the month", lambda day: day.day),
    CalendarPart("weekday, Monday as 0", lambda day: day.weekday()),
    CalendarPart("weekday, Monday as 1", lambda day: day.isoweekday()),
    CalendarPart("weekday, Sunday as 0", lambda day: day.isoweekday() % 7),
    CalendarPart("weekday, Sunday as 1", lambda day: day.isoweekday() % 7 + 1),
    CalendarPart("ISO week", lambda day: day.isocalendar()[1]),
    CalendarPart("week, from Sunday", lambda day: int(day.strftime("%U"))),
    CalendarPart("quarter", lambda day: (day.month + 2) // 3),
    CalendarPart("half-year", lambda day: (day.month + 5) // 6),
    CalendarPart("day of the year", lambda day: day.timetuple().tm_yday),
    CalendarPart("month, January as 0", lambda day: day.month - 1),
    CalendarPart("year without century", lambda day: day.year % 100),
    CalendarPart("year and month", lambda day: day.year * 100 + day.month, unique=True),
    CalendarPart("date", lambda day: day.year * 10_000 + day.month * 100 + day.day, unique=True),
    CalendarPart("number of the year", lambda day: day.year, counted=True),
    CalendarPart("number of the month", lambda day: day.year * 12 + day.month, counted=True),
)
"""Parts as numbers."""


def _as_text(part: CalendarPart) -> CalendarPart:
    return CalendarPart(part.name, lambda day: str(part.values(day)), part.unique)


TEXT_PARTS: Final = (
    CalendarPart("date", _written("%Y-%m-%d"), unique=True),
    CalendarPart("date", _written("%Y/%m/%d"), unique=True),
    CalendarPart("date", _written("%m/%d/%Y"), unique=True),
    CalendarPart("date", _written("%d.%m.%Y"), unique=True),
    CalendarPart("date", _written("%d/%m/%Y"), unique=True),
    CalendarPart("date", lambda day: f"{day.month}/{day.day}/{day.year}", unique=True),
    CalendarPart("year and month", _written("%Y-%m"), unique=True),
    CalendarPart("year and month", _written("%Y/%m"), unique=True),
    CalendarPart("year and month", _written("%b %Y"), unique=True),
    CalendarPart("year and month", _written("%B %Y"), unique=True),
    CalendarPart("year and week", _written("%G-w%V"), unique=True),
    CalendarPart("year and quarter", lambda day: f"{day.year}-q{(day.month + 2) // 3}", unique=True),
    CalendarPart("year and quarter", lambda day: f"{day.year}q{(day.month + 2) // 3}", unique=True),
    CalendarPart("quarter", lambda day: f"q{(day.month + 2) // 3}"),
    CalendarPart("month", _written("%b")),
    CalendarPart("month", _written("%B")),
    CalendarPart("month", _written("%m")),
    CalendarPart("day of the month", _written("%d")),
    CalendarPart("weekday", _written("%a")),
    CalendarPart("weekday", _written("%A")),
    *(_as_text(part) for part in PARTS if not part.counted),
)
"""Parts as texts, case folded."""


COUNTED: Final = tuple(number for number, part in enumerate(PARTS) if part.counted)
"""Numbers of the parts that are counted from a start."""


@lru_cache(maxsize=10_000)
def parts_with(texts: bool, days: Days) -> Mapping[Value, tuple[int, ...]]:
    """Return value → the parts, by number, that it may be of on the days; without counted ones."""
    found: dict[Value, tuple[int, ...]] = {}
    for number, part in enumerate(TEXT_PARTS if texts else PARTS):
        if not part.counted:
            for value in part_values(texts, number, days):
                found[value] = (*found.get(value, ()), number)
    return found


@lru_cache(maxsize=100_000)
def part_values(texts: bool, number: int, days: Days) -> frozenset[Value]:
    """Return the values of a part on the days."""
    part = (TEXT_PARTS if texts else PARTS)[number]
    first = dt.date(1970, 1, 1)
    return frozenset(part.values(first + dt.timedelta(days=day)) for day in range(days[0], days[1] + 1))
