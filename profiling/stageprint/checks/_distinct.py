"""The number of distinct values of a column, with the bounds that its states prove."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from stageprint.checks.base import counts_with_values
from stageprint.features.table import Bounded
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.counts import CountsState
from stageprint.states.extremes import ExtremesState
from stageprint.states.frequent_items import RARE, FrequentItemsState
from stageprint.states.hll import HllState
from stageprint.states.theta import ThetaState
from stageprint.states.value_counts import MAX_VALUES, ValueCountsState

SKETCH_BOUND_DEVIATIONS: Final = 3
"""Standard deviations between a sketch's estimate and its bounds."""

_WHOLE: Final = frozenset({ColumnKind.INTEGER, ColumnKind.DATE, ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ})


def distinct(column: ColumnProfile, thetas: Iterable[ThetaState] = (), *, factor: float = 1.0) -> Bounded:
    """Return the number of distinct values without nulls and NaN; exact if a state counted them.

    Bounds that a state proves always hold. The bounds of sketches hold with high probability: the narrowest of them is
    used, within the proven bounds.

    Args:
        column: A column that has values.
        thetas: Further sketches of the same values, such as that of a key.
        factor: Distance of a sketch's bounds from its estimate, in multiples of three standard deviations.

    Raises:
        UndecidedError: The column has no values.
    """
    counts = counts_with_values(column)
    proven = [Bounded(counts.values, 1, counts.values), *_counted(column, counts)]
    own = column.state(ThetaState)
    sketches = [estimated(theta, factor) for theta in (*thetas, *([] if own is None else [own]))]
    proven += [sketch for sketch in sketches if sketch.lower == sketch.upper]
    lower, upper = max(bound.lower for bound in proven), min(bound.upper for bound in proven)
    hll = column.state(HllState)
    if hll is not None:
        empty = 1 if counts.empties else 0  # Spark's HLL, and therefore ours, does not count the empty string
        figures = (hll.estimate(), hll.lower_bound(SKETCH_BOUND_DEVIATIONS), hll.upper_bound(SKETCH_BOUND_DEVIATIONS))
        sketches.append(_widened(Bounded(*(figure + empty for figure in figures)), factor))
    nearest = min(sketches, key=lambda bound: bound.upper - bound.lower, default=proven[0])
    return Bounded(*(min(max(bound, lower), upper) for bound in (nearest.value, nearest.lower, nearest.upper)))


def estimated(theta: ThetaState, factor: float = 1.0) -> Bounded:
    """Return a theta sketch's number of distinct values with bounds; they are equal while the sketch is exact."""
    return _widened(Bounded(*theta.estimate(SKETCH_BOUND_DEVIATIONS)), factor)


def _widened(bound: Bounded, factor: float) -> Bounded:
    below, above = bound.value - bound.lower, bound.upper - bound.value
    return Bounded(bound.value, bound.value - factor * below, bound.value + factor * above)


def _counted(column: ColumnProfile, counts: CountsState) -> Iterator[Bounded]:
    most = counts.values
    if column.kind is ColumnKind.BOOLEAN and not counts.rows_only:
        both = (counts.trues > 0) + (counts.falses > 0)
        yield Bounded(both, both, both)
    values = column.state(ValueCountsState)
    if values is not None and not values.hidden:
        exact = values.distinct
        # After an overflow it proves that there are more values than it can count.
        yield Bounded(most, MAX_VALUES + 1, most) if exact is None else Bounded(exact, exact, exact)
    items = column.state(FrequentItemsState)
    if items is not None:
        # Each repetition of a label leaves one row less for other labels.
        labels = items.items()
        upper = most - sum(item.lower - 1 for item in labels if item.item != RARE)
        lower = items.capacity + 1 if items.max_error else len(labels)
        yield Bounded(upper, lower, lower if items.complete else upper)
    extremes = column.state(ExtremesState)
    if extremes is not None and extremes.minimum is not None and extremes.maximum is not None:
        room = _room(column.kind, extremes)
        if room is not None and room < most:
            yield Bounded(room, 1, room)


def _room(kind: ColumnKind, extremes: ExtremesState) -> int | None:
    """Return how many different values fit between the extremes; None for kinds without a smallest step."""
    low, high = extremes.minimum, extremes.maximum
    if isinstance(low, Decimal) and isinstance(high, Decimal):
        return int((high - low).scaleb(extremes.scale)) + 1
    return int(high) - int(low) + 1 if kind in _WHOLE and low is not None and high is not None else None
