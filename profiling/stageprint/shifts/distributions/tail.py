"""Values far beyond where earlier runs have any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

import numpy as np

from stageprint.features.column import ColumnFeatures, Floats
from stageprint.features.distribution import Cdf
from stageprint.features.formulas import arcsine
from stageprint.model import NUMERIC, ColumnKind, Concern, NotComputable
from stageprint.shifts._succession import MAX_ACCIDENTAL_ROWS
from stageprint.shifts.base import ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Share, Wording

MIN_RUNS: Final = 7
"""Earlier runs that are needed: fewer have not shown how far the level of a column moves."""

MAX_USUAL_SHARE: Final = 0.005
"""Largest share of any earlier run's values that may lie beyond the limits made of the other runs."""

MAX_TAIL_RATIO: Final = 2.0
"""Largest ratio of the longest tail of a past run, from the middle to its 1 % or 99 % quantile, to the median one."""

_RANKS: Final = np.array([0.01, 0.5, 0.99])


class FarTail(ColumnRule):
    """Share of values far outside the range of all earlier runs, of which there are at least 7.

    Formula: h(p) of the share p beyond the limits, less the sketch's rank error; the larger of both sides. The upper
    limit is as far above the largest 99 % quantile of the earlier runs as that is above the middle of their medians.
    The lower limit likewise, at least as far away.

    A part of the values that is ten times too large moves the middle of a column little and its tail much. A season
    moves a column within reach of where it was. A column of which an earlier run was itself beyond the limits that the
    other runs make, or whose tail is twice as long as usual in some run, has a tail that varies, such as rain; there is
    no such rule for it.
    """

    name: ClassVar[str] = "tail"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Share("{} of the values are far outside the range of all earlier runs")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "share of the values; limits from the 1 %, 50 % and 99 % quantiles of each run"
    source: ClassVar[str] = "this project, after Tukey's fences; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    min_effect: ClassVar[float] = 0.3
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example(
        list(range(100)), [*range(75), *([1_000] * 25)], 1.0471975511965976, ColumnKind.INTEGER
    )

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return the share beyond the limits."""
        cdfs = [run.cdf for run in past if run.cdf is not None]
        if len(cdfs) < MIN_RUNS:
            return NotComputable(f"needs {MIN_RUNS} earlier runs with values, has {len(cdfs)}")
        if current.cdf is None:
            return NotComputable("no values in this run")
        quantiles = np.array([cdf.quantile(_RANKS) for cdf in cdfs])
        limits = _limits(quantiles)
        if limits is None:
            return NotComputable("the values are too much alike to say what is far")
        for place, cdf in enumerate(cdfs):
            others = _limits(np.delete(quantiles, place, axis=0))
            if others is None or max(_beyond(cdf, *others)) > MAX_USUAL_SHARE + cdf.rank_error:
                return NotComputable("an earlier run was itself far outside the range of the others")
        found = _beyond(current.cdf, *limits)
        if _varies(quantiles, above=found[1] >= found[0]):
            return NotComputable("the tail's length varies from run to run")
        share = max(0.0, max(found) - current.cdf.rank_error)
        possible = 3 / sum(run.present for run in past if run.cdf is not None)
        broken = share * current.present > MAX_ACCIDENTAL_ROWS and share > 10 * possible
        value = float(arcsine(share)) if broken else 0.0
        return Outcome(value, detail="above" if found[1] >= found[0] else "below") if value else Outcome(0.0)


def _limits(quantiles: Floats) -> tuple[float, float] | None:
    """Return the limits below and above which a value is far out.

    Args:
        quantiles: The 1 %, 50 % and 99 % quantiles of each run, shape (runs, 3).

    Returns:
        Both limits; None for a column that has one value up to its 99 % quantile, and no width to measure by.
    """
    low, middle, high = quantiles[:, 0].min(), float(np.median(quantiles[:, 1])), quantiles[:, 2].max()
    return (float(low - max(middle - low, high - middle)), float(high + high - middle)) if high > middle else None


def _varies(quantiles: Floats, *, above: bool) -> bool:
    """Return whether the longest tail of an earlier run, on one side, is far longer than the median one."""
    middle = float(np.median(quantiles[:, 1]))
    lengths = np.abs(quantiles[:, 2 if above else 0] - middle)
    return bool(lengths.max() > MAX_TAIL_RATIO * np.median(lengths))


def _beyond(cdf: Cdf, low: float, high: float) -> tuple[float, float]:
    """Return the shares below the lower and above the upper limit."""
    return float(cdf.before(np.array([low]))[0]), 1.0 - float(cdf.at(np.array([high]))[0])
