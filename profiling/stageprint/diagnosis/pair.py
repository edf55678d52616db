"""A column beside its reference: how far apart the two are, and how far they may be by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import asin, inf, log, nan, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from stageprint.diagnosis.concerns import is_flagged_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.features.distribution import Cdf, kolmogorov_smirnov, ks_error
from stageprint.model import ColumnKey, Concern

Floats = NDArray[np.float64]
Transform = Callable[[Floats], Floats]
Shares = Mapping[str, float]

MIN_NULL_SHARE_CHANGE = 0.004
"""Minimum change of the share of missing values that a signature is built on."""

MAX_MEASURED_VALUE = 1e100
"""Maximum absolute value that is taken for a measurement; arithmetic beyond it overflows."""

MAX_NULL_SHARE_DISTANCE = 0.1
"""Maximum difference of arcsin√ of two null shares at which a column counts as filled like its upstream column."""

MAX_SHARE_LEFT = 0.2
"""Maximum share of the distance that a transformation may leave, where that is more than chance, to explain a shift."""

MAX_SHARE_LEFT_BY_CHANCE = 1 / 3
"""The same, where what is left may be chance: many a transformation leaves half of a shift hardly larger than that."""


@dataclass(frozen=True)
class Pair:
    """One column in its reference run and in the run under test, or beside the one upstream that it is taken from.

    Attributes:
        then: The reference run; or the upstream column in the run under test.
        now: The run under test.
        usual_moves: Statistic → twice the root mean square of its past moves from run to run, if history tells; beside
            the upstream column: how far the two were apart in the reference run.
        source: The upstream column, where it is that.
    """

    then: Facts
    now: Facts
    usual_moves: dict[str, float]
    source: ColumnKey | None = None

    @cached_property
    def sampling(self) -> float:
        """√(1/n_then + 1/n_now) over the values; infinite where a side has none."""
        if self.then.values <= 0 or self.now.values <= 0:
            return inf
        return sqrt(1.0 / self.then.values + 1.0 / self.now.values)

    @property
    def cdfs(self) -> tuple[Cdf, Cdf] | None:
        """Both distributions, then and now; None where a side has none."""
        return (self.then.cdf, self.now.cdf) if self.then.cdf is not None and self.now.cdf is not None else None

    @property
    def measurable(self) -> bool:
        """Whether both sides are spread over a range that arithmetic can be done on."""
        ends = (self.then.low, self.then.high, self.now.low, self.now.high)
        return self.then.sd > 0 and self.now.sd > 0 and all(abs(end) < MAX_MEASURED_VALUE for end in ends)

    @cached_property
    def tolerance(self) -> float:
        """KS distance within chance: sketch error, and the 1 % critical value or, where more, the usual variation."""
        sketch = 0.0 if self.cdfs is None else ks_error(*self.cdfs)
        return sketch + max(1.63 * self.sampling, self.usual_moves.get("ks", 0.0))

    @cached_property
    def ks(self) -> float:
        """KS distance of the values; 0 where a side has no distribution."""
        return 0.0 if self.cdfs is None else kolmogorov_smirnov(*self.cdfs)

    @cached_property
    def labels_apart(self) -> float:
        """Total variation of the labels; 0 where a side has none."""
        if not self.then.labels or not self.now.labels:
            return 0.0
        names = self.then.labels.keys() | self.now.labels.keys()
        return sum(abs(self.then.labels.get(name, 0.0) - self.now.labels.get(name, 0.0)) for name in names) / 2

    @cached_property
    def missing_change(self) -> float:
        """Change of the share of rows without a value."""
        return self.now.missing_share - self.then.missing_share

    @cached_property
    def missing_step(self) -> float:
        """Minimum change of that share that means something: 0.4 %, three standard errors, the usual variation."""
        if not self.then.rows or not self.now.rows:
            return inf
        pooled = (self.now.missing + self.then.missing) / (self.now.rows + self.then.rows)
        error = sqrt(pooled * (1 - pooled) * (1 / self.then.rows + 1 / self.now.rows))
        return max(MIN_NULL_SHARE_CHANGE, 3 * error, self._usual_missing)

    @property
    def _usual_missing(self) -> float:
        """How far the share of nulls usually rises, from its usual moves on the arcsine scale."""
        angle = asin(sqrt(self.then.missing_share)) + self.usual_moves.get("null_share", 0.0) / 2
        return sin(min(angle, pi / 2)) ** 2 - self.then.missing_share

    @cached_property
    def log_spread(self) -> float:
        """Natural logarithm of the ratio of the standard deviations; NaN where a side has none."""
        return log(self.now.sd / self.then.sd) if self.then.sd > 0 and self.now.sd > 0 else nan

    @cached_property
    def spread_error(self) -> float:
        """Standard error of `log_spread`, by the kurtosis."""
        kurtosis = max(self.then.kurtosis, self.now.kurtosis, 1.0)
        return sqrt((kurtosis - 1) / 4) * self.sampling

    @cached_property
    def spread_tolerance(self) -> float:
        """How far `log_spread` goes by chance: three standard errors, the usual variation."""
        return 3 * self.spread_error + 0.002 + self.usual_moves.get("spread", 0.0)

    @cached_property
    def selected(self) -> float:
        """KS distance of the values from the earlier ones within the present range: 0 where others were left out."""
        if self.cdfs is None:
            return 0.0
        then, now = self.cdfs
        inside = (then.points >= now.points[0]) & (then.points <= now.points[-1])
        if not inside.any():
            return 1.0
        return kolmogorov_smirnov(Cdf.of(then.points[inside], then.masses[inside]), now)

    def spread_fit(self, expected: float) -> float:
        """Return how well the spread changed as expected, 0–1: 0.9 at `spread_tolerance`, 0 at three times that.

        Args:
            expected: The natural logarithm of the factor by which it should have changed.
        """
        excess = abs(self.log_spread - expected) / self.spread_tolerance
        return 1.0 - 0.1 * excess if excess <= 1 else max(0.0, 0.9 - 0.45 * (excess - 1))

    def closeness(self, after: float, before: float | None = None) -> float:
        """Return how well a model explains a shift, 0–1, by the distance that it leaves.

        1 where what is left is within chance and at most a third of the distance before. Real columns move a little
        from run to run beside the fault, so a model that takes away nearly all of a large distance is right although
        what is left is more than sampling explains: the closeness then falls to 0 at a fifth of the distance before.
        """
        before = self.ks if before is None else before
        if after <= min(self.tolerance, MAX_SHARE_LEFT_BY_CHANCE * before):
            return 1.0
        left = MAX_SHARE_LEFT * before
        return max(0.0, 1.0 - (after - self.tolerance) / (left - self.tolerance)) if left > self.tolerance else 0.0

    @cached_property
    def label_noise(self) -> float:
        """The total variation of these label shares that sampling alone causes, with room, and the usual variation."""
        sampling = noise(self.then.labels, self.now.labels, (self.then.values, self.now.values))
        return sampling + self.then.slack + self.now.slack + self.usual_moves.get("js_distance", 0.0)

    def share_error(self, label: str) -> float:
        """Return the standard error of the difference of a label's shares."""
        share = (self.then.labels.get(label, 0.0) + self.now.labels.get(label, 0.0)) / 2
        return sqrt(share * (1 - min(share, 1.0))) * self.sampling


