"""False-discovery control: Benjamini–Hochberg and its relatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def benjamini_hochberg(p: Floats) -> Floats:
    """Return adjusted p values: rejecting those up to q keeps the false discovery rate at q (Benjamini & Hochberg).

    Example:
        >>> benjamini_hochberg(np.array([0.01, 0.5]))
        array([0.02, 0.5 ])
    """
    order = np.argsort(p, kind="stable")
    ranked = p[order] * p.size / np.arange(1, p.size + 1)
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(ranked[::-1])[::-1])
    return adjusted


def adjusted_at(p: Floats, hypotheses: Floats) -> Floats:
    """Return what Benjamini & Hochberg make of further p values in the company of `hypotheses`.

    Each `p` is at least one of `hypotheses`, such as that of a statistic next to its column's: the least q at which a
    hypothesis with that p would be rejected.
    """
    ranked = np.sort(hypotheses)
    rejected = np.maximum(1, np.searchsorted(ranked, p, side="right"))
    alone = np.minimum(1.0, p * ranked.size / rejected)
    # A larger p may be rejected at a smaller q, and takes this one along.
    steps = np.minimum.accumulate((ranked * ranked.size / np.arange(1, ranked.size + 1))[::-1])[::-1]
    following = np.append(steps, 1.0)[np.searchsorted(ranked, p, side="left")]
    return np.asarray(np.minimum(alone, following), dtype=np.float64)


def simes(p: Floats) -> float:
    """Return Simes' p value of the hypothesis that all of `p` are null: min over i of p_(i)·n/i.

    Example:
        >>> simes(np.array([0.2, 0.5, 0.04]))
        0.12
    """
    return float(benjamini_hochberg(p).min())


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Which tables, and which columns within them, are rejected.

    Attributes:
        tables: Simes' p value of each table.
        selected: The tables rejected, in the order given.
        q_within: Level within the selected tables.
        columns: Selected table → which of its columns are rejected.
    """

    tables: Mapping[str, float]
    selected: tuple[str, ...]
    q_within: float
    columns: Mapping[str, Flags]


def hierarchical(tables: Mapping[str, Floats], q: float) -> Hierarchy:
    """Select tables by Simes and Benjamini–Hochberg, then columns within them at q·R/T (Benjamini & Bogomolov 2014).

    Args:
        tables: Table → the p values of its columns.
        q: Level over the tables; on average it is kept over the selected tables' columns as well.
    """
    combined = {name: simes(p) for name, p in tables.items()}
    adjusted = benjamini_hochberg(np.array(list(combined.values()), dtype=np.float64))
    selected = tuple(name for name, value in zip(combined, adjusted, strict=True) if value <= q)
    q_within = q * len(selected) / max(1, len(tables))
    columns = {name: benjamini_hochberg(tables[name]) <= q_within for name in selected}
    return Hierarchy(combined, selected, q_within, columns)


def e_values(p: Floats, kappa: float = 0.1) -> Floats:
    """Return e values κ·p^(κ−1): their mean is at most 1 without a shift (Vovk & Wang 2021)."""
    return np.asarray(kappa * p ** (kappa - 1), dtype=np.float64)


def e_benjamini_hochberg(e: Floats, q: float) -> Flags:
    """Return which e values are rejected at level q, valid under any dependence (Wang & Ramdas 2022).

    Example:
        >>> e_benjamini_hochberg(np.array([100.0, 1.0]), 0.05)
        array([ True, False])
    """
    order = np.argsort(-e, kind="stable")
    enough = e[order] * np.arange(1, e.size + 1) / max(1, e.size) >= 1 / q
    count = int(np.flatnonzero(enough)[-1]) + 1 if enough.any() else 0
    rejected = np.zeros(e.size, dtype=bool)
    rejected[order[:count]] = True
    return rejected
