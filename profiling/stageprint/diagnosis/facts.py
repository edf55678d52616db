"""One column's figures as plain numbers and arrays, from which signatures are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from stageprint.features.column import CHARACTER_SHARES, ColumnFeatures
from stageprint.features.distribution import Cdf
from stageprint.features.labels import LabelShares
from stageprint.model import NUMERIC, TEMPORAL, ColumnKind, ColumnProfile
from stageprint.states.counts import CountsState
from stageprint.states.lengths import LengthsState

Floats = NDArray[np.float64]

PROBED_QUANTILES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
"""The quantiles that transformations are read from."""

MAX_NUMBERS_AS_LABELS = 60
"""Maximum count of distinct numbers that are also compared as labels, such as codes, hours and ratings."""


@dataclass(frozen=True)
class Facts:
    """One column in one run.

    Attributes:
        kind: What the values are.
        data_type: Spark SQL's name of the type.
        rows: Rows, those without a value included.
        nulls: Rows without a value.
        nans: Rows that are NaN.
        infinities: Number of values that are −∞, and number of those that are +∞.
        low: Least value as a double; NaN where the kind has none.
        high: Largest value.
        mean: Mean of the values.
        sd: Sample standard deviation.
        kurtosis: Fourth standardised moment (3 for a normal distribution).
        distinct: Distinct values, estimated unless exact.
        cdf: Distribution of the values; None where the kind has none.
        labels: Label → share of the values; empty where the kind has none.
        slack: Share by which any label may be off; 0: every label is listed and exact.
        hours: Share of the values by hour of day (UTC); None where the kind has none.
        exact: Exact metrics that two different samples practically never agree in.
        lengths: Distribution of the lengths of texts; None where the kind has none.
        forms: Form in which texts are written → share of the texts (`stageprint.features.text_forms`); empty: of other
            kinds, or too many.
        characters: Kind of character (``lower_share`` and the like of `ColumnFeatures`) → share of the texts that hold
            one; empty: of other kinds, or not kept.
        texts_looked_at: Number of texts that the two were read from; NaN where they were not.
    """

    kind: ColumnKind
    data_type: str
    rows: int
    nulls: int = 0
    nans: int = 0
    infinities: tuple[int, int] = (0, 0)
    low: float = nan
    high: float = nan
    mean: float = nan
    sd: float = nan
    kurtosis: float = nan
    distinct: float = nan
    cdf: Cdf | None = None
    labels: Mapping[str, float] = field(default_factory=dict)
    slack: float = 0.0
    hours: Floats | None = None
    exact: tuple[float, ...] = ()
    lengths: Cdf | None = None
    forms: Mapping[str, float] = field(default_factory=dict)
    characters: Mapping[str, float] = field(default_factory=dict)
    texts_looked_at: float = nan

    @classmethod
    def of(cls, column: ColumnProfile) -> Facts:
        """Read a profile."""
        # A report asks causes only for their texts, and reads no profile.
        from stageprint.features.from_profile import read_column  # noqa: PLC0415 -- see above
        from stageprint.features.text_forms import texts_looked_at  # noqa: PLC0415 -- see above

        shape = read_column(column)
        rows, nulls = _whole(shape.rows), _whole(shape.nulls)
        labels, slack = _labels(shape)
        return cls(
            kind=shape.kind,
            data_type=shape.data_type,
            rows=rows,
            nulls=nulls,
            nans=rows - nulls - _whole(shape.present),
            infinities=_infinities(column.state(CountsState)),
            low=shape.minimum,
            high=shape.maximum,
            mean=shape.mean,
            sd=sqrt(shape.variance) if shape.variance >= 0 else nan,
            kurtosis=shape.kurtosis,
            distinct=shape.distinct,
            cdf=shape.cdf,
            labels=labels,
            slack=slack,
            hours=shape.hours,
            exact=shape.exact,
            lengths=_lengths(column.state(LengthsState)),
            forms={} if shape.forms is None else _shares_of(shape.forms),
            characters=_characters(shape),
            texts_looked_at=texts_looked_at(shape) if shape.lower_share >= 0 else nan,
        )

    @property
    def values(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def missing(self) -> int:
        """Rows without a usable value: null or NaN."""
        return self.nulls + self.nans

    @property
    def missing_share(self) -> float:
        """Share of rows without a usable value; 0 for an empty table."""
        return self.missing / self.rows if self.rows else 0.0

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers."""
        return self.kind in NUMERIC

    @property
    def temporal(self) -> bool:
        """Whether the values are dates or timestamps."""
        return self.kind in TEMPORAL

    @cached_property
    def quantiles(self) -> Floats:
        """The quantiles at `PROBED_QUANTILES`; empty where there is no distribution."""
        return np.empty(0) if self.cdf is None else self.cdf.quantile(np.array(PROBED_QUANTILES))

    @property
    def constant(self) -> bool:
        """Whether there are values and all are equal."""
        if self.values <= 0:
            return False
        if self.cdf is not None:
            return self.low == self.high
        return self.slack == 0 and len(self.labels) == 1

    def mass(self, value: float) -> float:
        """Return the share of the values that equal `value`."""
        return 0.0 if self.cdf is None else float(self.cdf.mass_at(np.array([value]))[0])


def _whole(count: float) -> int:
    return int(count) if count == count else 0  # noqa: PLR0124 -- NaN: the state is missing


def _infinities(state: CountsState | None) -> tuple[int, int]:
    return (0, 0) if state is None else (state.negative_inf, state.positive_inf)


def _lengths(state: LengthsState | None) -> Cdf | None:
    if state is None or not state.n:
        return None
    lengths, counts = state.histogram()
    return Cdf.of(lengths.astype(np.float64), counts.astype(np.float64))


def _characters(shape: ColumnFeatures) -> dict[str, float]:
    return {name: getattr(shape, name) for name in CHARACTER_SHARES} if shape.lower_share >= 0 else {}


def _shares_of(labels: LabelShares) -> dict[str, float]:
    return {label: float(labels.estimate[at]) for label, at in labels.index.items()}


def _labels(shape: ColumnFeatures) -> tuple[dict[str, float], float]:
    """Return label → share and how far a share may be off; few whole numbers are labels too."""
    if shape.labels is not None:
        return _shares_of(shape.labels), shape.labels.absent
    if shape.kind is ColumnKind.BOOLEAN and shape.true_share >= 0:
        shares = {"true": shape.true_share, "false": 1 - shape.true_share}
        return {label: share for label, share in shares.items() if share > 0}, 0.0
    cdf = shape.cdf
    few = (
        cdf is not None
        and shape.kind in NUMERIC
        and cdf.rank_error == 0
        and cdf.points.size <= min(MAX_NUMBERS_AS_LABELS, shape.present / 5)
    )
    if cdf is None or not few or np.any(cdf.points != np.round(cdf.points)):
        return {}, 0.0
    return {f"{point:.15g}": float(mass) for point, mass in zip(cdf.points, cdf.masses, strict=True)}, 0.0
