"""Common thresholds on the same profiles: the current run against the previous one, and 3 σ against 28 runs.

Each is used as its authors or its users state it:

* ``psi``: Σ (p − q) ln(p/q) over deciles or labels above 0.2, the "significant shift" of credit scoring
  (Siddiqi, Credit Risk Scorecards, 2006).
* ``ks_p``: two-sample Kolmogorov–Smirnov, of labels χ², p below 0.05; the default of alibi-detect's ``TabularDrift``
  (docs.seldon.ai/alibi-detect) and of many home-made monitors.
* ``js``: Jensen–Shannon distance (natural logarithm) over deciles or labels above 0.1.
* ``evidently``: Evidently's default test of a column: up to 1,000 rows KS or χ² with p below 0.05, above them the
  Wasserstein distance in standard deviations of numbers and the Jensen–Shannon distance of labels, from 0.1 on
  (docs.evidentlyai.com, "Data drift algorithm").
* ``tfdv``: L∞ distance of the shares of labels above 0.01, the threshold of TensorFlow Data Validation's guide
  (tensorflow.org/tfx/data_validation/get_started). It has none for numbers: they are never flagged.
* ``three_sigma``: mean, share of nulls, share of the top label or of true, more than 3 standard deviations off
  the mean of the last 28 runs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from scripts.simulation.observe import EDGES, LEVELS, Observed
from stageprint.features.formulas import jensen_shannon_terms

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RULES = ("psi", "ks_p", "js", "evidently", "tfdv", "three_sigma")

_DECILES = np.flatnonzero(np.isclose((LEVELS * 10) % 1, 0) | np.isclose((LEVELS * 10) % 1, 1))
_MAX_ROWS_TESTED = 1000
"""Maximum number of reference rows at which Evidently tests instead of measuring a distance."""


def flags_of(observed: Observed, run: int) -> dict[str, Flags]:
    """Return which columns each rule flags in a run."""
    flags = {name: np.zeros(observed.world.columns, dtype=bool) for name in RULES}
    floats, strings, booleans = observed.of_kind
    n_now, n_then = observed.present[run], observed.present[run - 1]

    now, then = (observed.cdf[number].astype(np.float64) for number in (run, run - 1))
    p, q = (_masses(cdf[:, _DECILES]) for cdf in (now, then))
    statistic = np.abs(now - then).max(axis=1)
    p_value = ks_p(statistic, n_now[floats], n_then[floats])
    deviation = np.sqrt(observed.variance[run - 1])
    distance = wasserstein(now, then) / deviation
    _set(flags, floats, p, q, p_value, distance, (n_now[floats], n_then[floats]))

    p, q = (
        np.column_stack([observed.shares[number], observed.unseen[number]]).astype(np.float64)
        for number in (run, run - 1)
    )
    _labels(flags, strings, p, q, n_now[strings], n_then[strings])
    p, q = (np.column_stack([observed.true[number], 1 - observed.true[number]]) for number in (run, run - 1))
    _labels(flags, booleans, p, q, n_now[booleans], n_then[booleans])

    flags["three_sigma"][floats] = three_sigma(observed.mean, run)
    flags["three_sigma"][strings] = three_sigma(observed.shares.max(axis=2), run)
    flags["three_sigma"][booleans] = three_sigma(observed.true, run)
    flags["three_sigma"] |= three_sigma(observed.nulls / observed.world.rows, run)
    return flags


def _labels(flags: dict[str, Flags], columns: NDArray[np.int64], p: Floats, q: Floats, n: Floats, m: Floats) -> None:
    flags["tfdv"][columns] = np.abs(p - q).max(axis=1) > 0.01
    _set(flags, columns, p, q, chi_squared_p(p, q, n, m), js_distance(p, q), (n, m))


def _set(
    flags: dict[str, Flags],
    columns: NDArray[np.int64],
    p: Floats,
    q: Floats,
    p_value: Floats,
    distance: Floats,
    sizes: tuple[Floats, Floats],
) -> None:
    flags["psi"][columns] = psi(p, q, *sizes) > 0.2
    flags["ks_p"][columns] = p_value < 0.05
    flags["js"][columns] = js_distance(p, q) > 0.1
    few = np.minimum(*sizes) <= _MAX_ROWS_TESTED
    flags["evidently"][columns] = np.where(few, p_value < 0.05, distance >= 0.1)


def psi(p: Floats, q: Floats, n: Floats, m: Floats) -> Floats:
    """Return the population stability index, half a count added to every bin."""
    p, q = p + 0.5 / n[:, None], q + 0.5 / m[:, None]
    return np.asarray(((p - q) * np.log(p / q)).sum(axis=1), dtype=np.float64)


def js_distance(p: Floats, q: Floats) -> Floats:
    """Return the square root of the Jensen–Shannon divergence in nats."""
    return np.asarray(np.sqrt(np.maximum(0.0, jensen_shannon_terms(p, q).sum(axis=1))), dtype=np.float64)


def ks_p(statistic: Floats, n: Floats, m: Floats) -> Floats:
    """Return the asymptotic p value of a two-sample Kolmogorov–Smirnov statistic."""
    return np.asarray(special.kolmogorov(statistic * np.sqrt(n * m / (n + m))), dtype=np.float64)


def chi_squared_p(p: Floats, q: Floats, n: Floats, m: Floats) -> Floats:
    """Return the p value of the χ² test of homogeneity; labels that neither side has are left out."""
    pooled = (p * n[:, None] + q * m[:, None]) / (n + m)[:, None]
    held = pooled > 0
    terms = np.where(held, (p - q) ** 2 / np.where(held, pooled, 1.0), 0.0).sum(axis=1)
    df = np.maximum(1, held.sum(axis=1) - 1)
    return np.asarray(special.chdtrc(df, terms * n * m / (n + m)), dtype=np.float64)


def wasserstein(now: Floats, then: Floats) -> Floats:
    """Return ∫|F − G| dx over the kept edges, by the trapezoid rule."""
    return np.asarray(np.trapezoid(np.abs(now - then), EDGES, axis=1), dtype=np.float64)


def three_sigma(values: NDArray[np.floating], run: int) -> Flags:
    """Return which series are more than 3 standard deviations off the mean of the last 28 runs."""
    past = values[max(0, run - 28) : run]
    if len(past) < 3:
        return np.zeros(values.shape[1], dtype=bool)
    return np.asarray(np.abs(values[run] - past.mean(axis=0)) > 3 * past.std(axis=0, ddof=1), dtype=bool)


def _masses(cdf: Floats) -> Floats:
    edges = np.column_stack([np.zeros(len(cdf)), np.maximum.accumulate(cdf, axis=1), np.ones(len(cdf))])
    return np.asarray(np.diff(edges, axis=1), dtype=np.float64)
