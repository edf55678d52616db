"""The minimum-effect score, and which references it must stand against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from stageprint import special

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LARGEST_SCORE = 300.0
"""Largest score: p values end where doubles do."""

GAUSSIAN_DF = 50.0
"""Degrees of freedom of sampling and sketch noise: nearly Gaussian, since formulas give its variance."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_SHARES = np.linspace(0.0, 1.0, 33)
_SCORES = np.array([0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0, 10.0, 14.0])

RUNS_OF_A_WEEK = 7.0
"""Backtests up to which a reference may be twice as noisy as the quietest one and still count."""


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of many residuals.

    Attributes:
        t: T = max(0, r − δ₀) / s̃.
        log_p: L = −log₁₀[2·sf(T)] of Student's t with `df`.
    """

    t: Floats
    log_p: Floats


def minimum_effect(
    residual: Floats, variance: Floats, df: Floats, negligible_effect: Floats, known: Floats | float = 0.0
) -> Score:
    """Score residuals against the null hypothesis of an effect of at most δ₀ (after TREAT, McCarthy & Smyth 2009).

    A residual is the sum of sampling and sketch noise, which is Gaussian with known variance, and of the movement of
    the column's level, which has heavy tails. One Student distribution for both would give heavy tails to the noise
    too, and columns that hardly move would need too large a shift.

    Args:
        residual: r, what sketch error cannot explain.
        variance: s̃², moderated.
        df: d₀ + m, degrees of freedom of the movement.
        negligible_effect: δ₀.
        known: The part of s̃² that sampling and sketches explain; 0: all of it is movement.
    """
    beyond = np.maximum(0.0, residual - negligible_effect)
    t = beyond / np.sqrt(variance)
    known = np.broadcast_to(np.asarray(known, dtype=np.float64), variance.shape)
    p = 2 * special.stdtr(df, -t)
    split = (known > 0) & (t > 1)
    p[split] = _two_parts(beyond[split], known[split], (variance - known)[split], df[split], p[split])
    smallest = 10.0**-LARGEST_SCORE
    return Score(t, -np.log10(np.clip(p, smallest, 1.0)))


def _two_parts(beyond: Floats, known: Floats, moving: Floats, df: Floats, whole: Floats) -> Floats:
    """Return P(|N + M| > x) of a Gaussian N and a Student M, by Gauss–Hermite quadrature over N.

    Args:
        beyond: x.
        known: Variance of N.
        moving: Square of the scale of M.
        df: Degrees of freedom of M.
        whole: The probability if all of the variance were M's, an upper limit of the result.
    """
    gauss, scale = np.sqrt(known), np.sqrt(np.maximum(moving, np.finfo(np.float64).tiny))
    heavy = np.zeros(len(beyond))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        heavy += 2 * weight * special.stdtr(df, -(beyond - gauss * node) / scale)
    # The quadrature has no nodes far out. Where the level hardly moves, the Gaussian tail is taken instead.
    light = 2 * special.stdtr(GAUSSIAN_DF, -beyond / np.sqrt(known + moving))
    return np.asarray(np.minimum(np.maximum(heavy, light), whole), dtype=np.float64)


def required_t(share: Floats, df: Floats, p: Floats) -> Floats:
    """Return the T whose p value is `p`: the inverse of `minimum_effect`.

    Args:
        share: Known part of s̃², 0–1.
        df: Degrees of freedom of the rest.
        p: p values, below 0.3.

    Example:
        >>> t = required_t(np.array([0.0, 0.9]), np.full(2, 6.0), np.full(2, 1e-6))
        >>> t.round(1)
        array([20. ,  6.9])
    """
    if not len(share):
        return np.zeros(0)
    # Each df is solved once in a process.
    rounded = np.where(df < 10, np.round(df, 1), np.round(df))
    dfs, places = np.unique(rounded, return_inverse=True)
    solved = np.stack([_solved(each) for each in dfs.tolist()])
    row = places.reshape(-1)
    step, share_step = _between(-np.log10(p), _SCORES), _between(np.clip(share, 0.0, 1.0), _SHARES)
    found = np.zeros(len(row))
    # T grows like a power of 1/p, and falls with the share.
    for share_at, share_weight in share_step:
        found += share_weight * np.exp(sum(weight * solved[row, at, share_at] for at, weight in step))
    return found


@lru_cache(maxsize=4096)
def _solved(df: float) -> Floats:
    """Return ln T of each of the `_SCORES` and `_SHARES`, by bisection; shape (scores, shares)."""
    shape = (len(_SCORES), len(_SHARES))
    cell_p = np.broadcast_to(10.0 ** -_SCORES[:, None], shape).ravel()
    known = np.broadcast_to(_SHARES, shape).ravel()
    cell_df = np.full(len(known), df)
    low, high = -special.stdtrit(np.full(len(known), GAUSSIAN_DF), cell_p / 2), -special.stdtrit(cell_df, cell_p / 2)
    for _ in range(20):
        middle = (low + high) / 2
        beyond = _two_parts(middle, known, 1 - known, cell_df, np.ones(len(known))) > cell_p
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    return np.asarray(np.log((low + high) / 2).reshape(shape), dtype=np.float64)


def _between(values: Floats, grid: Floats) -> list[tuple[NDArray[np.intp], Floats]]:
    """Return the two grid places around each value, with their weights for linear interpolation."""
    left = np.clip(np.searchsorted(grid, values, side="right") - 1, 0, len(grid) - 2)
    right_weight = (values - grid[left]) / (grid[left + 1] - grid[left])
    return [(left, 1 - right_weight), (left + 1, right_weight)]


def max_scale_ratio(backtests: Floats) -> Floats:
    """Return the largest ratio of an admissible reference's scale to the smallest scale.

    It is 2 up to m = 7 backtests and 1 + 7/m from there on, 1.25 after four weeks: a few runs do not say how noisy a
    reference is. A shift must stand out against every reference that may be the quietest; one that is surely noisier
    would hide faults that the others show.

    Args:
        backtests: m, the number of residuals behind the scales.

    Example:
        >>> max_scale_ratio(np.array([2.0, 14.0, 28.0]))
        array([2.  , 1.5 , 1.25])
    """
    return np.asarray(1 + np.minimum(1.0, RUNS_OF_A_WEEK / np.maximum(backtests, 1.0)), dtype=np.float64)


def admissible(scale: Floats, group: NDArray[np.intp], eligible: Flags, ratio: Floats | float) -> Flags:
    """Return the references that a shift must stand out against: those not much noisier than the quietest.

    Args:
        scale: s̃ of each reference.
        group: Where each group, the references of one unit, begins in `scale`.
        eligible: References that have a value and enough backtests.
        ratio: Largest multiple of the smallest scale, of each reference's group or of all.

    Example:
        >>> admissible(np.array([0.02, 0.0149, 0.012, 0.0148]), np.array([0]), np.ones(4, dtype=bool), 1.25)
        array([False,  True,  True,  True])
    """
    sizes = np.diff(np.append(group, scale.size))
    smallest = np.minimum.reduceat(np.where(eligible, scale, np.inf), group) if scale.size else scale
    return np.asarray(eligible & (scale <= ratio * np.repeat(smallest, sizes)), dtype=bool)
