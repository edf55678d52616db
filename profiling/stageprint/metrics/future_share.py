"""Share of the values that are later than the run's logical date."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.metrics._as_of import DAY, AsOfMetric
from stageprint.metrics._quantile import exact_counts
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.base import State
from stageprint.states.extremes import ExtremesState
from stageprint.states.kll import KllState


class FutureShareMetric(AsOfMetric):
    """Values after the run's logical date ÷ non-null values.

    Exact where all values are later or none is, and up to 1,000 distinct values. Else it is read from the KLL sketch,
    within `rank_error`, and is never exactly 0 or 1.
    """

    name: ClassVar[str] = "future_share"
    unit: ClassVar[str] = "share 0–1"
    source: ClassVar[str] = (
        "extremes and exact counts; else a KLL sketch, Karnin, Lang & Liberty 2016, within rank_error"
    )
    needs: ClassVar[tuple[type[State], ...]] = (ExtremesState, KllState)
    exact: ClassVar[bool] = False

    def of(self, column: ColumnProfile, low: int, high: int, as_of: int) -> float:
        """Return the share."""
        # The smallest value after `as_of`; for dates the first day that begins at `as_of` or later.
        first = -(-as_of // DAY) if column.kind is ColumnKind.DATE else as_of
        if high < first:
            return 0.0
        if low >= first:
            return 1.0
        exact, sketch = exact_counts(column), column.state(KllState)
        if exact is not None:
            values, rows = exact.arrays()
            return float(rows[values >= first].sum() / rows.sum())
        assert sketch is not None  # noqa: S101 -- one of its needs
        share = 1.0 - float(sketch.cdf(np.array([first - 1], np.float64))[0])
        return min(max(share, 1 / sketch.n), 1 - 1 / sketch.n)
