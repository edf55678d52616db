"""Reads a profile's states into what the statistics see of it; the only place here that knows the states."""

from __future__ import annotations

from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from stageprint.batch.decimal_places import decimal_places
from stageprint.features.column import Shape
from stageprint.features.distribution import Cdf
from stageprint.features.labels import Labels
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.counts import CountsState
from stageprint.states.extremes import ExtremesState
from stageprint.states.frequent_items import FrequentItemsState
from stageprint.states.hll import HllState
from stageprint.states.hour_of_day import HourOfDayState
from stageprint.states.kll import KllState
from stageprint.states.moments import MomentsState
from stageprint.states.value_counts import ValueCountsState

Floats = NDArray[np.float64]

HLL_99 = 2.576 * 1.0389617
"""99 % of HyperLogLog estimates are within this over √(number of registers) of the truth."""

_WITH_PLACES = frozenset({ColumnKind.FLOAT, ColumnKind.DECIMAL})

_LARGEST = 1e150
"""Doubles beyond this count as this: their squares would not be numbers any more."""


STATES = frozenset(
    state.name
    for state in (
        CountsState,
        ExtremesState,
        FrequentItemsState,
        HllState,
        HourOfDayState,
        KllState,
        MomentsState,
        ValueCountsState,
    )
)
"""The states that are read here; no others need be in a profile that is only measured."""


def read_column(profile: ColumnProfile) -> Shape:
    """Return the shape of a profile."""
    shape = Shape(kind=profile.kind, data_type=profile.data_type, states=frozenset(profile.states))
    _counts(shape, profile.state(CountsState))
    _distribution(shape, profile)
    _labels(shape, profile.state(FrequentItemsState))
    _moments(shape, profile.state(MomentsState), profile.state(ExtremesState))
    sketch = profile.state(HllState)
    if sketch is not None and np.isnan(shape.distinct):
        shape.distinct = sketch.estimate()
        shape.distinct_error = HLL_99 / sqrt(1 << sketch.lg_k)
    hours = profile.state(HourOfDayState)
    if hours is not None and any(hours.bins):
        bins = np.array(hours.bins, dtype=np.float64)
        shape.hours = bins / bins.sum()
    return shape


def _counts(shape: Shape, counts: CountsState | None) -> None:
    if counts is None:
        return
    shape.rows, shape.nulls, shape.present = float(counts.rows), float(counts.nulls), float(counts.values)
    shape.null_share = counts.nulls / counts.rows if counts.rows else nan
    filled = counts.rows - counts.nulls
    if filled:
        shape.nan_share = counts.nan / filled
        shape.zero_share = counts.zeros / filled
        shape.empty_share = counts.empties / filled
        shape.blank_share = counts.blanks / filled
        shape.true_share = counts.trues / filled
        if shape.kind is ColumnKind.BOOLEAN:
            shape.top_share, shape.top_error = max(counts.trues, counts.falses) / filled, 0.0


def _distribution(shape: Shape, profile: ColumnProfile) -> None:
    exact, sketch = profile.state(ValueCountsState), profile.state(KllState)
    if exact is not None and not exact.overflowed:
        values, counts = exact.arrays()
        shape.distinct, shape.distinct_error = float(len(values)), 0.0
        errors = (0.0, 0.0)
    elif sketch is not None:
        values, counts = sketch.retained()
        errors = (sketch.rank_error, sketch.pmf_error)
    else:
        return
    if len(values):
        shape.cdf = Cdf.of(_finite(values), counts.astype(np.float64), None, *errors)
        shape.top_share, shape.top_error = float(shape.cdf.masses.max()), errors[1]
        if shape.kind in _WITH_PLACES:
            _places(shape, shape.cdf.points, shape.cdf.masses, exact=errors[0] == 0)


def _places(shape: Shape, values: Floats, masses: Floats, *, exact: bool) -> None:
    """Note the mean number of decimal places; of a sketch's retained values to within three standard errors."""
    places = decimal_places(values)
    shape.places = float(places @ masses)
    spread = float((places - shape.places) ** 2 @ masses)
    shape.places_error = 0.0 if exact else 3 * sqrt(spread / len(values))


def _finite(values: Floats) -> Floats:
    # ±inf stay the extremes they are, but differences of them must remain numbers.
    return np.clip(values, -_LARGEST, _LARGEST)


def _labels(shape: Shape, items: FrequentItemsState | None) -> None:
    if items is None or not items.rows:
        return
    texts, counts = items.arrays()
    shape.labels = Labels.counted(texts, counts.astype(np.float64), float(items.rows), float(items.max_error))
    # Where no label stands out, none may be left: the most frequent is somewhere below the bound.
    shape.top_error = shape.labels.absent / 2
    shape.top_share = float(shape.labels.estimate.max(initial=shape.top_error))
    if items.complete:
        shape.distinct, shape.distinct_error = float(len(texts)), 0.0


def _moments(shape: Shape, moments: MomentsState | None, extremes: ExtremesState | None) -> None:
    if moments is None or not moments.n:
        return
    shape.mean = moments.mean
    shape.variance = moments.m2 / (moments.n - 1) if moments.n > 1 else 0.0
    if moments.m2 > 0:
        shape.kurtosis = moments.n / moments.m2 * (moments.m4 / moments.m2)
    if extremes is not None and extremes.minimum is not None and extremes.maximum is not None:
        shape.minimum, shape.maximum = float(extremes.minimum), float(extremes.maximum)
        shape.exact = (shape.rows, shape.nulls, shape.minimum, shape.maximum, moments.m2, moments.m4)
