"""How far columns go by themselves: own variances, moderated by those of their peers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stageprint.decision._codes import Codes, combine, dense
from stageprint.decision._layout import Layout
from stageprint.decision._traits import Traits
from stageprint.decision.prior import Moments, Prior, moderated_variance

Floats = NDArray[np.float64]

MIN_COLUMNS_FOR_PRIOR = 30
"""Columns of a kind from which their own variances shape the prior."""

MIN_VARIANCE = 1e-6
"""Added to every variance: a column that never moved has still a thousandth to move."""

SHORT_HISTORY_BACKTESTS = 6.0
"""A scale of m backtests is widened by √(1 + this/m): a week that is not over has had no Sunday."""

VARIANCE_STANDARD_ERRORS = 0.5
"""Standard errors of a variance by which the part that is not sampling may be larger than it looks."""

VariancePool = Mapping[tuple[str, str, str], Moments]
"""(kind, statistic, reference) → what its columns say of their variances."""


@dataclass(frozen=True)
class Spread:
    """How far each row's residual may go by itself.

    Attributes:
        variance: s̃².
        known: The part of it that sampling and sketches explain.
        df: Degrees of freedom of the rest.
    """

    variance: Floats
    known: Floats
    df: Floats


def pool_of(layout: Layout, traits: Traits) -> VariancePool:
    """Return what the columns say of their variances."""
    own = _own_variance(layout)
    names, group = _classes(layout)
    seasoned = np.flatnonzero((layout.backtests > 0) & traits.used_in_decision[layout.statistic])
    order = seasoned[np.argsort(group[seasoned], kind="stable")]
    parts = np.split(order, np.cumsum(np.bincount(group[seasoned], minlength=len(names)))[:-1])
    return {
        name: Moments.of(own[rows], layout.backtests[rows])
        for name, rows in zip(names, parts, strict=True)
        if rows.size
    }


def merge_pools(parts: Iterable[VariancePool]) -> VariancePool:
    """Return what the columns of all parts say of their variances."""
    merged: dict[tuple[str, str, str], Moments] = {}
    for part in parts:
        for name, moments in part.items():
            merged[name] = merged[name].merge(moments) if name in merged else moments
    return merged


def moderate(layout: Layout, traits: Traits, pool: VariancePool) -> Spread:
    """Return each row's moderated variance, what is known of it, and its degrees of freedom."""
    own = _own_variance(layout)
    names, group = _classes(layout)
    statistic = np.zeros(len(names), dtype=np.int64)
    statistic[group] = layout.statistic
    prior_df, prior_variance = np.empty(len(names)), np.empty(len(names))
    of_all = _of_all_kinds(pool)
    for number, name in enumerate(names):
        rule = statistic[number]
        for moments in (pool.get(name), of_all.get(name[1:])):
            if moments is not None and moments.count >= MIN_COLUMNS_FOR_PRIOR:
                prior = moments.prior
                break
        else:
            prior = Prior(float(traits.prior_weight[rule]), float(traits.default_scale[rule]) ** 2 + MIN_VARIANCE)
        prior_df[number], prior_variance[number] = prior.df, prior.variance
    df = prior_df[group] + layout.backtests
    moderated = moderated_variance(prior_df[group], prior_variance[group], layout.backtests, own)
    # Sampling and sketch noise are known: no peer can take them away, and no run was needed to learn them. Of the rest
    # as much remains as so many comparisons cannot rule out.
    moving = np.maximum(
        moderated - layout.floor, moderated * np.minimum(1.0, VARIANCE_STANDARD_ERRORS * np.sqrt(2 / df))
    )
    # How far healthy columns go astray is known too: no length of history makes their tails lighter, and a short one
    # has seen little of them.
    moving = moving * (
        1 + SHORT_HISTORY_BACKTESTS / np.maximum(1.0, layout.backtests + traits.prior_weight[layout.statistic] - 4)
    )
    moving = moving + traits.min_scale[layout.statistic] ** 2 + MIN_VARIANCE
    known = layout.floor
    return Spread(known + moving, known, np.minimum(df, traits.max_df[layout.statistic]))


def _own_variance(layout: Layout) -> Floats:
    """Return each row's variance as its own history has it."""
    return np.fmax(layout.mean_square, layout.floor) + MIN_VARIANCE


def _classes(layout: Layout) -> tuple[list[tuple[str, str, str]], Codes]:
    """Return the (kind, statistic, reference) there are, and each row's place among them."""
    sizes = [len(layout.names[name]) for name in ("statistic", "reference")]
    _, group = dense(combine([layout.kind, layout.statistic, layout.reference], [1, *sizes]))
    first = np.unique(group, return_index=True)[1]
    names = (
        layout.kinds.decode(layout.kind[first]),
        layout.names["statistic"].decode(layout.statistic[first]),
        layout.names["reference"].decode(layout.reference[first]),
    )
    return list(zip(*(texts.to_pylist() for texts in names), strict=True)), group


def _of_all_kinds(pool: VariancePool) -> Mapping[tuple[str, str], Moments]:
    """Return (statistic, reference) → what columns of all kinds say: a kind alone may have too few."""
    found: dict[tuple[str, str], Moments] = {}
    for (_, *name), moments in pool.items():
        key = (name[0], name[1])
        found[key] = found[key].merge(moments) if key in found else moments
    return found
