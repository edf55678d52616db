"""Nulls that turned into one value."""

from __future__ import annotations

from math import inf
from typing import ClassVar

import numpy as np

from stageprint.features.labels import LabelShares
from stageprint.features.pairs import Pairs
from stageprint.model import ORDERED, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Part, Wording
from stageprint.shifts.distributions._atom import show

MIN_PART_OF_NULLS_LOST = 0.5
"""Smallest part of the nulls that must be gone."""


class NullToValue(ColumnShift):
    """Share of the rows that were null before and now have one particular value.

    Formula: min(share of nulls lost, largest gain of mass at one value), both as shares of all rows.

    Filling nulls with 0, −1, 999, '' or 'NA' takes as many nulls as it adds rows with that value. Dropping the rows
    with nulls adds to no value more than its own share, so it is not mistaken for filling.
    """

    name: ClassVar[str] = "null_to_value"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.PLACEHOLDERS})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Part("{} of the rows turned from null into one value")
    unit: ClassVar[str] = "share 0–1"
    convention: ClassVar[str] = "shares of all rows, not below 0"
    source: ClassVar[str] = "this project"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED | {ColumnKind.STRING}
    needs: ClassVar[tuple[str, ...]] = ("counts",)
    symmetric: ClassVar[bool] = False
    needs_no_history: ClassVar[bool] = True
    negligible_effect: ClassVar[float] = 0.005
    min_effect: ClassVar[float] = 0.02
    critical_effect: ClassVar[float] = 0.10
    max_df: ClassVar[float] = 6.0
    prior_weight: ClassVar[float] = 8.0
    min_scale: ClassVar[float] = 0.01
    persistence: ClassVar[float] = inf
    default_scale: ClassVar[float] = 0.01
    example: ClassVar[Example] = Example([1, 2, 3, None, None], [1, 2, 3, 0, 0], 0.4, ColumnKind.INTEGER)

    def compute(self, pairs: Pairs) -> Measured:
        """Return the share that turned into a value."""
        lost = pairs.then("null_share") - pairs.now("null_share")
        filled = 1 - pairs.now("null_share")
        value, error = np.where(np.isnan(lost), np.nan, 0.0), np.zeros(len(pairs))
        details = {}
        # Without a lost null nothing can have turned into a value. Shares of nulls and of single values vary, and by
        # chance in opposite directions; but a default takes most of the nulls.
        for position in np.flatnonzero((lost > 0) & (lost >= MIN_PART_OF_NULLS_LOST * pairs.then("null_share"))):
            gained, error[position], what = _gain(pairs, int(position))
            value[position] = np.clip(gained * filled[position], 0.0, lost[position])
            if value[position] > error[position]:
                details[int(position)] = f"into {what}"
        return Measured(value, error, pairs.inverse("rows") / 4, details=details)


def _gain(pairs: Pairs, position: int) -> tuple[float, float, str]:
    """Return the largest gain of mass at one value with its error, and the value; NaN where no masses were kept.

    Masses are shares of the values, not of the rows: where rows with nulls are dropped instead of filled all values
    get more of the rows, and none gets more of the values.
    """
    shape, reference = pairs.current[position], pairs.reference[position]
    if shape.labels is not None:
        then = reference.labels if reference.labels is not None else LabelShares.exactly({})
        gains = {
            label: float(shape.labels.estimate[at] - (then.estimate[then.index[label]] if label in then.index else 0.0))
            for label, at in shape.labels.index.items()
        }
        label, gain = max(gains.items(), key=lambda item: item[1], default=("", 0.0))
        return gain, shape.labels.absent + then.absent, repr(label)
    if shape.cdf is None:
        return np.nan, 0.0, ""
    before = reference.cdf.mass_at(shape.cdf.points) if reference.cdf is not None else 0.0
    change = shape.cdf.masses - before
    at = int(np.argmax(change))
    error = np.hypot(shape.cdf.mass_error, reference.cdf.mass_error if reference.cdf is not None else 0.0)
    return float(change[at]), float(error), show(shape.kind, float(shape.cdf.points[at]))
