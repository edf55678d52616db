"""The number of distinct values, exact where a state holds them all, else estimated."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from stageprint.metrics._count import NO_VALUES, counts_of
from stageprint.metrics.base import Metric, Value
from stageprint.model import SCALAR, ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.frequent_items import FrequentItemsState
from stageprint.states.hll import HllState
from stageprint.states.value_counts import ValueCountsState


class DistinctEstimate(NamedTuple):
    """Number of distinct values, with its bounds at 2 standard deviations; all equal where it is exact."""

    estimate: int
    lower: int
    upper: int


class DistinctMetric(Metric):
    """Base of the metrics of the number of distinct values."""

    unit: ClassVar[str] = "distinct values"
    kinds: ClassVar[frozenset[ColumnKind]] = SCALAR
    sql_type: ClassVar[str] = "bigint"
    source: ClassVar[str] = (
        "exact up to 1,000 distinct numbers, or as many texts as the frequent items hold; else HyperLogLog, Flajolet "
        "et al. 2007, Apache DataSketches, capped at the number of values"
    )
    null_means: ClassVar[str] = "not defined for the column's type"
    needs: ClassVar[tuple[type[State], ...]] = (CountsState,)
    exact: ClassVar[bool] = False


class DistinctRatioMetric(DistinctMetric):
    """Base of the metrics of the share of distinct values: 1 where no value occurs twice.

    Attributes:
        figure: The field of `DistinctEstimate` that is divided by the values that are neither null nor NaN.
    """

    unit: ClassVar[str] = "share 0–1"
    sql_type: ClassVar[str] = "double"
    null_means: ClassVar[str] = "not defined for the column's type, or no non-null values"
    figure: ClassVar[str]

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the share."""
        values = counts_of(column).values
        distinct = distinct_of(column)
        if isinstance(distinct, NotComputable):
            return distinct
        return float(getattr(distinct, self.figure)) / values if values else NO_VALUES


def distinct_of(column: ColumnProfile) -> DistinctEstimate | NotComputable:
    """Return the number of distinct values, nulls and NaN not counted."""
    exact = _exact(column)
    if exact is not None:
        return DistinctEstimate(exact, exact, exact)
    sketch, counts = column.state(HllState), counts_of(column)
    if sketch is None:
        return NotComputable(f"no {HllState.name} state was kept")
    # The sketch ignores the empty string.
    more = int(counts.empties > 0)
    return DistinctEstimate(
        *(
            min(round(figure) + more, counts.values)
            for figure in (sketch.estimate(), sketch.lower_bound(2), sketch.upper_bound(2))
        )
    )


def _exact(column: ColumnProfile) -> int | None:
    if column.kind is ColumnKind.BOOLEAN and not counts_of(column).rows_only:
        counts = counts_of(column)
        return (counts.trues > 0) + (counts.falses > 0)
    values, texts = column.state(ValueCountsState), column.state(FrequentItemsState)
    if values is not None:
        return values.distinct
    return len(texts.items()) if texts is not None and texts.complete else None
