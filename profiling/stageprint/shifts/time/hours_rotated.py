"""The day's shape comes at other hours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from stageprint.features.column import ColumnFeatures
from stageprint.model import TIMESTAMPS, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.time._rotation import best_rotation

SUMMER_TIME_HOURS = 1
"""Hours by which healthy times move twice a year under daylight saving time."""

MIN_VALUES = 200
"""Smallest number of values whose hours show the shape of a day."""

MAX_SHARE_IN_ONE_HOUR = 0.5
"""Largest share in one hour; the times of a job that runs once a day are a schedule, not the shape of a day."""


class HoursRotated(ColumnRule):
    """How much of the change in the hours of the day a clean rotation by two hours or more explains; else 0.

    Formula: total variation of the 24-bin histogram of hours before the rotation, less that after it.

    At least 3 earlier runs must all have had their day at the same hours, daylight saving time apart. A rotation is
    clean if it leaves less than a quarter of the total variation, which hardly anything but another time zone does.
    """

    name: ClassVar[str] = "hours_rotated"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME})
    wording: ClassVar[Wording] = Part("a rotation of the clock explains a change of {} of the hours of the day")
    unit: ClassVar[str] = "share 0–1; 0 held"
    convention: ClassVar[str] = "half the L1 distance of hour shares, before minus after rotation"
    source: ClassVar[str] = "this project; circular cross-matching of histograms"
    kinds: ClassVar[frozenset[ColumnKind]] = TIMESTAMPS
    min_effect: ClassVar[float] = 0.05
    critical_effect: ClassVar[float] = 0.20
    example: ClassVar[Example] = Example(
        [hour * 3_600_000_000 for hour in (8, 9, 9, 10)] * 50,
        [hour * 3_600_000_000 for hour in (3, 4, 4, 5)] * 50,
        1.0,
        ColumnKind.TIMESTAMP,
    )

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how much a rotation explains."""
        known = [run.hours for run in past if run.hours is not None and run.present >= MIN_VALUES]
        if len(known) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs with {MIN_VALUES} values, has {len(known)}")
        if current.hours is None or current.present < MIN_VALUES:
            return NotComputable(f"fewer than {MIN_VALUES} values in this run")
        usual = np.mean(known, axis=0)
        if usual.max() > MAX_SHARE_IN_ONE_HOUR:
            return NotComputable("the day has one hour and no shape")
        if any(abs(best_rotation(run, usual).hours) > SUMMER_TIME_HOURS for run in known):
            return NotComputable("the day was not at the same hours in every earlier run")
        found = best_rotation(current.hours, usual)
        if abs(found.hours) <= SUMMER_TIME_HOURS:
            return Outcome(0.0)
        return Outcome(found.before - found.after, detail=f"rotated by {found.hours:+d} hours")
