"""Values beyond the end of a scale that no earlier run went beyond."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import ClassVar, Final

import numpy as np

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import NUMERIC, ColumnKind, Concern, NotComputable
from stageprint.model.figures import number
from stageprint.shifts._succession import is_broken
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Share, Wording

MIN_SHARE_OF_RUNS: Final = 0.5
"""Smallest share of the earlier runs whose extreme is exactly the end, for it to be the end of a scale."""


class FixedRange(ColumnRule):
    """Share of the values beyond the end of a scale: of 24 hours, of 31 days, of five stars, of 100 per cent.

    Formula: h(p) of the share p beyond the end, less the sketch's rank error; the larger of both ends.

    An end is a value that is the largest (smallest) of at least half of the earlier runs, of three or more, and that no
    run went beyond. A column without such an end has no such rule: temperatures and prices have a record now and then.
    How many runs make an end, and how many rows break it, follows from the counts (rule of succession).
    """

    name: ClassVar[str] = "fixed_range"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Share("{} of the values are beyond an end that no earlier run went beyond")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "share of the values; ends are exact"
    source: ClassVar[str] = "Laplace's rule of succession with Jeffreys' prior; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example(
        list(range(24)) * 5, [*(list(range(24)) * 4), *([30] * 32)], 1.0471975511965976, ColumnKind.INTEGER
    )

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return the share of the values beyond an end."""
        runs = [run for run in past if run.present > 0 and run.comparable(current)]
        if len(runs) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs with values, has {len(runs)}")
        if current.cdf is None:
            return NotComputable("no values in this run")
        top, bottom = max(run.maximum for run in runs), min(run.minimum for run in runs)
        ends = [
            (end, reached, beyond)
            for end, reached, beyond in (
                (top, [run.maximum == top for run in runs], 1.0 - float(current.cdf.at(np.array([top]))[0])),
                (bottom, [run.minimum == bottom for run in runs], float(current.cdf.before(np.array([bottom]))[0])),
            )
            if top > bottom and isfinite(end) and sum(reached) >= max(MIN_INVARIANT_RUNS, MIN_SHARE_OF_RUNS * len(runs))
        ]
        if not ends:
            return NotComputable("the extremes of the earlier runs were no end of a scale")
        end, reached, beyond = max(ends, key=lambda one: one[2])
        since = runs[reached.index(True) :]
        share = max(0.0, beyond - current.cdf.rank_error)
        rows = sum(run.present for run in since)
        if not is_broken(len(since), rows, share * current.present, current.present):
            return Outcome(0.0)
        return Outcome(float(arcsine(share)), detail=f"{'above' if end == top else 'below'} {number(end)}")
