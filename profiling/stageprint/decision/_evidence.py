"""Combines the references of each column and statistic: residual, score, and the class that calibrates it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stageprint.decision._codes import Codes, combine, dense, find
from stageprint.decision._layout import Layout
from stageprint.decision._limits import Limits
from stageprint.decision._traits import Traits
from stageprint.decision._variance import VariancePool, moderate
from stageprint.decision.classes import (
    AUTOCORRELATION_CLASSES,
    MAX_SEASONAL_RATIO,
    MAX_STICKY_RATIO,
    MIN_BACKTESTS,
    ONE_RUN,
    TWO_RUNS,
    VOLATILITY_CLASSES,
    ScoreClass,
    UnitsByClass,
    autocorrelation_class_of,
    history_class_of,
    volatility_class_of,
)
from stageprint.decision.history import MAX_SUSPECT_P, unlikeliness
from stageprint.decision.references import PINNED_PREFIXES
from stageprint.decision.score import admissible, max_scale_ratio, minimum_effect

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MIN_BACKTESTS_FOR_A_SCORE = 2
"""Backtests that a score needs: three earlier runs, of which the first had nothing to be compared with."""


@dataclass(frozen=True)
class UnitEvidence:
    """The evidence of each unit, from all of its references.

    Attributes:
        chosen: The row of the reference that decided.
        residual: Smallest residual over the admissible references; for a rule, or a statistic that is not used in the
            decision, that of the chosen row.
        score: L; 0 where the unit takes no part or its residual is below the smallest reported effect.
        scale: s̃ of the chosen row.
        known: Share of s̃² that sampling and sketches explain, 0–1.
        df: Degrees of freedom of the rest.
        history: Largest number of backtests of any reference.
        active: Units that take part.
        records: Units whose statistic is scaled by its own past.
        drifting: Units of columns that are still near where they were in the run before, or have a season.
        ever_moved: Units with a residual above 0 now or in the past; one that never moves is no chance for an alert.
        capping_unit: The unit whose score is an upper limit of this one's; −1: none.
        over_pinned_limit: Units whose residual against a pinned reference reaches `Shift.pinned_limit`.
        previous_unlikeliness: `unlikeliness` of the previous run; NaN: the statistic was not suspect.
        persistent_from: Residual from which on the previous run's shift has stayed; +∞: a second run says nothing.
        of_one_run: The classes that calibrate the scores of this run.
        of_two_runs: The classes that calibrate the scores of this run and the previous one together.
    """

    chosen: NDArray[np.intp]
    residual: Floats
    score: Floats
    scale: Floats
    known: Floats
    df: Floats
    history: Floats
    active: Flags
    records: Flags
    drifting: Flags
    ever_moved: Flags
    capping_unit: NDArray[np.intp]
    over_pinned_limit: Flags
    previous_unlikeliness: Floats
    persistent_from: Floats
    of_one_run: UnitsByClass
    of_two_runs: UnitsByClass

    @property
    def has_history(self) -> Flags:
        """Units that take part and have a history, so that two runs can be compared."""
        return self.active & (self.history > 0)

    @property
    def persists(self) -> Flags:
        """Units whose shift of the previous run has stayed."""
        return self.residual >= self.persistent_from

    def two_run_score(self, p: Floats) -> Floats:
        """Return the smaller `unlikeliness` of both runs; 0 where a run was not suspect or the shift did not stay.

        Only a suspect run is excluded from the references of the next, so that both are compared with the same past.

        Args:
            p: Each unit's p value in this run.
        """
        counts = (p <= MAX_SUSPECT_P) & self.persists & ~np.isnan(self.previous_unlikeliness)
        return np.where(counts, np.minimum(unlikeliness(self.score, p), self.previous_unlikeliness), 0.0)


def gather(layout: Layout, traits: Traits, limits: Limits, pool: VariancePool) -> UnitEvidence:
    """Return the evidence of each unit.

    Args:
        layout: The measurements with their history.
        traits: The traits of the statistics.
        limits: The thresholds of the units.
        pool: The variances of all columns of the run.
    """
    statistic = layout.statistic
    taking_part = layout.computed & traits.used_in_decision[statistic]
    history = layout.unit_max(layout.backtests, taking_part)
    spread = moderate(layout, traits, pool)
    df, scale = spread.df, np.sqrt(spread.variance)
    eligible = taking_part & ((layout.backtests >= layout.to_rows(history) / 2) | traits.scaled_by_its_past[statistic])
    admitted = admissible(scale, layout.starts, eligible, layout.to_rows(max_scale_ratio(history)))
    # Only residuals that may be reported need the exact tail.
    known = np.where(layout.residual >= traits.min_effect[statistic], spread.known, 0.0)
    scores = minimum_effect(layout.residual, spread.variance, df, traits.negligible_effect[statistic], known).log_p

    unit_statistic = statistic[layout.starts]
    chosen = _choose(layout, admitted, scores)
    least = layout.unit_min(layout.residual, admitted)
    active = (
        np.isfinite(least)
        & ((history >= MIN_BACKTESTS_FOR_A_SCORE) | traits.needs_no_history[unit_statistic])
        & ~limits.ignored
    )
    counts = active & (least >= limits.min_effect)
    pinned = np.array(
        [name.startswith(PINNED_PREFIXES) for name in layout.names["reference"].texts.to_pylist()], dtype=bool
    )
    breach = layout.computed & pinned[layout.reference] & (layout.backtests < MIN_BACKTESTS_FOR_A_SCORE)
    breach &= layout.residual >= traits.pinned_limit[statistic]
    score = np.where(counts, layout.unit_min(scores, admitted), 0.0)
    capping_unit = _capping_unit_of(layout, traits, active)
    score = np.where(capping_unit >= 0, np.minimum(score, score[capping_unit]), score)
    autocorrelation, drifting = _autocorrelation(layout, traits)
    ever_moved = (layout.residual > 0) | (layout.mean_square > 0)
    history = np.maximum(history, 0.0)
    return UnitEvidence(
        chosen=chosen,
        residual=np.where(np.isfinite(least), least, layout.residual[chosen]),
        score=score,
        scale=scale[chosen],
        known=(spread.known / spread.variance)[chosen],
        df=df[chosen],
        history=history,
        active=active,
        records=traits.scaled_by_its_past[unit_statistic],
        ever_moved=np.logical_or.reduceat(ever_moved, layout.starts),
        capping_unit=capping_unit,
        over_pinned_limit=np.logical_or.reduceat(breach, layout.starts) & ~limits.ignored,
        previous_unlikeliness=layout.previous_unlikeliness[layout.starts],
        persistent_from=_persistent_from(layout, traits, admitted),
        of_one_run=_classes_of_one_run(
            layout, traits, history, layout.unit_min(np.sqrt(layout.mean_square), taking_part)
        ),
        drifting=drifting,
        of_two_runs=_classify(
            layout,
            (traits.calibration_group[unit_statistic], traits.group_names),
            _of_longest(layout, history),
            (autocorrelation, AUTOCORRELATION_CLASSES),
            TWO_RUNS,
        ),
    )


def _choose(layout: Layout, admitted: Flags, scores: Floats) -> NDArray[np.intp]:
    """Return the row that decides each unit: of the admitted ones that with the lowest score, then residual."""
    lowest = admitted & (scores == layout.to_rows(layout.unit_min(scores, admitted)))
    nearest = lowest & (layout.residual == layout.to_rows(layout.unit_min(layout.residual, lowest)))
    places = np.arange(len(scores))
    # Without an admitted row it is the first with a value, else the first that was measured.
    preference = np.select([nearest, layout.computed, layout.source >= 0], [0, 1, 2], 3) * len(places) + places
    return np.asarray(np.minimum.reduceat(preference, layout.starts) % len(places), dtype=np.intp)


def _capping_unit_of(layout: Layout, traits: Traits, active: Flags) -> NDArray[np.intp]:
    """Return the unit that caps each unit's score: the first statistic of `capped_by` that takes part; −1: none."""
    statistic = layout.statistic[layout.starts]
    sizes = [1, len(layout.names["statistic"])]
    unit = combine([layout.node, statistic], sizes)
    capping = traits.capped_by[statistic]
    row, rank = np.nonzero(capping >= 0)
    at = find(combine([layout.node[row], capping[row, rank]], sizes), unit)
    taken = (at >= 0) & active[at]
    accompanied, first = np.unique(row[taken], return_index=True)
    found = np.full(len(unit), -1, dtype=np.intp)
    found[accompanied] = at[taken][first]
    return found


