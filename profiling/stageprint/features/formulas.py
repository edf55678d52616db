"""Formulas that several statistics share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def arcsine(share: Floats | float) -> Floats:
    """Return 2·arcsin√p, the scale of Cohen's h (0 to π): there the sampling variance of any share is 1/n.

    Example:
        >>> float(arcsine(1.0)) == np.pi
        True
    """
    return np.asarray(2.0 * np.arcsin(np.sqrt(np.clip(share, 0.0, 1.0))), dtype=np.float64)


def entropy_terms(share: Floats) -> Floats:
    """Return −p·ln p in nats, elementwise; 0 where p is 0."""
    return np.where(share > 0, -share * np.log(np.where(share > 0, share, 1.0)), 0.0)


def relative_entropy_terms(p: Floats, q: Floats) -> Floats:
    """Return p·ln(p/q) in nats, elementwise; 0 where p is 0. q must not be 0 where p is not."""
    inside = p > 0
    return np.where(inside, p * np.log(np.where(inside, p, 1.0) / np.where(inside, q, 1.0)), 0.0)


def jensen_shannon_terms(p: Floats, q: Floats) -> Floats:
    """Return the terms of the Jensen–Shannon divergence in nats, elementwise; none is negative."""
    middle = (p + q) / 2
    return (relative_entropy_terms(p, middle) + relative_entropy_terms(q, middle)) / 2


def population_stability(then: Floats, now: Floats, *, smoothing: float = 0.5) -> float:
    """Return PSI = Σ (p − q)·ln(p/q) of two vectors of counts, `smoothing` added to each count.

    Example:
        >>> round(population_stability(np.array([100.0, 200.0]), np.array([100.0, 200.0])), 12)
        0.0
    """
    then, now = then + smoothing, now + smoothing
    p, q = then / then.sum(), now / now.sum()
    return float(np.sum((q - p) * np.log(q / p)))


def nearest_points(a_low: Floats, a_high: Floats, b_low: Floats, b_high: Floats) -> tuple[Floats, Floats]:
    """Return the two closest points of each pair of intervals; the two are equal where the intervals overlap."""
    nearest_a = np.clip(b_low, a_low, a_high)
    nearest_b = np.clip(nearest_a, b_low, b_high)
    return np.clip(nearest_b, a_low, a_high), nearest_b
