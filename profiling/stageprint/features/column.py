"""Column features: the figures and distributions of one column in one run, or averaged over several runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf, isnan, nan, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stageprint.features.distribution import Cdf
from stageprint.features.labels import LabelShares
from stageprint.features.run_days import NO_WINDOWS, Windows
from stageprint.model import NUMERIC, TIMESTAMPS, ColumnKind

Floats = NDArray[np.float64]


@dataclass(slots=True)
class ColumnFeatures:
    """One column in one run; a figure is NaN where its state was not kept or the figure is undefined.

    `null_share` is a share of all rows. The other shares are shares of the non-null rows, so that a null spike does
    not move them. Values of dates are days, of timestamps microseconds, since 1970-01-01.

    Attributes:
        kind: Kind of the column.
        data_type: Spark SQL's name of its type.
        states: Names of the states that were kept.
        rows: Number of rows, nulls included.
        nulls: Number of nulls.
        present: Number of values that are neither null nor NaN.
        null_share: Nulls ÷ rows, 0 to 1.
        nan_share: NaN ÷ non-null rows; the following shares have the same denominator.
        zero_share: Share of zeros.
        empty_share: Share of empty strings, binary values, arrays and maps.
        blank_share: Share of strings that are white space alone.
        true_share: Share of true.
        mean: Arithmetic mean of the finite values.
        variance: Sample variance (divisor n − 1) of the finite values.
        kurtosis: Fourth standardised moment, 3 for a Gaussian.
        minimum: Smallest value, ±inf included.
        maximum: Largest value, ±inf included.
        distinct: Number of distinct values.
        distinct_error: Bound (99 %) on the error of ln `distinct`; 0 where the number is exact.
        top_share: Share of the most frequent value.
        top_error: Bound on the error of `top_share`.
        places: Mean number of decimal places that the values need, 0 to 6.
        places_error: Bound on the error of `places`.
        negative_share: Share of numbers below 0.
        infinite_share: Share of +∞ and −∞.
        whole_share: Share of whole numbers among the finite values of a column that may have decimal places.
        midnight_share: Share of timestamps at exactly 00:00:00.
        largest_gap: Largest time between two successive times, in seconds.
        gap_error: Bound on the error of `largest_gap`.
        length_mean: Mean length of texts, binary values, arrays and maps.
        length_deviation: Standard deviation of the lengths.
        length_min: Shortest length.
        length_max: Longest length.
        leading_share: Share of texts that begin with white space and hold more than that.
        trailing_share: Share of texts that end with white space and hold more than that.
        number_share: Share of texts that are written as a number.
        time_share: Share of texts that are written as a date or a time.
        boolean_share: Share of texts that are ``true`` or ``false``.
        json_share: Share of texts that are JSON objects or arrays.
        uuid_share: Share of texts that are UUIDs.
        lower_share: Share of texts with a letter that is not in upper case.
        upper_share: Share of texts with a letter in upper case.
        digit_share: Share of texts with a digit.
        space_share: Share of texts with a space.
        other_share: Share of texts with any other character.
        format_error: Bound (99 %) on the error of the ten shares before; 0 where every text was looked at.
        exact: Rows, nulls, extremes and centred sums. Two samples practically never agree in all of them to the last
            digit. Empty where they were not kept.
        cdf: Distribution of an ordered column; None without values.
        labels: Label shares of a string column; None without values.
        hours: Shares of the hours 0–23 (UTC) of a timestamp column; None without values.
        weekdays: Shares of the days of the week, Monday first (UTC), of a column of times; None without values.
        forms: Shares of the forms that texts are written in, see `stageprint.features.text_forms`; None: not kept, or
            more forms than are compared.
        labels_hash_id: Id of the secret that the labels were hashed with; None: they are texts as they were.
        labels_unlike: Whether the labels were left out, since those of the other side are hashed in another way.
        delivered_again: Whether the rows and most columns of its table are exactly those of the last run.
        exchanged_with: The column of such a table that it changed places with; None: none.
        windows: The days of the run, as `windows_by_date` and `with_event_time` return them.
    """

    kind: ColumnKind
    data_type: str
    states: frozenset[str] = frozenset()
    rows: float = nan
    nulls: float = nan
    present: float = nan
    null_share: float = nan
    nan_share: float = nan
    zero_share: float = nan
    empty_share: float = nan
    blank_share: float = nan
    true_share: float = nan
    mean: float = nan
    variance: float = nan
    kurtosis: float = nan
    minimum: float = nan
    maximum: float = nan
    distinct: float = nan
    distinct_error: float = nan
    top_share: float = nan
    top_error: float = nan
    places: float = nan
    places_error: float = nan
    negative_share: float = nan
    infinite_share: float = nan
    whole_share: float = nan
    midnight_share: float = nan
    largest_gap: float = nan
    gap_error: float = nan
    length_mean: float = nan
    length_deviation: float = nan
    length_min: float = nan
    length_max: float = nan
    leading_share: float = nan
    trailing_share: float = nan
    number_share: float = nan
    time_share: float = nan
    boolean_share: float = nan
    json_share: float = nan
    uuid_share: float = nan
    lower_share: float = nan
    upper_share: float = nan
    digit_share: float = nan
    space_share: float = nan
    other_share: float = nan
    format_error: float = nan
    exact: tuple[float, ...] = ()
    cdf: Cdf | None = None
    labels: LabelShares | None = None
    hours: Floats | None = None
    weekdays: Floats | None = None
    forms: LabelShares | None = None
    labels_hash_id: str | None = None
    labels_unlike: bool = False
    delivered_again: bool = False
    exchanged_with: str | None = None
    windows: Windows = NO_WINDOWS

    def without_labels(self) -> ColumnFeatures:
        """Return the features without labels, for a comparison with labels that were hashed in another way."""
        kept = self.states - {LABELS_STATE}
        return replace(self, states=kept, labels=None, labels_unlike=True)

    def comparable(self, other: ColumnFeatures) -> bool:
        """Return whether values of the two kinds can be compared: equal kinds, two numeric or two timestamp kinds."""
        return self.kind is other.kind or any({self.kind, other.kind} <= family for family in (NUMERIC, TIMESTAMPS))


MAX_MAGNITUDE: Final = 1e150
"""Larger doubles, infinite ones too, are clipped to this, so that their squares stay finite."""

CHARACTER_SHARES: Final = ("lower_share", "upper_share", "digit_share", "space_share", "other_share")
"""Names of the shares of texts that hold a kind of character."""

LABELS_STATE = "frequent_items"
"""Name of the state that holds the labels of a column."""

_ERRORS = ("distinct_error", "top_error", "places_error", "format_error", "gap_error")
_COUNTS = ("rows", "present")


@dataclass
class Reference:
    """The mean of one or several runs, each of equal weight.

    Attributes:
        runs: The runs, oldest first; at least one.
        states: Names of the states that every run kept.
    """

    runs: Sequence[ColumnFeatures]
    states: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Intersect the names of the runs' states."""
        self.states = frozenset.intersection(*(run.states for run in self.runs))

    def scalar(self, name: str) -> float:
        """Return one figure of the reference, over the runs that have it.

        Args:
            name: Attribute of `ColumnFeatures`.

        Returns:
            The sum of a count (`rows`, `present`); the standard error of the mean for an error bound, as errors of
            independent sketches add in squares; the mean of any other figure. NaN where no run has it.
        """
        values = [float(value) for run in self.runs if not isnan(value := getattr(run, name))]
        if not values:
            return nan
        if name in _COUNTS:
            return sum(values)
        if name in _ERRORS:
            return sqrt(sum(value * value for value in values)) / len(values)
        return sum(values) / len(values)

    def inverse(self, name: str) -> float:
        """Return Σ 1/nᵢ ÷ k² over the k runs whose count `name` is positive; NaN without such a run.

        It is the variance of the mean of k sample means of unit variance: 1/n for a single run.
        """
        values = [value for run in self.runs if (value := getattr(run, name)) > 0]
        return sum(1.0 / value for value in values) / len(values) ** 2 if values else nan

    @cached_property
    def cdf(self) -> Cdf | None:
        """Mean distribution of the runs that have one."""
        cdfs = [run.cdf for run in self.runs if run.cdf is not None]
        return Cdf.mean(cdfs) if cdfs else None

    @cached_property
    def labels(self) -> LabelShares | None:
        """Mean label shares of the runs that have labels."""
        labels = [run.labels for run in self.runs if run.labels is not None]
        return LabelShares.mean(labels) if labels else None

    @cached_property
    def largest_new(self) -> float:
        """Largest share, in the newest run, of a label that no earlier run has; 0 with fewer than two runs."""
        labels = [run.labels for run in self.runs if run.labels is not None]
        if len(labels) < 2:
            return 0.0
        *others, newest = labels
        known = set().union(*(each.index for each in others))
        new = [at for label, at in newest.index.items() if label not in known]
        return float(newest.estimate[new].max(initial=0.0))

    @cached_property
    def hours(self) -> Floats | None:
        """Mean shares of the hours of the day, shape (24,), of the runs that have them."""
        return _mean_shares([run.hours for run in self.runs])

    @cached_property
    def weekdays(self) -> Floats | None:
        """Mean shares of the days of the week, shape (7,), of the runs that have them."""
        return _mean_shares([run.weekdays for run in self.runs])

    @cached_property
    def forms(self) -> LabelShares | None:
        """Mean shares of the forms of texts; None unless every run has them."""
        forms = [run.forms for run in self.runs if run.forms is not None]
        return LabelShares.mean(forms) if len(forms) == len(self.runs) else None

    @cached_property
    def scale(self) -> float:
        """The width S that shifts are measured in: IQR/1.349, else the standard deviation, else 1.

        The IQR counts only from a twentieth of the standard deviation on. Where half of the values or more are equal
        it is close to 0 and says little about the width of the column.
        """
        variance = self.scalar("variance")
        deviation = sqrt(variance) if 0 < variance < inf else 0.0
        width = 0.0
        if self.cdf is not None:
            low, high = self.cdf.quantile(np.array([0.25, 0.75]))
            width = float(high - low) / 1.349
        if width > 0 and width >= deviation / 20:
            return width
        return deviation or 1.0


def _mean_shares(runs: Sequence[Floats | None]) -> Floats | None:
    found = [shares for shares in runs if shares is not None]
    return np.asarray(np.mean(found, axis=0), dtype=np.float64) if found else None