def _persistent_from(layout: Layout, traits: Traits, admitted: Flags) -> Floats:
    """Return the residual from which on the previous run's shift has stayed; +∞: a second run says nothing."""
    last = layout.unit_min(np.nan_to_num(layout.previous_residual), admitted)
    persistence = traits.persistence[layout.statistic[layout.starts]]
    return np.multiply(persistence, last, where=np.isfinite(persistence), out=np.full_like(last, np.inf))


def _classes_of_one_run(layout: Layout, traits: Traits, history: Floats, scale: Floats) -> UnitsByClass:
    """Return the classes of the scores of one run: by statistic and volatility."""
    known, statistic = np.where(np.isfinite(scale), scale, np.nan), layout.statistic[layout.starts]
    behaviour = volatility_class_of(known, traits.negligible_effect[statistic])
    return _classify(
        layout,
        (statistic, layout.names["statistic"].texts.to_pylist()),
        history,
        (behaviour, VOLATILITY_CLASSES),
        ONE_RUN,
    )


def _autocorrelation(layout: Layout, traits: Traits) -> tuple[Codes, Flags]:
    """Return the autocorrelation class of each unit's column, and whether the column is known to drift or has a season.

    A column that never moved has no ratio: its class is that of the columns that stay where they are, but it does not
    drift.
    """
    names = layout.names["reference"].texts.to_pylist()
    counted = (traits.capped_by[layout.statistic[layout.starts]] < 0).all(axis=1)

    def scale(reference: str) -> Floats:
        place = names.index(reference) if reference in names else -1
        found = layout.unit_min(np.sqrt(layout.mean_square), (layout.reference == place) & (layout.mean_square > 0))
        return np.where(np.isfinite(found) & counted, found, np.nan)

    from_run_to_run, from_long, from_season = scale("prev"), scale("long"), scale("seasonal")
    to_long = _of_columns(layout.node, from_run_to_run / from_long)
    to_nearest = _of_columns(layout.node, from_season / np.fmin(from_run_to_run, from_long))
    drifting = (to_long <= MAX_STICKY_RATIO) | (to_nearest <= MAX_SEASONAL_RATIO)
    return autocorrelation_class_of(to_long, to_nearest), drifting


