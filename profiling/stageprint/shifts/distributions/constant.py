"""A column that varied has one value."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sqrt
from typing import ClassVar, Final

import numpy as np

from stageprint import special
from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.model import ORDERED, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Fact, Wording
from stageprint.shifts.nulls.all_null import MAX_CHANCE

MAX_CHANCE_BY_RUNS: Final = 1e-2
"""Largest probability of so large a share by how the earlier runs differ (Student's t of one more run)."""

PRIOR_RUNS: Final = 3.0
"""Number of runs that the variance of rows drawn by chance counts for."""


class Constant(ColumnRule):
    """A column that varied in every earlier run has one value in all rows.

    Formula: h(1) − h(p) with p the largest earlier share of any one value; 0 while the column varies.

    At least 3 earlier runs must all have varied, and the chance p^n of n equal values must be below 10⁻⁶. Rows are not
    independent (a flag on 2 % of the rows may be unset for a whole run), hence the floor, which is not reached for p
    above 94 %. For the same reason h(1) must be far from the h(p) of the earlier runs by what these differ: where most
    hours are dry, a day without rain is no news.
    """

    name: ClassVar[str] = "constant"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Fact("all values are equal, which was so in no earlier run")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "nulls and NaN not counted"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED | {ColumnKind.STRING, ColumnKind.BOOLEAN}
    min_effect: ClassVar[float] = 0.5
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example([1, 2, 3, 4], [7] * 20, 2.0943951023931957, ColumnKind.INTEGER)

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how much of a change it is that one value holds all rows."""
        past = [run for run in past if run.present > 0 and run.comparable(current)]
        if len(past) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs with values, has {len(past)}")
        if not current.present > 0:
            return NotComputable("no values in this run")
        if not all(_varied(run) for run in past):
            return NotComputable("did not vary in every earlier run")
        usual = max(run.top_share for run in past)
        broken = current.top_share >= 1 and current.top_error == 0 and usual**current.present < MAX_CHANCE
        broken = broken and _chance_by_runs(past) < MAX_CHANCE_BY_RUNS
        return Outcome(float(arcsine(1.0) - arcsine(usual)) if broken else 0.0)


def _varied(run: ColumnFeatures) -> bool:
    return run.top_share + run.top_error < 1


def _chance_by_runs(past: Sequence[ColumnFeatures]) -> float:
    """Return the probability that the next run has one value alone, by the mean and variance of the runs' h(p)."""
    shares = arcsine(np.array([run.top_share for run in past], dtype=np.float64))
    by_chance = float(np.mean([1 / run.present for run in past]))
    df = len(past) - 1
    variance = (PRIOR_RUNS * by_chance + df * max(float(shares.var(ddof=1)), by_chance)) / (PRIOR_RUNS + df)
    scale = sqrt(variance * (1 + 1 / len(past)))
    return float(special.stdtr(PRIOR_RUNS + df, -(pi - float(shares.mean())) / scale))
