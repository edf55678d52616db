"""The minimum-effect score, and which references it must stand against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LARGEST_SCORE = 300.0
"""Scores end where doubles do."""

MOST_SCALE = 2.0
"""An admissible reference's scale is at most this multiple of the smallest."""


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of many residuals.

    Attributes:
        t: T = max(0, r − δ₀) / s̃.
        log_p: L = −log₁₀[2·sf(T)] of Student's t with `df`.
    """

    t: Floats
    log_p: Floats


def minimum_effect(residual: Floats, variance: Floats, df: Floats, delta: Floats) -> Score:
    """Score residuals against the null hypothesis of an effect of at most δ₀ (after TREAT, McCarthy & Smyth 2009).

    Args:
        residual: r, what sketch error cannot explain.
        variance: s̃², moderated.
        df: d₀ + m.
        delta: δ₀.
    """
    t = np.maximum(0.0, residual - delta) / np.sqrt(variance)
    p = 2 * special.stdtr(df, -t)
    smallest = 10.0**-LARGEST_SCORE
    return Score(t, -np.log10(np.clip(p, smallest, 1.0)))


def admissible(scale: Floats, group: NDArray[np.intp], eligible: Flags, ratio: float = MOST_SCALE) -> Flags:
    """Return the references a shift must stand against: those not much noisier than the quietest of their group.

    Args:
        scale: s̃ of each reference.
        group: The starts of the groups in `scale`.
        eligible: References that have a value and enough backtests.
        ratio: Largest multiple of the smallest scale.

    Example:
        >>> admissible(np.array([0.02, 0.0149, 0.012, 0.0148]), np.array([0]), np.ones(4, dtype=bool), 1.25)
        array([False,  True,  True,  True])
    """
    sizes = np.diff(np.append(group, scale.size))
    smallest = np.minimum.reduceat(np.where(eligible, scale, np.inf), group) if scale.size else scale
    return np.asarray(eligible & (scale <= ratio * np.repeat(smallest, sizes)), dtype=bool)


@dataclass(frozen=True, slots=True)
class SharePrediction:
    """What a history of counts leads one to expect of the next.

    Attributes:
        mean: Mean share m.
        rho: Intra-run correlation: how much more than binomially the share varies.
        alpha: First parameter of the beta distribution of the share.
        beta: Second one.
        p_upper: P(X ≥ x), beta-binomial.
        p_upper_binomial: The same if the share never varied, far too small on real data.
    """

    mean: float
    rho: float
    alpha: float
    beta: float
    p_upper: float
    p_upper_binomial: float


def predict_share(history: Floats, rows: int, count: int) -> SharePrediction:
    """Return how unusual `count` of `rows` is after runs with `history` counts of as many rows each.

    ρ by moments: (s² − m(1 − m)/n) / (m(1 − m)(1 − 1/n)), s² the sample variance of the shares (Kleinman 1973).
    """
    shares = history / rows
    mean = float(shares.mean())
    binomial = mean * (1 - mean)
    rho = float((shares.var(ddof=1) - binomial / rows) / (binomial * (1 - 1 / rows)))
    p_binomial = float(stats.binom.sf(count - 1, rows, mean))
    if rho <= 0:
        return SharePrediction(mean, 0.0, np.inf, np.inf, p_binomial, p_binomial)
    strength = 1 / rho - 1
    alpha, beta = mean * strength, (1 - mean) * strength
    return SharePrediction(mean, rho, alpha, beta, float(stats.betabinom.sf(count - 1, rows, alpha, beta)), p_binomial)
