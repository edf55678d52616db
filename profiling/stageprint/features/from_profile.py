"""Reads a profile's states into column features; the only module of the room that knows the column states."""

from __future__ import annotations

from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from stageprint.batch.decimal_places import decimal_places
from stageprint.features.column import MAX_MAGNITUDE, ColumnFeatures
from stageprint.features.distribution import Cdf
from stageprint.features.labels import LabelShares
from stageprint.features.text_forms import read_texts
from stageprint.model import NUMERIC, ColumnKind, ColumnProfile
from stageprint.states.base_calendar import CalendarState
from stageprint.states.counts import CountsState
from stageprint.states.extremes import ExtremesState
from stageprint.states.frequent_items import FrequentItemsState
from stageprint.states.hll import HllState
from stageprint.states.hour_of_day import HourOfDayState
from stageprint.states.kll import KllState
from stageprint.states.lengths import LengthsState
from stageprint.states.midnights import MidnightsState
from stageprint.states.moments import MomentsState
from stageprint.states.number_forms import NumberFormsState
from stageprint.states.text_edges import TextEdgesState
from stageprint.states.text_shapes import TextShapesState
from stageprint.states.time_gaps import TimeGapsState
from stageprint.states.value_counts import ValueCountsState
from stageprint.states.weekday import WeekdayState

Floats = NDArray[np.float64]

HLL_ERROR_99 = 2.576 * 1.0389617
"""A HyperLogLog estimate is within this ÷ √(number of registers) of the truth, relatively, with probability 99 %."""

_WITH_PLACES = frozenset({ColumnKind.FLOAT, ColumnKind.DECIMAL})


STATES_COMPARED = frozenset(
    state.name
    for state in (
        CountsState,
        ExtremesState,
        FrequentItemsState,
        HllState,
        HourOfDayState,
        KllState,
        LengthsState,
        MidnightsState,
        MomentsState,
        NumberFormsState,
        TextEdgesState,
        TextShapesState,
        TimeGapsState,
        ValueCountsState,
        WeekdayState,
    )
)
"""Names of the states that comparisons read; a profile that is only compared needs no others."""


def read_column(profile: ColumnProfile) -> ColumnFeatures:
    """Return a profile's features; figures whose state is missing are NaN."""
    features = ColumnFeatures(kind=profile.kind, data_type=profile.data_type, states=frozenset(profile.states))
    features.labels_hash_id = profile.labels_hash_id
    _counts(features, profile.state(CountsState))
    _distribution(features, profile)
    _labels(features, profile.state(FrequentItemsState))
    _moments(features, profile.state(MomentsState), profile.state(ExtremesState))
    sketch = profile.state(HllState)
    if sketch is not None and np.isnan(features.distinct):
        features.distinct = sketch.estimate()
        features.distinct_error = HLL_ERROR_99 / sqrt(1 << sketch.lg_k)
    features.hours = _calendar(profile.state(HourOfDayState))
    features.weekdays = _calendar(profile.state(WeekdayState))
    _times(features, profile)
    _lengths(features, profile.state(LengthsState))
    _forms_of_numbers(features, profile.state(NumberFormsState))
    _edges(features, profile.state(TextEdgesState), profile.state(CountsState))
    read_texts(features, profile)
    return features


def _calendar(state: CalendarState | None) -> Floats | None:
    if state is None or not any(state.bins):
        return None
    bins = np.array(state.bins, dtype=np.float64)
    return np.asarray(bins / bins.sum(), dtype=np.float64)


def _times(features: ColumnFeatures, profile: ColumnProfile) -> None:
    midnights, gaps = profile.state(MidnightsState), profile.state(TimeGapsState)
    if midnights is not None and midnights.n:
        features.midnight_share = midnights.midnights / midnights.n
    gap = gaps.largest_gap() if gaps is not None else None
    if gap is not None:
        features.largest_gap, features.gap_error = gap


def _lengths(features: ColumnFeatures, lengths: LengthsState | None) -> None:
    if lengths is None or not lengths.n:
        return
    starts, counts = lengths.histogram()
    mean = lengths.total / lengths.n
    features.length_mean, features.length_min, features.length_max = (
        mean,
        float(lengths.minimum),
        float(lengths.maximum),
    )
    features.length_deviation = sqrt(float(counts @ (starts - mean) ** 2) / lengths.n)


