"""The first and the last moment come at another time of day, both by the same step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stageprint.features.column import ColumnFeatures
from stageprint.model import TIMESTAMPS, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Number, Wording

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

SUMMER_TIME_HOURS = 1.0
"""Hours by which healthy times move twice a year under daylight saving time."""

MAX_RANGE_HOURS = 2.0
"""Largest range of the earlier times of day: daylight saving time and a quiet first hour."""

MIN_RUNS = 5
"""Earlier runs whose ends must have been regular; three random times of day are often near each other by chance."""


class EndsRotated(ColumnRule):
    """Hours by which the times of day of the first and the last value moved, if both moved alike; else 0.

    At least 5 earlier runs must all have begun, and ended, at the same time of day within two hours, as loads that the
    calendar cuts do. A load that was cut short moves only its last time. Another time zone moves both, and shows here
    even where every hour has as many rows as the next, so that `hours_rotated` sees nothing.
    """

    name: ClassVar[str] = "ends_rotated"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME})
    wording: ClassVar[Wording] = Number("the times of day of the first and the last value moved by {} hours")
    unit: ClassVar[str] = "hours 0–12; 0 held"
    convention: ClassVar[str] = "circular distance from the earlier runs' times of day, the smaller one of both ends"
    source: ClassVar[str] = "this project"
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    min_effect: ClassVar[float] = 1.25
    critical_effect: ClassVar[float] = 2.0
    example: ClassVar[Example] = Example(
        [DAY_US, 3 * DAY_US - HOUR_US], [3 * DAY_US + 5 * HOUR_US, 5 * DAY_US + 4 * HOUR_US], 5.0, ColumnKind.TIMESTAMP
    )

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return by how many hours both ends moved."""
        known = [run for run in past if run.maximum > run.minimum]
        if len(known) < MIN_RUNS:
            return NotComputable(f"needs {MIN_RUNS} earlier runs with two moments, has {len(known)}")
        if not current.maximum > current.minimum:
            return NotComputable("fewer than two moments in this run")
        usual = circular(ends(known) - ends(known[-1:]))
        low, high = usual.min(axis=0), usual.max(axis=0)
        if np.any(high - low > MAX_RANGE_HOURS):
            return NotComputable("earlier runs did not begin and end at the same time of day")
        moved = circular(ends([current]) - ends(known[-1:]))[0]
        beyond = moved - np.clip(moved, low, high)
        together = abs(moved[0] - moved[1]) <= SUMMER_TIME_HOURS + (high - low).max()
        if not together or beyond[0] * beyond[1] <= 0 or np.abs(beyond).min() <= SUMMER_TIME_HOURS:
            return Outcome(0.0)
        return Outcome(float(np.abs(moved).min()), detail=f"first and last moment moved by {moved.mean():+.3g} hours")


def ends(shapes: Sequence[ColumnFeatures]) -> NDArray[np.float64]:
    """Return the time of day of the first and the last moment in hours, a row for each run."""
    return times_of_day([(shape.minimum, shape.maximum) for shape in shapes])


def times_of_day(moments: ArrayLike) -> NDArray[np.float64]:
    """Return the time of day in hours, 0 ≤ hours < 24, of microseconds since 1970."""
    return np.asarray(np.asarray(moments, dtype=np.float64) % DAY_US / HOUR_US)


def circular(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return differences of times of day as −12 ≤ hours < 12.

    Example:
        >>> circular(np.array([23.0, -23.0, 5.0]))
        array([-1.,  1.,  5.])
    """
    return np.asarray((hours + 12) % 24 - 12)
