"""A mean far beyond that of any earlier run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import isfinite
from statistics import median
from typing import ClassVar, Final

from stageprint.features.column import ColumnFeatures, Reference
from stageprint.features.run_days import WINDOW_NAMES
from stageprint.model import NUMERIC, ColumnKind, Concern, NotComputable
from stageprint.shifts._predictive import RUNS_OF_A_WEEK, ScaledByItsPast, outcome, predicted
from stageprint.shifts.base import ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Number, Wording

USUAL_SPREAD: Final = 0.1
"""Standard deviation of the mean of a column without history, in widths S."""

MIN_BEYOND: Final = 0.5
"""Smallest distance from the nearest earlier mean, in widths S; it is also at least the range of the earlier means."""

GROSS: Final = 5.0
"""Distance in widths S that is asked for while the season is not known: by the second run, in the first year of runs a
month or more apart, and in the first week of runs without dates."""

MAX_DAYS_APART: Final = 10
"""Largest distance of runs in days between which a season moves the mean but little."""

RUNS_OF_A_YEAR: Final = 12
OWN_DATE: Final = WINDOW_NAMES.index("the run's date")
RECORD_SHARE: Final = 0.3
"""Share of the tail of the predictive distribution that is a record, by simulation (docs/adr/0027)."""


class MeanRecord(ScaledByItsPast, ColumnRule):
    """How far the mean is beyond the smallest or largest mean of all earlier runs, in units of the usual spread S.

    Formula: the distance of the mean from the nearest earlier mean ÷ S, where it is at least half of S and at least the
    range of the earlier means; else 0.

    How likely that is follows from the earlier means: it speaks early where they hardly varied. A column that climbs
    by the same step in every run is no record, since its steps are within its range. S is that of the previous run.
    Runs a month apart have shown no season in their first year: there the distance must be five times S.
    """

    name: ClassVar[str] = "mean_record"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Number("the mean is {} robust standard deviations beyond that of every earlier run")
    unit: ClassVar[str] = "spreads S of the previous run; 0 within what was seen"
    convention: ClassVar[str] = "arithmetic means; S = IQR/1.349, else sd"
    source: ClassVar[str] = "this project; predictive Student distribution with a prior variance"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    assumes_level: ClassVar[bool] = True
    min_effect: ClassVar[float] = 0.05
    critical_effect: ClassVar[float] = 1.0
    default_scale: ClassVar[float] = USUAL_SPREAD
    example: ClassVar[Example] = Example([0.0, 1.0, 2.0, 3.0, 4.0], [10.0] * 5, 5.396, ColumnKind.FLOAT)

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how far the mean is beyond all earlier ones."""
        runs = [run for run in past if run.present > 0 and run.comparable(current) and isfinite(run.mean)]
        if not runs:
            return NotComputable("no values in an earlier run")
        if not current.present > 0 or not isfinite(current.mean):
            return NotComputable("no values in this run")
        if not all(run.variance > 0 for run in runs):
            return NotComputable("all values were equal in an earlier run")
        width = Reference(runs[-1:]).scale
        means, now = [run.mean / width for run in runs], current.mean / width
        widest = max(run.variance for run in (*runs, current) if isfinite(run.variance)) / width**2
        found = beyond_means(
            now, means, max(1.0, widest) / current.present, season_is_known=_season_is_known([*runs, current])
        )
        return replace(found, now=current.mean, then=found.then * width)


def beyond_means(now: float, means: Sequence[float], sampling: float, *, season_is_known: bool) -> Outcome:
    """Return how far a mean is beyond all earlier ones, all in widths S.

    Args:
        now: The mean.
        means: Those of the earlier runs; at least one.
        sampling: Variance of `now` that its number of values explains.
        season_is_known: Whether less than `GROSS` counts.
    """
    low, high = min(means), max(means)
    known = predicted(means, USUAL_SPREAD, sampling)
    beyond = max(low - now, now - high, 0.0)
    nearest = low if now < low else high
    if beyond < max(high - low, MIN_BEYOND if season_is_known else GROSS):
        return outcome(0.0, 1.0, known.scale, now, nearest)
    return outcome(beyond, RECORD_SHARE * known.p(now), known.scale, now, nearest)


def _season_is_known(runs: Sequence[ColumnFeatures]) -> bool:
    """Return whether the earlier runs, all but the last, were in the season of the last or near it."""
    earlier = len(runs) - 1
    starts = [days[0] for run in runs if (days := run.windows[OWN_DATE]) is not None]
    if len(starts) < len(runs):
        return earlier >= RUNS_OF_A_WEEK
    if earlier < 2:
        return False
    apart = median(after - before for before, after in pairwise(starts))
    return apart <= MAX_DAYS_APART or earlier >= RUNS_OF_A_YEAR
