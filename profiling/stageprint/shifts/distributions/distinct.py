"""Change in the number of distinct values."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.pairs import Pairs
from stageprint.model import ORDERED, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Floats, Measured
from stageprint.shifts.base_wording import Ratio, Wording


class Distinct(ColumnShift):
    """Change in the number of distinct values, as a ratio.

    Formula: |ln(D_C / D_R)|, from the exact values while both sides hold them all, else from merged HyperLogLog states.

    The dead zone is the error of HyperLogLog, 2.576·√2 · 1.04/√2^lgK (99 % of the ratios of two sketches of one set),
    plus what the number of values explains: twice the rows may have up to twice the distinct values.
    """

    name: ClassVar[str] = "distinct"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.LABELS})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Ratio("{} distinct values")
    unit: ClassVar[str] = "natural log of a ratio"
    convention: ClassVar[str] = "nulls not counted; estimates from merged states only"
    source: ClassVar[str] = "Flajolet et al. 2007; error constants of DataSketches"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED | {ColumnKind.STRING}
    needs: ClassVar[tuple[str, ...]] = ("hll",)
    max_df: ClassVar[float] = 20.0
    negligible_effect: ClassVar[float] = 0.03
    min_effect: ClassVar[float] = 0.10
    critical_effect: ClassVar[float] = 0.7
    default_scale: ClassVar[float] = 0.10
    example: ClassVar[Example] = Example([1, 2, 3, 4], [1, 1, 2, 2], 0.6931471805599453, ColumnKind.INTEGER)

    def compute(self, pairs: Pairs) -> Measured:
        """Return the change; of D values about √D come and go by chance."""
        now, then = pairs.now("distinct"), pairs.then("distinct")
        value = np.where((now > 0) & (then > 0), np.abs(_log_ratio(now, then)), np.nan)
        error = np.hypot(pairs.now("distinct_error"), pairs.then("distinct_error")) + self._explained(pairs)
        fewer = np.fmin(now, then)
        floor = pairs.inverse("present") + 0.5 / np.where(fewer > 0, fewer, 1.0)
        return Measured(value, error, floor, current_figure=now, reference_figure=then)

    @staticmethod
    def _explained(pairs: Pairs) -> Floats:
        """Return how much of the change more or fewer values explain: none of it where it goes the other way."""
        runs = np.array([len(reference.runs) for reference in pairs.reference], dtype=np.float64)
        values_now, values_then = pairs.now("present"), pairs.then("present") / runs
        change = _log_ratio(pairs.now("distinct"), pairs.then("distinct"))
        rows = _log_ratio(values_now, values_then)
        return np.nan_to_num(np.where(change * rows > 0, np.minimum(np.abs(change), np.abs(rows)), 0.0))


def _log_ratio(now: Floats, then: Floats) -> Floats:
    positive = (now > 0) & (then > 0)
    return np.asarray(np.log(np.where(positive, now, 1.0) / np.where(positive, then, 1.0)), dtype=np.float64)
