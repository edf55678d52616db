"""Quantiles, exact where every value is counted, else from the KLL sketch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from stageprint.metrics._count import NO_VALUES
from stageprint.metrics.base import TEMPORAL_UNIT, Metric
from stageprint.model import ORDERED, ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.kll import KllState
from stageprint.states.value_counts import ValueCountsState


class QuantileMetric(Metric):
    """Base of the metrics computed from quantiles."""

    unit: ClassVar[str] = TEMPORAL_UNIT
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED
    sql_type: ClassVar[str] = "array<double>"
    source: ClassVar[str] = (
        "smallest value v for which at least that share of the values is ≤ v; exact up to 1,000 distinct values, else "
        "a KLL sketch, Karnin, Lang & Liberty 2016, Apache DataSketches, within rank_error"
    )
    null_means: ClassVar[str] = "not a number, date or timestamp, or no non-null values"
    needs: ClassVar[tuple[type[State], ...]] = (KllState,)
    exact: ClassVar[bool] = False


def exact_counts(column: ColumnProfile) -> ValueCountsState | None:
    """Return the counts of all distinct values; None where there are too many to count."""
    counts = column.state(ValueCountsState)
    return None if counts is None or counts.overflowed else counts


def quantiles_of(column: ColumnProfile, ranks: Sequence[float]) -> list[float] | NotComputable:
    """Return the quantiles of some ranks (0–1); NaN excluded, ±inf included."""
    exact, sketch = exact_counts(column), column.state(KllState)
    if sketch is None or not sketch.n:
        return NO_VALUES
    if exact is None:
        return [float(value) for value in sketch.quantiles(list(ranks))]
    values, counts = exact.arrays()
    cumulated = np.cumsum(counts)
    places = np.searchsorted(cumulated, np.ceil(np.array(ranks) * cumulated[-1]))
    return [float(value) for value in values[places]]