def noise(a: Shares, b: Shares, sizes: tuple[float, float]) -> float:
    """Return the total variation that two samples of one label distribution have, with room.

    Half the sum of the mean absolute differences, each of them √(2/π) standard errors, times one and a half.
    """
    if min(sizes) <= 0:
        return inf
    shares = np.array([(a.get(label, 0.0) + b.get(label, 0.0)) / 2 for label in a.keys() | b.keys()])
    errors = np.sqrt(shares * (1 - np.minimum(shares, 1.0)) * (1 / sizes[0] + 1 / sizes[1]))
    return 0.6 * float(errors.sum()) + 0.005


def transformed(cdf: Cdf, transform: Transform) -> Cdf:
    """Return the distribution of transformed values; falling transformations turn it round."""
    return Cdf.of(
        transform(cdf.points), cdf.masses, size=cdf.size, rank_error=cdf.rank_error, mass_error=cdf.mass_error
    )


def peak(cdf: Cdf) -> float:
    """Return the value with the largest mass."""
    return float(cdf.points[int(np.argmax(cdf.masses))])


def mixture(a: Cdf, b: Cdf, weight: float) -> Cdf:
    """Return (1 − weight) · a + weight · b."""
    return Cdf.of(
        np.concatenate([a.points, b.points]),
        np.concatenate([a.masses * (1 - weight), b.masses * weight]),
        size=a.size,
        rank_error=max(a.rank_error, b.rank_error),
        mass_error=max(a.mass_error, b.mass_error),
    )


