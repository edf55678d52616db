"""Mean number of decimal places."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.batch import decimal_places as places
from stageprint.metrics._count import NO_VALUES, counts_of
from stageprint.metrics._quantile import exact_counts
from stageprint.metrics.base import Metric, Value
from stageprint.model import ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.kll import KllState


class DecimalPlacesMetric(Metric):
    """Mean number of decimal places (0 to 6) that the finite values need; a change of at most 10⁻⁹ is ignored."""

    name: ClassVar[str] = "decimal_places"
    unit: ClassVar[str] = "decimal places 0–6"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.FLOAT, ColumnKind.DECIMAL})
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = (
        "this project; exact up to 1,000 distinct values, else from the values that a KLL sketch retains"
    )
    null_means: ClassVar[str] = "not a floating-point or decimal column, or no finite values"
    needs: ClassVar[tuple[type[State], ...]] = (KllState, CountsState)
    exact: ClassVar[bool] = False

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the mean."""
        exact, sketch = exact_counts(column), column.state(KllState)
        if sketch is None or not sketch.n:
            return NO_VALUES
        values, rows = sketch.points() if exact is None else exact.arrays()
        finite = np.isfinite(values)
        if not finite.any():
            return NotComputable("no finite values") if counts_of(column).values else NO_VALUES
        return float(np.average(places.decimal_places(values[finite]), weights=rows[finite]))
