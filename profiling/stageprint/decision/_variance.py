"""How far healthy columns move by themselves: each column's own variance, moderated by those of similar columns."""

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
"""Columns of a class from which on their variances estimate the prior; with fewer, the statistic states it."""

MIN_VARIANCE = 1e-6
"""Added to every variance: a column that never moved may still move by a thousandth."""

SHORT_HISTORY_BACKTESTS = 6.0
"""A scale from m backtests is widened by √(1 + this/m): the first few runs of a week have not seen its Sunday."""

VARIANCE_STANDARD_ERRORS = 0.5
"""Standard errors of the moderated variance that always count as movement of the level, not as sampling."""

VariancePool = Mapping[tuple[str, str, str], Moments]
"""(kind, statistic, reference) → moments of its columns' log variances, from which the prior is fitted."""


@dataclass(frozen=True)
class ModeratedVariance:
    """The variance of each row's residual while the column is healthy.

    Attributes:
        variance: s̃².
        known: The part of s̃² that sampling and sketches explain.
        df: Degrees of freedom of the rest, which is the movement of the column's level.
    """

    variance: Floats
    known: Floats
    df: Floats


def pool_of(layout: Layout, traits: Traits) -> VariancePool:
    """Return the moments of the columns' log variances, by class."""
    own = _own_variance(layout)
    names, group = _classes(layout)
    with_history = np.flatnonzero((layout.backtests > 0) & traits.used_in_decision[layout.statistic])
    order = with_history[np.argsort(group[with_history], kind="stable")]
    parts = np.split(order, np.cumsum(np.bincount(group[with_history], minlength=len(names)))[:-1])
    return {
        name: Moments.of(own[rows], layout.backtests[rows])
        for name, rows in zip(names, parts, strict=True)
        if rows.size
    }


def merge_pools(parts: Iterable[VariancePool]) -> VariancePool:
    """Return the pool of the columns of all parts."""
    merged: dict[tuple[str, str, str], Moments] = {}
    for part in parts:
        for name, moments in part.items():
            merged[name] = merged[name].merge(moments) if name in merged else moments
    return merged


def moderate(layout: Layout, traits: Traits, pool: VariancePool) -> ModeratedVariance:
    """Return each row's moderated variance, the known part of it, and its degrees of freedom."""
    own = _own_variance(layout)
    names, group = _classes(layout)
    statistic = np.zeros(len(names), dtype=np.int64)
    statistic[group] = layout.statistic
    prior_df, prior_variance = np.empty(len(names)), np.empty(len(names))
    of_all = _of_all_kinds(pool)
    for number, name in enumerate(names):
        place = statistic[number]
        for moments in (pool.get(name), of_all.get(name[1:])):
            if moments is not None and moments.count >= MIN_COLUMNS_FOR_PRIOR:
                prior = moments.prior
                break
        else:
            prior = Prior(float(traits.prior_weight[place]), float(traits.default_scale[place]) ** 2 + MIN_VARIANCE)
        prior_df[number], prior_variance[number] = prior.df, prior.variance
    df = prior_df[group] + layout.backtests
    moderated = moderated_variance(prior_df[group], prior_variance[group], layout.backtests, own)
    # Sampling and sketch noise follow from formulas, so no pool may reduce them and no run is needed to learn them. The
    # rest is the movement of the level, of which at least as much remains as its standard error cannot rule out.
    moving = np.maximum(
        moderated - layout.floor, moderated * np.minimum(1.0, VARIANCE_STANDARD_ERRORS * np.sqrt(2 / df))
    )
    # A short history has seen little of a column's rare movements.
    moving = moving * (
        1 + SHORT_HISTORY_BACKTESTS / np.maximum(1.0, layout.backtests + traits.prior_weight[layout.statistic] - 4)
    )
    moving = moving + traits.min_scale[layout.statistic] ** 2 + MIN_VARIANCE
    known, max_df = layout.floor, traits.max_df[layout.statistic]
    found = ModeratedVariance(known + moving, known, np.minimum(df, max_df))
    own_scale = traits.scaled_by_its_past[layout.statistic]
    if not own_scale.any():
        return found
    tiny = np.finfo(np.float64).tiny
    return ModeratedVariance(
        np.where(own_scale, np.maximum(layout.floor, tiny), found.variance),
        np.where(own_scale, 0.0, found.known),
        np.where(own_scale, max_df, found.df),
    )


def _own_variance(layout: Layout) -> Floats:
    """Return each row's variance from its own history alone."""
    return np.fmax(layout.mean_square, layout.floor) + MIN_VARIANCE


def _classes(layout: Layout) -> tuple[list[tuple[str, str, str]], Codes]:
    """Return the distinct (kind, statistic, reference), and the place of each row's among them."""
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
    """Return (statistic, reference) → moments of the columns of all kinds, for kinds that alone have too few."""
    found: dict[tuple[str, str], Moments] = {}
    for (_, *name), moments in pool.items():
        key = (name[0], name[1])
        found[key] = found[key].merge(moments) if key in found else moments
    return found