def pair(evidence: Evidence, key: ColumnKey) -> Pair | None:
    """Return a column beside what it should look like, or None where either is missing.

    It should look like its reference run. If it broke a relation with the upstream column that it is taken from, and
    the two used to be closer than the upstream column has moved since, it should look like that column in the run
    under test: then no season lies between the two.
    """
    asked = ("pair", key)
    if asked not in evidence.memo:
        evidence.memo[asked] = _beside(evidence, key) or pair_of_runs(evidence, key)
    found = evidence.memo[asked]
    return found if isinstance(found, Pair) else None


def _beside(evidence: Evidence, key: ColumnKey) -> Pair | None:
    source = evidence.graph.taken_from(key)
    broke = is_flagged_for(evidence, key, Concern.UPSTREAM)
    run = evidence.reference_run(key)
    if source is None or not broke or run is None:
        return None
    profiles = [evidence.column(one, of) for one in (source, key) for of in (run, evidence.run_id)]
    above_then, above_now, own_then, own_now = (None if one is None else Facts.of(one) for one in profiles)
    if above_then is None or above_now is None or own_then is None or own_now is None:
        return None
    usual, season = Pair(above_then, own_then, {}), Pair(above_then, above_now, {})
    apart = max(usual.ks, usual.labels_apart)
    if apart > max(season.ks, season.labels_apart, usual.tolerance, usual.label_noise if usual.labels_apart else 0.0):
        return None
    nulls = abs(asin(sqrt(own_then.missing_share)) - asin(sqrt(above_then.missing_share)))
    if nulls > MAX_NULL_SHARE_DISTANCE:
        return None
    spread = abs(usual.log_spread)
    usual_moves = {
        "ks": usual.ks,
        "js_distance": usual.labels_apart,
        "null_share": 4 * nulls,
        "spread": 0.0 if spread != spread else spread,  # noqa: PLR0124 -- NaN: a side has no spread
    }
    return Pair(above_now, own_now, usual_moves, source)


def pair_of_runs(evidence: Evidence, key: ColumnKey) -> Pair | None:
    """Return a column's reference run beside the run under test, or None where either is missing."""
    asked = ("pair of runs", key)
    if asked not in evidence.memo:
        evidence.memo[asked] = _pair(evidence, key)
    found = evidence.memo[asked]
    return found if isinstance(found, Pair) else None


def _pair(evidence: Evidence, key: ColumnKey) -> Pair | None:
    then, now = evidence.reference(key), evidence.column(key)
    if then is None or now is None:
        return None
    usual_moves: dict[str, float] = {}
    for shift in evidence.shifts_of(key):
        scales = {result.reference: result.scale for result in shift.references if result.scale is not None}
        if scales:
            # The reference run is the one before, where it was healthy.
            usual_moves[shift.statistic] = 2 * scales.get("prev", min(scales.values()))
    return Pair(Facts.of(then), Facts.of(now), usual_moves)
