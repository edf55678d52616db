"""Share of the values that are true."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import NO_VALUES, ROWS_ONLY, counts_of
from stageprint.metrics.base import Metric, Value
from stageprint.model import ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.counts import CountsState


class TrueShareMetric(Metric):
    """True values ÷ non-null values."""

    name: ClassVar[str] = "true_share"
    unit: ClassVar[str] = "share 0–1"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.BOOLEAN})
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = "exact counts"
    null_means: ClassVar[str] = "not a boolean column, or no non-null values"
    needs: ClassVar[tuple[type[State], ...]] = (CountsState,)

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the share."""
        counts = counts_of(column)
        if counts.rows_only:
            return ROWS_ONLY
        return counts.trues / counts.values if counts.values else NO_VALUES
