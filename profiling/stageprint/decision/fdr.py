"""Benjamini–Hochberg adjusted p values (q values): stored for whoever wants them, they decide nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def adjusted_at(p: Floats, hypotheses: Floats) -> Floats:
    """Return the adjusted p value that each `p` has among `hypotheses` (Benjamini & Hochberg 1995).

    It is the smallest false-discovery rate at which a hypothesis with that p value would be rejected.

    Args:
        p: p values of single statistics, each at least as large as one of `hypotheses`.
        hypotheses: One p value for each tested column.

    Example:
        >>> adjusted_at(np.array([0.01, 0.5]), np.array([0.01, 0.5]))
        array([0.02, 0.5 ])
    """
    ranked = np.sort(hypotheses)
    rejected = np.maximum(1, np.searchsorted(ranked, p, side="right"))
    alone = np.minimum(1.0, p * ranked.size / rejected)
    # A larger p value may be rejected at a smaller rate; then so are all smaller ones.
    steps = np.minimum.accumulate((ranked * ranked.size / np.arange(1, ranked.size + 1))[::-1])[::-1]
    following = np.append(steps, 1.0)[np.searchsorted(ranked, p, side="left")]
    return np.asarray(np.minimum(alone, following), dtype=np.float64)
