"""Population stability index."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.distribution import Cdf, steps
from stageprint.features.formulas import population_stability
from stageprint.features.pairs import Floats, Pairs
from stageprint.model import ORDERED, ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Number, Wording

_MIN_EXPECTED_COUNT = 5.0
_DECILES = np.arange(1, 10) / 10


class PopulationStability(ColumnShift):
    """Population stability index: how far the shares of the reference's deciles, or of the labels, have moved.

    Formula: Σ (p_C − p_R) ln(p_C / p_R) over the reference's deciles, or over labels with the rare ones pooled.

    Every count is raised by ½, and bins in which fewer than 5 rows are expected are pooled. Without any shift its mean
    is (B − 1)(1/n_C + 1/n_R), which is its dead zone. The usual thresholds .1 and .2 take account neither of n nor of
    how much the column usually moves, so it never alerts.
    """

    name: ClassVar[str] = "psi"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.DISTRIBUTION})
    wording: ClassVar[Wording] = Number("population stability index {}")
    unit: ClassVar[str] = "nats"
    convention: ClassVar[str] = "reference deciles, natural logarithm, +½ smoothing, bins under 5 expected pooled"
    source: ClassVar[str] = "Lewis 1994; Yurdakul 2018 for its distribution without a shift"
    kinds: ClassVar[frozenset[ColumnKind]] = ORDERED | {ColumnKind.STRING}
    needs: ClassVar[tuple[str, ...]] = ()
    used_in_decision: ClassVar[bool] = False
    symmetric: ClassVar[bool] = False
    example: ClassVar[Example] = Example(
        ["a"] * 100 + ["b"] * 200 + ["c"] * 400 + ["d"] * 200 + ["e"] * 100,
        ["a"] * 80 + ["b"] * 150 + ["c"] * 420 + ["d"] * 230 + ["e"] * 120,
        0.027499373792321865,
        ColumnKind.STRING,
    )

    def compute(self, pairs: Pairs) -> Measured:
        """Return the index."""
        value, bins = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
        sizes = pairs.now("present"), pairs.then("present")
        for position, (n_now, n_then) in enumerate(zip(*sizes, strict=True)):
            shares = _shares(pairs, position)
            if shares is not None and n_now > 0 and n_then > 0:
                now, then = _pool(shares[0], shares[1], min(n_now, n_then))
                value[position] = population_stability(then * n_then, now * n_now)
                bins[position] = len(now)
        chance = (bins - 1) * pairs.inverse("present")
        return Measured(value, chance, chance**2)


def _shares(pairs: Pairs, position: int) -> tuple[Floats, Floats] | None:
    if pairs.current[position].kind is ColumnKind.STRING:
        pair = pairs.labels.pairs[position]
        return None if pair is None else (pair.now, pair.then)
    both = pairs.cdfs[position]
    return None if both is None else decile_shares(*both)


def decile_shares(now: Cdf, then: Cdf) -> tuple[Floats, Floats]:
    """Return both distributions' shares of the bins that the reference's deciles make."""
    edges = np.unique(then.quantile(_DECILES))
    return steps(np.append(now.at(edges), 1.0)), steps(np.append(then.at(edges), 1.0))


def _pool(now: Floats, then: Floats, rows: float) -> tuple[Floats, Floats]:
    """Add up the bins in which fewer than 5 of `rows` rows are expected, and leave out what is empty on both sides."""
    rare = then * rows < _MIN_EXPECTED_COUNT
    now, then = np.append(now[~rare], now[rare].sum()), np.append(then[~rare], then[rare].sum())
    filled = now + then > 0
    return now[filled], then[filled]
