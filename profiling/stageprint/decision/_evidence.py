"""What the references say of each column and statistic: residuals, scores, and their classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stageprint.decision._codes import Codes, combine, dense, find
from stageprint.decision._layout import Layout
from stageprint.decision._limits import Limits
from stageprint.decision._rules import Rules
from stageprint.decision._spread import Peers, moderate
from stageprint.decision.classes import (
    HABITS,
    LENGTHS,
    MOTIONS,
    ONCE,
    TWICE,
    ScoreClass,
    Sorted,
    habit_of,
    length_of,
    motion_of,
)
from stageprint.decision.history import WATCHED, unlikeliness
from stageprint.decision.references import PINNED_PREFIXES
from stageprint.decision.score import admissible, minimum_effect, most_scale

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ENOUGH_BACKTESTS = 2
"""The whole rule needs three earlier runs, of which the first had none to be compared with."""


@dataclass(frozen=True)
class Evidence:
    """What the references say of each unit.

    Attributes:
        chosen: The row of the reference that decided.
        residual: Least residual over the admissible references; of a rule or a statistic that does not decide, the
            chosen row's.
        score: L, 0 where it does not count.
        deviation: s̃ of the chosen row.
        known: The part of s̃² that sampling and sketches explain, 0–1.
        df: Degrees of freedom of the rest.
        history: Most backtests of any reference.
        active: Units that took part.
        moved: Units that have moved, now or ever: a statistic that never does takes no chance.
        capping_unit: The unit whose score is an upper limit of this one's; −1: none.
        over_pinned_limit: A pinned reference is further away than healthy stages are.
        before: `unlikeliness` of the run before where it was watched, else NaN.
        still: The residual from which on the shift of the run before is still there, or nearly; +∞: one run says all.
        once: What the units' scores are calibrated by.
        twice: The same of two runs' scores.
    """

    chosen: NDArray[np.intp]
    residual: Floats
    score: Floats
    deviation: Floats
    known: Floats
    df: Floats
    history: Floats
    active: Flags
    moved: Flags
    capping_unit: NDArray[np.intp]
    over_pinned_limit: Flags
    before: Floats
    still: Floats
    once: Sorted
    twice: Sorted

    @property
    def seasoned(self) -> Flags:
        """Units that took part and have a history: two runs of them can be compared."""
        return self.active & (self.history > 0)

    @property
    def stayed(self) -> Flags:
        """Units whose shift is still there."""
        return self.residual >= self.still

    def lasting(self, p: Floats) -> Floats:
        """Return the lesser `unlikeliness` of both runs, 0 where not both were watched or the shift did not stay.

        Only of those that were watched is it known how the second run compares with what was before the first.

        Args:
            p: Each unit's own p in this run.
        """
        counts = (p <= WATCHED) & self.stayed & ~np.isnan(self.before)
        return np.where(counts, np.minimum(unlikeliness(self.score, p), self.before), 0.0)


def gather(layout: Layout, rules: Rules, limits: Limits, peers: Peers) -> Evidence:
    """Return what the references say of each unit, with how far its peers go by themselves."""
    statistic = layout.statistic
    taking_part = layout.computed & rules.used_in_decision[statistic]
    history = layout.most(layout.backtests, taking_part)
    spread = moderate(layout, rules, peers)
    df, deviation = spread.df, np.sqrt(spread.variance)
    eligible = taking_part & (layout.backtests >= layout.spread(history) / 2)
    admitted = admissible(deviation, layout.starts, eligible, layout.spread(most_scale(history)))
    # Nothing below the practical floor counts: only what is beyond it needs the exact tail.
    known = np.where(layout.residual >= rules.min_effect[statistic], spread.known, 0.0)
    scores = minimum_effect(layout.residual, spread.variance, df, rules.negligible_effect[statistic], known).log_p

    unit_statistic = statistic[layout.starts]
    chosen = _choose(layout, admitted, scores)
    least = layout.least(layout.residual, admitted)
    active = (
        np.isfinite(least) & ((history >= ENOUGH_BACKTESTS) | rules.needs_no_history[unit_statistic]) & ~limits.ignored
    )
    counts = active & (least >= limits.min_effect)
    pinned = np.array(
        [name.startswith(PINNED_PREFIXES) for name in layout.names["reference"].texts.to_pylist()], dtype=bool
    )
    breach = layout.computed & pinned[layout.reference] & (layout.backtests < ENOUGH_BACKTESTS)
    breach &= layout.residual >= rules.pinned_limit[statistic]
    score = np.where(counts, layout.least(scores, admitted), 0.0)
    capping_unit = _capping_unit_of(layout, rules, active)
    score = np.where(capping_unit >= 0, np.minimum(score, score[capping_unit]), score)
    moved = (layout.residual > 0) | (layout.square > 0)
    history = np.maximum(history, 0.0)
    return Evidence(
        chosen=chosen,
        residual=np.where(np.isfinite(least), least, layout.residual[chosen]),
        score=score,
        deviation=deviation[chosen],
        known=(spread.known / spread.variance)[chosen],
        df=df[chosen],
        history=history,
        active=active,
        moved=np.logical_or.reduceat(moved, layout.starts),
        capping_unit=capping_unit,
        over_pinned_limit=np.logical_or.reduceat(breach, layout.starts) & ~limits.ignored,
        before=layout.before[layout.starts],
        still=_still(layout, rules, admitted),
        once=_by_motion(layout, rules, history, layout.least(np.sqrt(layout.square), taking_part)),
        twice=_by_habit(layout, rules, history),
    )


def _choose(layout: Layout, admitted: Flags, scores: Floats) -> NDArray[np.intp]:
    """Return each unit's row that decided: the admitted one of least score, then of least residual."""
    lowest = admitted & (scores == layout.spread(layout.least(scores, admitted)))
    nearest = lowest & (layout.residual == layout.spread(layout.least(layout.residual, lowest)))
    places = np.arange(len(scores))
    # Where none is admitted: the first that has a value, else the first that was measured at all.
    preference = np.select([nearest, layout.computed, layout.source >= 0], [0, 1, 2], 3) * len(places) + places
    return np.asarray(np.minimum.reduceat(preference, layout.starts) % len(places), dtype=np.intp)


