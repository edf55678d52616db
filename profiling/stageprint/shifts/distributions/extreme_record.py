"""A value far beyond everything that the earlier runs had."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, log
from typing import ClassVar, Final

import numpy as np

from stageprint.features.column import ColumnFeatures
from stageprint.model import NUMERIC, ColumnKind, Concern, NotComputable
from stageprint.shifts._predictive import ScaledByItsPast, outcome, predicted
from stageprint.shifts.base import ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Ratio, Wording

MIN_RUNS: Final = 3
"""Earlier runs that are needed: fewer have not shown how far the extremes of a column vary."""

USUAL_SPREAD: Final = 0.5
"""Standard deviation of the log distance of a column without history: extremes of healthy columns vary by half."""

MIN_BEYOND: Final = log(3)
"""Smallest distance: three times as far from the middle as the farthest value of any earlier run."""

RECORD_SHARE: Final = 0.5
"""Share of the tail of the predictive distribution that counts, of each of both sides: an extreme that is beyond
`MIN_BEYOND` is one in a few of those that the distribution expects."""

_HALF: Final = np.array([0.5])


class ExtremeRecord(ScaledByItsPast, ColumnRule):
    """How many times farther from the middle the most extreme value lies than in any earlier run.

    Formula: ln(d_C ÷ max d_i), where it is at least ln 3; else 0. d is the distance of the largest (smallest) value
    from the middle of the medians of the earlier runs.

    One wild value among thousands moves neither mean nor quantiles. How likely it is follows from the extremes of the
    earlier runs, on the log scale: where these vary tenfold, as rain does, a new extreme says little.
    """

    name: ClassVar[str] = "extreme_record"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Ratio("a value {} away from the middle, farther than in every earlier run,")
    unit: ClassVar[str] = "natural log of a ratio; 0 within what was seen"
    convention: ClassVar[str] = "distance from the median of the earlier runs' medians; the larger of both sides"
    source: ClassVar[str] = "this project; predictive Student distribution of a log distance with a prior variance"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    assumes_level: ClassVar[bool] = True
    min_effect: ClassVar[float] = 1.0
    critical_effect: ClassVar[float] = log(30)
    default_scale: ClassVar[float] = USUAL_SPREAD
    example: ClassVar[Example] = Example(
        [0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0, 3.0, 42.0], log(20), ColumnKind.FLOAT
    )

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how far the extremes are beyond all earlier ones."""
        runs = [run for run in past if _measurable(run) and run.comparable(current)]
        if len(runs) < MIN_RUNS:
            return NotComputable(f"needs {MIN_RUNS} earlier runs with finite values, has {len(runs)}")
        if not _measurable(current):
            return NotComputable("no values, or infinite ones, in this run")
        middle = float(np.median([run.cdf.quantile(_HALF)[0] for run in runs if run.cdf is not None]))
        sides = (
            (current.maximum - middle, [run.maximum - middle for run in runs]),
            (middle - current.minimum, [middle - run.minimum for run in runs]),
        )
        # Where the values of some run lie on one side, there is no distance to compare with on the other.
        found = [_record(now, before) for now, before in sides if min(before) > 0]
        if not found:
            return NotComputable("an earlier run has no value away from the middle, on either side")
        return max(found, key=lambda one: one.value)


def _measurable(run: ColumnFeatures) -> bool:
    return run.cdf is not None and run.present > 0 and isfinite(run.minimum) and isfinite(run.maximum)


def _record(now: float, before: Sequence[float]) -> Outcome:
    """Return how far a distance is beyond all earlier ones, all of them above 0."""
    known, farthest = predicted([log(distance) for distance in before], USUAL_SPREAD), max(before)
    beyond = log(now / farthest) if now > farthest else 0.0
    if beyond < MIN_BEYOND:
        return outcome(0.0, 1.0, known.scale, now, farthest)
    return outcome(beyond, RECORD_SHARE * known.p(log(now)), known.scale, now, farthest)
