"""What statistics of records have in common: a count beyond everything that the earlier runs had."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, isnan, log, sqrt
from statistics import median
from typing import ClassVar, Final

from stageprint import special
from stageprint.features.table import TableFeatures
from stageprint.model import NotComputable
from stageprint.shifts._predictive import (
    RUNS_OF_A_WEEK,
    SMALLEST_P,
    TAIL_DF,
    ScaledByItsPast,
    of_first_runs,
    variance_giving,
)
from stageprint.shifts.base import Outcome, TableRule

USUAL_SPREAD: Final = 0.1
"""Standard deviation of the log count of a table without history."""

EQUAL_SPREAD: Final = 0.05
"""The same of a table that had exactly as many rows in each of `MIN_RUNS` or more: its rows do not arrive by chance."""

USUAL_SPREAD_WEIGHT: Final = 3.0
"""Number of runs that `USUAL_SPREAD` counts for in the first week. Later it falls with the square of the runs: a table
that had the same rows in each of four weeks is a steady one, whatever others do."""

MIN_FALL: Final = 0.25
"""Smallest fall of the log count below the mean of the days that are compared (22 %)."""

MIN_STEADY_FALL: Final = 0.03
"""The same of a table that never varied in `MIN_STEADY_RUNS` or more."""

MIN_STEADY_RUNS: Final = 14
FALL_IN_RANGES: Final = 2.0
"""Smallest fall of a steady table's log count, in the range of all earlier ones."""

MIN_RISE: Final = log(2)
"""Smallest rise of the log count above the largest one. A table that grows has a record in every run."""

MIN_RISE_WITHOUT_GROWTH: Final = log(1.5)
"""The same of a table that does not grow: none of the newest `NEWEST_SHARE` of `MIN_STEADY_RUNS` or more runs has a
record of its own."""

NEWEST_SHARE: Final = 0.25

GROSS: Final = log(10)
"""A tenth of everything before, or ten times as much, is no chance from `MIN_RUNS_FOR_GROSS` earlier runs on."""

MIN_RUNS_FOR_GROSS: Final = 2

MIN_RUNS: Final = 3
"""Earlier runs of other records that are not `FAR`: two runs with as many rows do not say that a table is steady."""

FAR: Final = log(4)
"""Distance of the log count that may be a record after two runs."""

MIN_STANDARD_ERRORS: Final = 5.0
"""Distance of the counts' square roots, in standard errors of counts that arrive by chance, from which on `GROSS`
holds: 11 rows may become one."""

RECORD_SHARE: Final = 0.25
"""Share of the distribution's tail that is a record in one direction and beyond the smallest effects (by simulation:
scripts/simulation/volume.py)."""

CLEAR_WEEKLY_CYCLE: Final = 2.0
"""Variance over all days ÷ variance within working days and within week-ends, from which on the two are told apart."""

LONGEST_DAILY_DISTANCE: Final = 3
"""Largest median distance in days of a pipeline whose runs have a weekday."""


@dataclass(frozen=True, slots=True)
class Record:
    """How far a count is beyond everything before.

    Attributes:
        beyond: |ln| of its ratio to the nearest count of an earlier run; 0: it is within what was seen.
        nearest: That count.
        p: Probability that a healthy table goes as far; 1 within what was seen.
        spread: Standard deviation of the log count on days like this one.
    """

    beyond: float
    nearest: float
    p: float
    spread: float


class RecordShift(ScaledByItsPast, TableRule):
    """|ln(v_C / v)| of a count beyond the smallest or largest v of all earlier runs, 0 between them."""

    unit: ClassVar[str] = "natural log of a ratio; 0 within what was seen"
    convention: ClassVar[str] = "against the nearest of the earlier runs, not their mean"
    source: ClassVar[str] = "this project; predictive Student distribution of a log count with a prior variance"
    min_effect: ClassVar[float] = 0.05
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = USUAL_SPREAD

    @abstractmethod
    def figure(self, table: TableFeatures) -> float:
        """Return the count; NaN where it is not known."""

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return how far the count is beyond all earlier ones; its floor is the variance that they give it."""
        now = self.figure(current)
        known = [run for run in past if not isnan(self.figure(run))]
        if isnan(now):
            return NotComputable(f"{self.name} not known in this run")
        if not known:
            return NotComputable(f"{self.name} not known in an earlier run")
        return outcome_of(now, [self.figure(run) for run in known], current.date, [run.date for run in known])


def outcome_of(now: float, past: Sequence[float], date: dt.date | None, dates: Sequence[dt.date | None]) -> Outcome:
    """Return the `record` as the outcome of a statistic, with the variance by which Student's t gives its p."""
    found = record(now, past, date, dates)
    if not found.beyond:
        return Outcome(0.0, floor=found.spread**2, now=now, then=found.nearest)
    variance = variance_giving(found.beyond, max(found.p, SMALLEST_P), TAIL_DF)
    return Outcome(found.beyond, floor=variance, now=now, then=found.nearest)


