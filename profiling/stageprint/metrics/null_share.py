"""Share of the rows without a value."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import counts_of
from stageprint.metrics.base import Metric, Value
from stageprint.model import ALL_KINDS, ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.counts import CountsState


class NullShareMetric(Metric):
    """Nulls ÷ rows."""

    name: ClassVar[str] = "null_share"
    unit: ClassVar[str] = "share 0–1"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = "exact counts"
    null_means: ClassVar[str] = "the table has no rows"
    needs: ClassVar[tuple[type[State], ...]] = (CountsState,)

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the share."""
        counts = counts_of(column)
        return counts.nulls / counts.rows if counts.rows else NotComputable("no rows")