def _of_longest(layout: Layout, history: Floats) -> Floats:
    """Return for each unit the longest history of its column."""
    longest = np.zeros(int(layout.node.max()) + 1)
    np.maximum.at(longest, layout.node, history)
    return longest[layout.node]


def _of_columns(node: Codes, ratio: Floats) -> Floats:
    """Return for each unit the geometric mean of its column's ratios; NaN where there are none."""
    known = np.isfinite(ratio)
    size = int(node.max()) + 1
    count = np.bincount(node[known], minlength=size)
    total = np.bincount(node[known], weights=np.log(ratio[known]), minlength=size)
    return np.exp(np.where(count > 0, total / np.maximum(count, 1), np.nan))[node]


def _classify(
    layout: Layout,
    statistics: tuple[Codes, Sequence[str]],
    history: Floats,
    behaviours: tuple[Codes, Sequence[str]],
    runs: int,
) -> UnitsByClass:
    """Return the units sorted into classes.

    Args:
        layout: The units.
        statistics: The place of each unit's statistic (or group) among the names, and the names.
        history: Largest number of backtests of each unit.
        behaviours: The place of each unit's behaviour among the names, and the names.
        runs: `ONE_RUN` or `TWO_RUNS`.
    """
    kind, length = layout.kind[layout.starts], history_class_of(history)
    (statistic, statistic_names), (behaviour, behaviour_names) = statistics, behaviours
    sizes = [1, len(statistic_names), len(MIN_BACKTESTS), len(behaviour_names)]
    _, group = dense(combine([kind, statistic, length, behaviour], sizes))
    order = np.argsort(group, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(group))[:-1])
    first = np.array([units[0] for units in members], dtype=np.intp)
    kinds = layout.kinds.decode(kind[first]).to_pylist()
    return UnitsByClass(
        [
            ScoreClass(
                name,
                statistic_names[statistic[unit]],
                MIN_BACKTESTS[length[unit]],
                behaviour_names[behaviour[unit]],
                runs,
            )
            for name, unit in zip(kinds, first, strict=True)
        ],
        members,
    )
