"""What the statistics see of a profile: scalars and distributions, of one run or averaged over several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isnan, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from stageprint.features.distribution import Cdf
from stageprint.features.labels import Labels
from stageprint.model import NUMERIC, TIMESTAMPS, ColumnKind

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Shape:
    """One column in one run; NaN where a state is missing or the value is undefined.

    Shares of nulls are of all rows, shares of NaN, zero, empty, blank and true of the values that are not null,
    so that a null spike does not move them.

    Attributes:
        kind: What the statistics take the column for.
        data_type: Its Spark type.
        states: Names of the states that were kept.
        rows: Number of rows.
        nulls: Number of nulls.
        present: Number of values that are neither null nor NaN.
        null_share: Share of nulls; likewise the other shares.
        nan_share: Share of NaN.
        zero_share: Share of zeros.
        empty_share: Share of empty strings.
        blank_share: Share of strings of blanks alone.
        true_share: Share of true.
        mean: Arithmetic mean.
        variance: Sample variance.
        kurtosis: Fourth standardised moment (3 for a Gaussian).
        minimum: Least value.
        maximum: Largest value.
        distinct: Number of distinct values.
        distinct_error: Bound (99 %) on the error of ln `distinct`, 0 where exact.
        top_share: Share of the most frequent value.
        top_error: Bound on its error.
        places: Mean number of decimal places that the values need.
        places_error: Bound on its error.
        exact: Rows, nulls, extremes and centred sums, in which two samples practically never agree to all digits;
            empty where they were not kept.
        cdf: Distribution of an ordered column.
        labels: Labels of a string column.
        hours: Shares of the hours 0–23 of a timestamp column.
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
    exact: tuple[float, ...] = ()
    cdf: Cdf | None = None
    labels: Labels | None = None
    hours: Floats | None = None

    def comparable(self, other: Shape) -> bool:
        """Return whether values of both kinds mean the same: equal, both numbers, or both timestamps."""
        return self.kind is other.kind or any({self.kind, other.kind} <= family for family in (NUMERIC, TIMESTAMPS))


MEANS = (
    "null_share",
    "nan_share",
    "zero_share",
    "empty_share",
    "blank_share",
    "true_share",
    "mean",
    "variance",
    "kurtosis",
    "distinct",
    "top_share",
    "places",
)
ERRORS = ("distinct_error", "top_error", "places_error")
COUNTS = ("rows", "present")


@dataclass
class Reference:
    """The equal-weight mean of one or several runs; scalars have the names of `Shape`'s."""

    runs: Sequence[Shape]
    states: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the states that every run has."""
        self.states = frozenset.intersection(*(run.states for run in self.runs))

    def scalar(self, name: str) -> float:
        """Return the mean of a share or moment, the error of such a mean, or the sum of a count."""
        values = [float(value) for run in self.runs if not isnan(value := getattr(run, name))]
        if not values:
            return nan
        if name in COUNTS:
            return sum(values)
        if name in ERRORS:
            # Errors of independent sketches add in squares.
            return sqrt(sum(value * value for value in values)) / len(values)
        return sum(values) / len(values)

    def inverse(self, name: str) -> float:
        """Return the sum of 1/n over the runs divided by their number squared: what 1/n is for a single run."""
        values = [value for run in self.runs if (value := getattr(run, name)) > 0]
        return sum(1.0 / value for value in values) / len(values) ** 2 if values else nan

    @cached_property
    def cdf(self) -> Cdf | None:
        """Mean distribution of the runs that have one."""
        cdfs = [run.cdf for run in self.runs if run.cdf is not None]
        return Cdf.mean(cdfs) if cdfs else None

    @cached_property
    def labels(self) -> Labels | None:
        """Mean label shares of the runs that have any."""
        labels = [run.labels for run in self.runs if run.labels is not None]
        return Labels.mean(labels) if labels else None

    @cached_property
    def largest_new(self) -> float:
        """Largest share of the newest run's values with one label that none of the others has; 0 of a single run."""
        labels = [run.labels for run in self.runs if run.labels is not None]
        if len(labels) < 2:
            return 0.0
        *others, newest = labels
        known = set().union(*(each.index for each in others))
        new = [at for label, at in newest.index.items() if label not in known]
        return float(newest.estimate[new].max(initial=0.0))

    @cached_property
    def hours(self) -> Floats | None:
        """Mean shares of the hours of the day."""
        hours = [run.hours for run in self.runs if run.hours is not None]
        return np.asarray(np.mean(hours, axis=0), dtype=np.float64) if hours else None

    @cached_property
    def scale(self) -> float:
        """The width S that shifts are measured in: IQR/1.349, else the standard deviation, else 1.

        Where a spike holds the middle half of the values the IQR is next to nothing and says little of how
        wide the column is, so it counts only from a twentieth of the standard deviation on.
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
