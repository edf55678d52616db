"""Sum of whole numbers and decimals as text."""

from __future__ import annotations

from typing import ClassVar

from stageprint.metrics._count import NO_VALUES
from stageprint.metrics._text import value_text
from stageprint.metrics.base import Metric, Value
from stageprint.model import ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.sums import SumsState


class SumExactMetric(Metric):
    """Exact sum of all values as plain text; for a decimal column with all its decimal places."""

    name: ClassVar[str] = "sum_exact"
    unit: ClassVar[str] = "text, as the column"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.INTEGER, ColumnKind.DECIMAL})
    sql_type: ClassVar[str] = "string"
    source: ClassVar[str] = "exact at any size; a double loses digits beyond 2^53, a bigint overflows beyond 2^63"
    null_means: ClassVar[str] = "not an integer or decimal column, or no non-null values"
    needs: ClassVar[tuple[type[State], ...]] = (SumsState,)

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the sum."""
        sums = column.state(SumsState)
        total = None if sums is None else sums.total
        return NO_VALUES if total is None else value_text(total, column.kind)