def _capping_unit_of(layout: Layout, rules: Rules, active: Flags) -> NDArray[np.intp]:
    """Return the unit that caps each unit's score: the first statistic of `capped_by` that takes part; −1: none."""
    statistic = layout.statistic[layout.starts]
    sizes = [1, len(layout.names["statistic"])]
    unit = combine([layout.node, statistic], sizes)
    capping = rules.capped_by[statistic]
    row, rank = np.nonzero(capping >= 0)
    at = find(combine([layout.node[row], capping[row, rank]], sizes), unit)
    taken = (at >= 0) & active[at]
    accompanied, first = np.unique(row[taken], return_index=True)
    found = np.full(len(unit), -1, dtype=np.intp)
    found[accompanied] = at[taken][first]
    return found


def _still(layout: Layout, rules: Rules, admitted: Flags) -> Floats:
    """Return the residual from which on the run before's shift is still there; +∞ where a second run says nothing."""
    last = layout.least(np.nan_to_num(layout.last), admitted)
    persistence = rules.persistence[layout.statistic[layout.starts]]
    return np.multiply(persistence, last, where=np.isfinite(persistence), out=np.full_like(last, np.inf))


def _by_motion(layout: Layout, rules: Rules, history: Floats, scale: Floats) -> Sorted:
    """Return the classes of one run's scores."""
    known, statistic = np.where(np.isfinite(scale), scale, np.nan), layout.statistic[layout.starts]
    motion = motion_of(known, rules.negligible_effect[statistic])
    return _sort(layout, (statistic, layout.names["statistic"].texts.to_pylist()), history, (motion, MOTIONS), ONCE)


def _by_habit(layout: Layout, rules: Rules, history: Floats) -> Sorted:
    """Return the classes of two runs' scores: a column has one habit, its statistics are of one class or few."""
    names = layout.names["reference"].texts.to_pylist()
    counted = (rules.capped_by[layout.statistic[layout.starts]] < 0).all(axis=1)

    def scale(reference: str) -> Floats:
        place = names.index(reference) if reference in names else -1
        found = layout.least(np.sqrt(layout.square), (layout.reference == place) & (layout.square > 0))
        return np.where(np.isfinite(found) & counted, found, np.nan)

    from_run_to_run, from_long, from_season = scale("prev"), scale("long"), scale("seasonal")
    habit = habit_of(
        _of_columns(layout.node, from_run_to_run / from_long),
        _of_columns(layout.node, from_season / np.fmin(from_run_to_run, from_long)),
    )
    longest = np.zeros(int(layout.node.max()) + 1)
    np.maximum.at(longest, layout.node, history)
    group = rules.calibration_group[layout.statistic[layout.starts]]
    return _sort(layout, (group, rules.group_names), longest[layout.node], (habit, HABITS), TWICE)


def _of_columns(node: Codes, ratio: Floats) -> Floats:
    """Return on each unit the geometric mean of its column's ratios; NaN where there are none."""
    known = np.isfinite(ratio)
    size = int(node.max()) + 1
    count = np.bincount(node[known], minlength=size)
    total = np.bincount(node[known], weights=np.log(ratio[known]), minlength=size)
    return np.exp(np.where(count > 0, total / np.maximum(count, 1), np.nan))[node]


def _sort(
    layout: Layout,
    statistics: tuple[Codes, Sequence[str]],
    history: Floats,
    motions: tuple[Codes, Sequence[str]],
    runs: int,
) -> Sorted:
    """Sort the units into classes.

    Args:
        layout: The units.
        statistics: The place of each unit's statistic among the names, and these.
        history: Most backtests of each unit.
        motions: The same of motions or habits.
        runs: `ONCE` or `TWICE`.
    """
    kind, length = layout.kind[layout.starts], length_of(history)
    (statistic, statistic_names), (motion, motion_names) = statistics, motions
    sizes = [1, len(statistic_names), len(LENGTHS), len(motion_names)]
    _, group = dense(combine([kind, statistic, length, motion], sizes))
    order = np.argsort(group, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(group))[:-1])
    first = np.array([units[0] for units in members], dtype=np.intp)
    kinds = layout.kinds.decode(kind[first]).to_pylist()
    return Sorted(
        [
            ScoreClass(name, statistic_names[statistic[unit]], LENGTHS[length[unit]], motion_names[motion[unit]], runs)
            for name, unit in zip(kinds, first, strict=True)
        ],
        members,
    )
