"""By when a run is expected: a time, a time of the day, an age, or the pipeline's own cadence."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from stageprint.errors import UsageError
from stageprint.model.durations import duration, read_duration
from stageprint.pipeline.cadence import MAX_DISTANCES, MIN_DISTANCES, Arrival, latest_due, usual_distance

CADENCE: Final = "cadence"
"""Text of --expect-by for the pipeline's own cadence."""

_WALL_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Expected:
    """Which runs are the expected one.

    Attributes:
        due: By when it is expected.
        runs: The runs that count as the expected one, the one that came last at the end.
        text: By when it was expected, for people.
    """

    due: dt.datetime
    runs: Sequence[Arrival]
    text: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """By when a run is expected; at most one of `time`, `wall_time`, `max_age` and `cadence` is set.

    Attributes:
        zone: The time zone of `wall_time`, and of times that are shown.
        time: A moment.
        wall_time: A time of every day.
        max_age: How long ago the latest run may have come.
        cadence: Whether the distance of past runs says it.
    """

    zone: ZoneInfo
    time: dt.datetime | None = None
    wall_time: dt.time | None = None
    max_age: dt.timedelta | None = None
    cadence: bool = False

    @property
    def is_set(self) -> bool:
        """Whether any run is expected by some time."""
        return self.cadence or any(one is not None for one in (self.time, self.wall_time, self.max_age))

    def shown(self, moment: dt.datetime) -> str:
        """Return a moment for people, in the time zone of the expectation."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M} {self.zone.key}"

    def deadline(self, now: dt.datetime) -> dt.datetime | None:
        """Return by when one particular run is expected, today's time for a time of the day; None: no time says it."""
        if self.wall_time is not None:
            return _on(now.astimezone(self.zone).date(), self.wall_time, self.zone)
        return self.time

    def expected(self, runs: Sequence[Arrival], now: dt.datetime) -> Expected | None:
        """Return which of the runs that came are the expected one; None: nothing says how often runs come.

        Args:
            runs: The result of `arrivals`.
            now: The present time.
        """
        if self.wall_time is not None:
            return self._by_wall_time(runs, self.wall_time, now)
        if self.time is not None:
            usual = usual_distance(runs)
            if usual is None:
                return None
            return Expected(self.time, _since(runs, self.time - usual), self.shown(self.time))
        age = self.max_age if self.max_age is not None else latest_due(runs)
        if age is None:
            return None
        due = runs[-1].at + age if runs else now
        why = "the greatest age allowed" if self.max_age is not None else "the usual distance of runs and a margin"
        return Expected(due, _since(runs, now - age), f"{self.shown(due)} ({duration(age)}, {why})")

    def _by_wall_time(self, runs: Sequence[Arrival], wall_time: dt.time, now: dt.datetime) -> Expected:
        day = now.astimezone(self.zone).date()
        if _on(day, wall_time, self.zone) > now:
            day -= _DAY
        due, before = (_on(each, wall_time, self.zone) for each in (day, day - _DAY))
        came = _since(runs, before)
        late = self._usual_date(runs, wall_time, before, day - _DAY)
        return Expected(due, [run for run in came if late is None or run.date != late], self.shown(due))

    def _usual_date(
        self, runs: Sequence[Arrival], wall_time: dt.time, before: dt.datetime, day: dt.date
    ) -> dt.date | None:
        """Return the date in the name of the run that was expected on a day, by those of the runs before.

        A run with this date that came after the day's time is that day's run, late: not the next day's.

        Args:
            runs: The runs.
            wall_time: The time of every day.
            before: The day's time.
            day: The day.
        """
        lags: Counter[dt.timedelta] = Counter()
        for run in [run for run in runs if run.at <= before and run.date is not None][-MAX_DISTANCES:]:
            own = run.at.astimezone(self.zone).date()
            if _on(own, wall_time, self.zone) < run.at:
                own += _DAY
            if run.date is not None:
                lags[own - run.date] += 1
        (lag, times), *_ = lags.most_common(1) or [(_DAY, 0)]
        return day - lag if times >= MIN_DISTANCES else None


def read_expectation(expect_by: str | None, timezone: str | None, max_age: str | None) -> Expectation:
    """Return the expectation that a command line states.

    Args:
        expect_by: ``cadence``, a time of the day such as ``06:00``, or an ISO time; None: not given.
        timezone: Name of a time zone; None: UTC.
        max_age: A duration such as ``26h``; None: not given.

    Raises:
        UsageError: One of them cannot be understood, or both a time and an age are given.
    """
    if expect_by is not None and max_age is not None:
        message = "expected either --expect-by or --max-age, got both"
        raise UsageError(message)
    zone = _zone(timezone)
    if max_age is not None:
        try:
            return Expectation(zone, max_age=read_duration(max_age))
        except ValueError as error:
            message = f"--max-age: {error}, got {max_age!r}"
            raise UsageError(message) from error
    if expect_by is None or expect_by == CADENCE:
        return Expectation(zone, cadence=expect_by is not None)
    wall = _WALL_TIME.fullmatch(expect_by)
    if wall is not None:
        return Expectation(zone, wall_time=dt.time(int(wall[1]), int(wall[2])))
    try:
        moment = dt.datetime.fromisoformat(expect_by.replace("Z", "+00:00"))
    except ValueError as error:
        message = (
            "--expect-by: expected cadence, a time of the day such as 06:00, or a time such as 2026-03-09T06:00, got "
            f"{expect_by!r}"
        )
        raise UsageError(message) from error
    return Expectation(
        zone, time=(moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(dt.timezone.utc)
    )


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError) as error:
        message = f"--timezone: expected the name of a time zone such as Europe/Berlin, got {name!r}"
        raise UsageError(message) from error


def _on(day: dt.date, wall_time: dt.time, zone: dt.tzinfo) -> dt.datetime:
    """Return the moment of a time on a day, in UTC.

    A time that the day skips when clocks go forward is an hour later; one that it has twice is the first.
    """
    # In UTC, since Python compares times of one zone without regard to its offsets.
    return dt.datetime.combine(day, wall_time, zone).astimezone(dt.timezone.utc)


def _since(runs: Sequence[Arrival], moment: dt.datetime) -> list[Arrival]:
    return [run for run in runs if run.at > moment]
