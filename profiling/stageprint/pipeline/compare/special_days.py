"""Days on which business is not as usual: public holidays and the days beside them, and the ends of months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from statistics import median
from typing import Final

from stageprint.config.calendar import CalendarSettings
from stageprint.decision.history import ALERTING_SEVERITIES
from stageprint.decision.references import Run
from stageprint.diagnosis.unusual_day import MIN_TABLES, UnusualDay
from stageprint.errors import ConfigError
from stageprint.model import ColumnKey, TableKey
from stageprint.model.result_tables import SHIFTS
from stageprint.model.where import where
from stageprint.ports import ProfileStore

MAX_MONTHS_BACK: Final = 3
"""Earlier month ends that are looked at."""

MAX_USUAL_DAYS: Final = 1
"""Median distance of runs, in days, up to which a run is of one day. A week always has a special day close by."""

TURN_OF_THE_YEAR: Final[Mapping[tuple[int, int], str]] = {
    (12, 24): "Christmas Eve",
    (12, 25): "Christmas Day",
    (12, 26): "the second day of Christmas",
    (12, 31): "New Year's Eve",
    (1, 1): "New Year's Day",
}
"""Month and day → what it is called: days on which business rests in much of the world. They count where no country is
configured; the calendar of a country says which of them are holidays there."""

MIN_TABLES_AT_THE_TURN: Final = 2
"""Tables that must move at once on such a day: on any other day it takes three, but on these most business rests."""

LENGTH_OF_THE_TURN: Final = 9
"""Days from the first of them to the last."""

_DAY: Final = dt.timedelta(days=1)


class SpecialDays:
    """Tells whether a run is of a special day.

    Args:
        settings: Where the business is.
        store: The store, for what earlier month ends found.
        runs: Every run of the store.
        alerting: Run → columns that alerted, of the runs that were compared in this command; they are not stored yet.

    Raises:
        ConfigError: The library `holidays` is not installed, or knows no such country or subdivision.
    """

    def __init__(
        self,
        settings: CalendarSettings,
        store: ProfileStore,
        runs: Sequence[Run],
        alerting: Mapping[str, Collection[ColumnKey]],
    ) -> None:
        self._settings, self._store, self._alerting = settings, store, alerting
        self._dates = {run.run_id: run.date for run in runs if not run.merged and run.date is not None}
        days = sorted(set(self._dates.values()))
        distances = [(after - before).days for before, after in pairwise(days)]
        self._daily = bool(distances) and median(distances) <= MAX_USUAL_DAYS
        if settings.country is not None:
            holidays_of(settings.country, settings.subdivision, 2000)

    def of(self, run: str, moved: Collection[TableKey]) -> UnusualDay | None:
        """Return the special day that a run is of; None: none, or its runs are longer than a day.

        Args:
            run: The run.
            moved: The tables that alert in it: a month's end counts once an earlier one moved most of them.
        """
        day = self._dates.get(run)
        if day is None or not self._daily:
            return None
        name = self._holiday(day)
        if name is not None:
            return UnusualDay(day, name, enough=1, stated=True)
        turn = TURN_OF_THE_YEAR.get((day.month, day.day)) if self._settings.country is None else None
        if turn is not None:
            name = f"{turn}, on which business rests in much of the world"
            return UnusualDay(day, name, enough=1 if self._rested_before(day, moved) else MIN_TABLES_AT_THE_TURN)
        which = _end_of_month(day)
        if which is not None and len(moved) >= MIN_TABLES and self._moved_before(day, which, moved):
            return UnusualDay(day, f"the {which} day of a month, as in an earlier month")
        return None

    def _holiday(self, day: dt.date) -> str | None:
        before, own, after = (self._name(day + shift * _DAY) for shift in (-1, 0, 1))
        if own is not None:
            return f"a public holiday ({own})"
        # A single working day between a holiday and a week-end; Monday is 0.
        if (before is not None and day.weekday() == 4) or (after is not None and day.weekday() == 0):
            return f"a day between a public holiday ({before or after}) and a week-end"
        if before is not None or after is not None:
            return f"the day {'after' if before is not None else 'before'} a public holiday ({before or after})"
        return None

    def _name(self, day: dt.date) -> str | None:
        if self._settings.country is None:
            return None
        return holidays_of(self._settings.country, self._settings.subdivision, day.year).get(day)

    def _moved_before(self, day: dt.date, which: str, moved: Collection[TableKey]) -> bool:
        """Return whether most of the tables alerted at the same end of one of the months before."""
        ends = [(run, date) for run, date in self._dates.items() if date < day and _end_of_month(date) == which]
        earlier = [run for run, _ in sorted(ends, key=lambda one: one[1])[-MAX_MONTHS_BACK:]]
        return any(_most_of(moved, then) for then in self._tables(earlier).values())

    def _rested_before(self, day: dt.date, moved: Collection[TableKey]) -> bool:
        """Return whether a day shortly before, of this turn of the year, moved most of the tables, among several."""
        days = {day - back * _DAY for back in range(1, LENGTH_OF_THE_TURN)}
        earlier = [run for run, one in self._dates.items() if one in days and (one.month, one.day) in TURN_OF_THE_YEAR]
        return any(
            len(then) >= MIN_TABLES_AT_THE_TURN and _most_of(moved, then) for then in self._tables(earlier).values()
        )

    def _tables(self, runs: Iterable[str]) -> dict[str, set[TableKey]]:
        """Return the tables that alerted in runs."""
        here = {run: {key.table_key for key in self._alerting[run]} for run in runs if run in self._alerting}
        stored = [run for run in runs if run not in here]
        if stored:
            rows = where(run_id=stored, baseline="auto", severity=ALERTING_SEVERITIES, slice_key=None)
            for row in self._store.read(SHIFTS, rows, ("run_id", "stage", "table_name")).to_pylist():
                here.setdefault(row["run_id"], set()).add(TableKey(row["stage"], row["table_name"]))
        return here


def _most_of(moved: Collection[TableKey], then: Collection[TableKey]) -> bool:
    return 2 * len(set(moved).intersection(then)) > len(moved)


def _end_of_month(day: dt.date) -> str | None:
    if (day + _DAY).day == 1:
        return "last"
    return "first" if day.day == 1 else None


@cache
def holidays_of(country: str, subdivision: str | None, year: int) -> Mapping[dt.date, str]:
    """Return the public holidays of a year, by day.

    Raises:
        ConfigError: The library `holidays` is not installed, or knows no such country or subdivision.
    """
    try:
        from holidays import country_holidays  # noqa: PLC0415 -- an extra that most installations do without
    except ImportError as error:
        message = "calendar.country needs the library `holidays`: pip install 'stageprint[calendar]'"
        raise ConfigError(message) from error
    try:
        return dict(country_holidays(country, subdiv=subdivision, years=year))
    except NotImplementedError as error:
        message = f"calendar: the library `holidays` knows no country {country!r} with subdivision {subdivision!r}"
        raise ConfigError(message) from error
