"""A quantile of a column with its sketch error."""

from __future__ import annotations

import numpy as np

from stageprint.checks.base import counts_with_values, state_of
from stageprint.features.table import Bounded
from stageprint.model import ColumnProfile
from stageprint.states.kll import KllState
from stageprint.states.value_counts import ValueCountsState


def quantile(column: ColumnProfile, rank: float) -> Bounded:
    """Return the smallest value that at least the share `rank` of all values does not exceed, in the column's unit.

    Exact while the values are counted one by one; otherwise the bounds are the sketch's quantiles at rank ± its error.

    Raises:
        UndecidedError: The column has no values, or no state that orders them.
    """
    counts_with_values(column)
    counted = column.state(ValueCountsState)
    if counted is not None and not counted.overflowed:
        values, rows = counted.arrays()
        running = np.cumsum(rows)
        found = float(values[np.searchsorted(running, np.ceil(rank * running[-1]))])
        return Bounded(found, found, found)
    sketch = state_of(column, KllState)
    around = [rank, max(0.0, rank - sketch.rank_error), min(1.0, rank + sketch.rank_error)]
    return Bounded(*(float(value) for value in sketch.quantiles(around)))