def _forms_of_numbers(features: ColumnFeatures, forms: NumberFormsState | None) -> None:
    if forms is not None and forms.finite:
        features.whole_share = forms.whole / forms.finite


def _edges(features: ColumnFeatures, edges: TextEdgesState | None, counts: CountsState | None) -> None:
    if edges is not None and counts is not None and counts.values:
        features.leading_share, features.trailing_share = edges.leading / counts.values, edges.trailing / counts.values


def _counts(features: ColumnFeatures, counts: CountsState | None) -> None:
    if counts is None:
        return
    features.rows, features.nulls, features.present = float(counts.rows), float(counts.nulls), float(counts.values)
    features.null_share = counts.nulls / counts.rows if counts.rows else nan
    filled = counts.rows - counts.nulls
    if filled and (not counts.rows_only or features.kind is ColumnKind.OTHER):
        features.nan_share = counts.nan / filled
        features.zero_share = counts.zeros / filled
        features.empty_share = counts.empties / filled
        features.blank_share = counts.blanks / filled
        features.true_share = counts.trues / filled
        if features.kind in NUMERIC:
            features.negative_share = counts.negatives / filled
            features.infinite_share = (counts.positive_inf + counts.negative_inf) / filled
        if features.kind is ColumnKind.BOOLEAN:
            features.top_share, features.top_error = max(counts.trues, counts.falses) / filled, 0.0


def _distribution(features: ColumnFeatures, profile: ColumnProfile) -> None:
    exact, sketch = profile.state(ValueCountsState), profile.state(KllState)
    if exact is not None and not exact.overflowed:
        values, counts = exact.arrays()
        features.distinct, features.distinct_error = float(len(values)), 0.0
        errors = (0.0, 0.0)
    elif sketch is not None:
        values, counts = sketch.retained()
        errors = (sketch.rank_error, sketch.pmf_error)
    else:
        return
    if len(values):
        features.cdf = Cdf.of(_finite(values), counts.astype(np.float64), None, *errors)
        features.top_share, features.top_error = float(features.cdf.masses.max()), errors[1]
        if features.kind in _WITH_PLACES:
            _places(features, features.cdf.points, features.cdf.masses, exact=errors[0] == 0)


def _places(features: ColumnFeatures, values: Floats, masses: Floats, *, exact: bool) -> None:
    """Set the mean number of decimal places; from a sketch's retained values the error is three standard errors."""
    places = decimal_places(values)
    features.places = float(places @ masses)
    spread = float((places - features.places) ** 2 @ masses)
    features.places_error = 0.0 if exact else 3 * sqrt(spread / len(values))


def _finite(values: Floats) -> Floats:
    # ±inf stay the extremes of the column, but differences between values must not become NaN.
    return np.clip(values, -MAX_MAGNITUDE, MAX_MAGNITUDE)


def _labels(features: ColumnFeatures, items: FrequentItemsState | None) -> None:
    if items is None or not items.rows:
        return
    texts, counts = items.arrays()
    features.labels = LabelShares.counted(texts, counts.astype(np.float64), float(items.rows), float(items.max_error))
    # The sketch may list no label at all: then the most frequent one has a share between 0 and `absent`.
    features.top_error = features.labels.absent / 2
    features.top_share = float(features.labels.estimate.max(initial=features.top_error))
    if items.complete:
        features.distinct, features.distinct_error = float(len(texts)), 0.0


def _moments(features: ColumnFeatures, moments: MomentsState | None, extremes: ExtremesState | None) -> None:
    if moments is None or not moments.n:
        return
    features.mean = moments.mean
    features.variance = moments.m2 / (moments.n - 1) if moments.n > 1 else 0.0
    if moments.m2 > 0:
        features.kurtosis = moments.n / moments.m2 * (moments.m4 / moments.m2)
    if extremes is not None and extremes.minimum is not None and extremes.maximum is not None:
        features.minimum, features.maximum = float(extremes.minimum), float(extremes.maximum)
        features.exact = (features.rows, features.nulls, features.minimum, features.maximum, moments.m2, moments.m4)
