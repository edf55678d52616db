"""Rows of the time before, in loads that never overlapped."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import numpy as np

from stageprint.features.column import ColumnFeatures
from stageprint.model import TEMPORAL, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Part, Wording

MIN_RUNS = 4
"""Earlier runs that must not have overlapped in time."""

MAX_LATE_SHARE = 0.5
"""Share of late rows from which on an old load came again, or the previous run reached too far."""


class LateRows(ColumnRule):
    """Share of the values that lie in the time of an earlier load, if loads never overlapped; else 0.

    Formula: F_C(end of the previous run).

    Each of at least 4 earlier runs must have begun after the previous one had ended, as the event times of loads that
    the calendar cuts do; columns of other times, such as birthdays, never do. Excluded runs just before this one are
    taken to be as long as the shortest known one.
    """

    name: ClassVar[str] = "late_rows"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.EVENT_TIME})
    wording: ClassVar[Wording] = Part("{} of the values lie in the time of an earlier load")
    unit: ClassVar[str] = "share 0–0.5; 0 held"
    convention: ClassVar[str] = "F_C(largest value of the run before)"
    source: ClassVar[str] = "this project"
    kinds: ClassVar[frozenset[ColumnKind]] = TEMPORAL
    min_effect: ClassVar[float] = 0.01
    critical_effect: ClassVar[float] = 0.10
    example: ClassVar[Example] = Example([0, 2, 4, 6], [6, 7, 8, 9], 0.25, ColumnKind.DATE)

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return the share of the values that came too late."""
        known = [run for run in past if run.maximum > run.minimum]
        if len(known) < MIN_RUNS:
            return NotComputable(f"needs {MIN_RUNS} earlier runs with two moments, has {len(known)}")
        if any(later.minimum <= earlier.maximum for earlier, later in pairwise(known)):
            return NotComputable("earlier runs overlapped in time")
        if current.cdf is None:
            return NotComputable("no values in this run")
        end = end_before(current, known)
        if not current.minimum <= end:
            return Outcome(0.0)
        share = float(current.cdf.at(np.array([end]))[0])
        return Outcome(share if share < MAX_LATE_SHARE else 0.0)


def end_before(current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> float:
    """Return by when the run before the current one had ended, at the earliest."""
    ends = np.array([run.maximum for run in past])
    steps = np.diff(ends)
    missed = max(0.0, round((current.maximum - ends[-1]) / float(np.median(steps))) - 1.0)
    return float(ends[-1] + missed * steps.min())