def record(now: float, past: Sequence[float], date: dt.date | None, dates: Sequence[dt.date | None]) -> Record:
    """Return how far a count is beyond everything before, and how likely that is.

    The log count is held against the mean and the variance of the earlier runs, of working days or week-ends alone
    where these differ clearly. A holiday has the rows of a Sunday: only what is beyond *all* runs is a record.

    Args:
        now: The count.
        past: The count in each earlier run, oldest first; at least one.
        date: The run's date; None: not known.
        dates: Dates of the earlier runs.
    """
    level, levels = _log(now), [_log(count) for count in past]
    low, high = min(levels), max(levels)
    beyond = max(low - level, level - high, 0.0)
    nearest = exp(low) if level < low else exp(high) if level > high else exp(min(max(level, low), high))
    alike, seen = _days_alike(levels, date, dates)
    spread, mean, weight = _spread(levels, alike)
    # Rows that arrive by chance vary the more the fewer they are; a table of 24 rows every day does not.
    by_chance = min(1.0, spread**2 * exp(mean))
    scale = sqrt(spread**2 * (1 + 1 / weight) + by_chance * max(0.0, 1 / (now + 1) - 1 / (exp(mean) + 1)))
    no_chance = 2 * abs(sqrt(now) - sqrt(nearest)) >= MIN_STANDARD_ERRORS
    if no_chance and beyond >= max(GROSS, high - low) and len(past) >= MIN_RUNS_FOR_GROSS:
        return Record(beyond, nearest, 0.0, scale)
    enough = mean - level >= _min_fall(levels) if level < low else beyond >= _min_rise(levels)
    if not (beyond and seen and enough and (len(past) >= MIN_RUNS or beyond >= FAR)):
        return Record(beyond, nearest, 1.0, scale)
    p = RECORD_SHARE * float(special.stdtr(TAIL_DF, -abs(level - mean) / scale))
    return Record(beyond, nearest, of_first_runs(p, len(past)), scale)


def _min_fall(levels: Sequence[float]) -> float:
    if len(levels) < MIN_STEADY_RUNS:
        return MIN_FALL
    return min(MIN_FALL, max(MIN_STEADY_FALL, FALL_IN_RANGES * (max(levels) - min(levels))))


def _min_rise(levels: Sequence[float]) -> float:
    if len(levels) < MIN_STEADY_RUNS:
        return MIN_RISE
    newest = round(NEWEST_SHARE * len(levels))
    return MIN_RISE_WITHOUT_GROWTH if max(levels[-newest:]) < max(levels[:-newest]) else MIN_RISE


def _log(count: float) -> float:
    return log(max(count, 0.5))


def _days_alike(
    levels: Sequence[float], date: dt.date | None, dates: Sequence[dt.date | None]
) -> tuple[list[bool], bool]:
    """Return which earlier runs were on a day like this one, and whether the table was seen on such days.

    Without a date, or with several runs a day, a week of runs must have been seen.
    """
    every = [True] * len(levels)
    known = [day for day in (*dates, date) if day is not None]
    if len(known) <= len(levels):
        return every, len(levels) >= RUNS_OF_A_WEEK
    distance = median((after - before).days for before, after in pairwise(known))
    if distance > LONGEST_DAILY_DISTANCE:
        return every, True
    if distance < 1:
        return every, len(levels) >= 4 * RUNS_OF_A_WEEK
    weekend = known[-1].weekday() >= 5
    alike = [(day.weekday() >= 5) == weekend for day in known[:-1]]
    return alike, any(alike)


def _spread(levels: Sequence[float], alike: Sequence[bool]) -> tuple[float, float, int]:
    """Return the moderated standard deviation of the log counts, the mean to compare with, and its number of runs."""
    own = [level for level, like in zip(levels, alike, strict=True) if like]
    other = [level for level, like in zip(levels, alike, strict=True) if not like]
    total, within = _squares(levels), _squares(own) + _squares(other)
    df = float(len(levels) - 1)
    chosen = list(levels)
    if len(own) >= 2 and len(other) >= 2 and CLEAR_WEEKLY_CYCLE * within / (df - 1) < total / df:
        total, df, chosen = within, df - 1, own
    mean = sum(chosen) / len(chosen)
    usual = USUAL_SPREAD**2 + 1 / (exp(mean) + 1)
    if len(levels) >= MIN_RUNS and max(levels) == min(levels):
        usual = EQUAL_SPREAD**2
    weight = USUAL_SPREAD_WEIGHT * min(1.0, RUNS_OF_A_WEEK / len(levels)) ** 2
    variance = (weight * usual + total) / (weight + df)
    return sqrt(variance), mean, len(chosen)


def _squares(levels: Sequence[float]) -> float:
    mean = sum(levels) / len(levels) if levels else 0.0
    return sum((level - mean) ** 2 for level in levels)
