"""From scores to severities: p values within a column, the level of an alert, two runs on end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stageprint.decision._codes import Codes, starts_of
from stageprint.decision._evidence import Evidence
from stageprint.decision._layout import Layout
from stageprint.decision._limits import Limits
from stageprint.decision._traits import Traits
from stageprint.decision.classes import Calibration
from stageprint.decision.fdr import adjusted_at
from stageprint.decision.history import MAX_BACKTESTS
from stageprint.decision.score import LARGEST_SCORE
from stageprint.model import TABLE_LEVEL, Severity

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

REVIEW = 10.0
"""The digest takes a column p of up to this multiple of an alert's."""

BUDGET_COLUMNS = 100_000
"""Columns that the budget of false findings is stated for; smaller runs get the same rate, larger ones a lower one."""

MAX_CONFIRMING_P = 1e-4
"""p of a statistic that confirms what the run before gave notice of, where history is long; else less."""

EXTREME_EFFECT_LEVELS = 5.0
"""Times the level up to which p makes a residual of `Shift.extreme_effect` an alert, however short the history.

Where p is the score's own: a few runs say too little of how far a column goes for a smaller p, but healthy columns
hardly ever go that far.
"""

ONE_RUN_BUDGET_SHARE, REVIEW_BUDGET_SHARE = 0.1, 0.7
"""Parts of the budget for alerts by one run, and of the digest's, where p comes from past scores.

The digest's part is below one, since tails are a little heavier than exponential."""


@dataclass(frozen=True)
class Outcome:
    """What the run as a whole makes of the units.

    Attributes:
        p: Each unit's own p.
        q: Its Benjamini–Hochberg adjusted p as part of its column, NaN where it took no part.
        rank: Rank of its severity.
        fired: Rules that are broken.
        confirmed: Units that this run alone would not have made an alert.
        levels: Residuals and p values, as scores say them: from that residual on each unit would have been an alert by
            one run where its p is up to this.
    """

    p: Floats
    q: Floats
    rank: NDArray[np.int64]
    fired: Flags
    confirmed: Flags
    levels: Sequence[tuple[Floats, Floats]]


@dataclass(frozen=True)
class Within:
    """What is left of each p value within its column.

    Attributes:
        p: Each unit's own p.
        within: The same for its column's other statistics: p times the chances the column has.
        live: Units that take one of their column's chances.
        chances: Number of live units of each unit's column.
        column_p: Least `within` of each column; +∞ where none took part.
        calibrated: Units whose p comes from past scores.
    """

    p: Floats
    within: Floats
    live: Flags
    chances: Floats
    column_p: Floats
    calibrated: Flags


def within_columns(layout: Layout, evidence: Evidence, calibration: Calibration) -> Within:
    """Return the p values of the units, and what is left of them among their column's others."""
    p, calibrated = evidence.of_one_run.calibrate(calibration, evidence.score)
    # A statistic that never moves takes no chance, nor does one that counts no more than another of the same column.
    live = evidence.active & evidence.ever_moved & (evidence.capping_unit < 0)
    chances = np.maximum(1, np.bincount(layout.node, weights=live))[layout.node]
    within = np.minimum(1.0, p * (chances / _agreeing(layout.node, p, live)))
    column_p = np.full(int(layout.node.max()) + 1, np.inf)
    np.minimum.at(column_p, layout.node[evidence.active], within[evidence.active])
    return Within(p, within, live, chances, column_p, calibrated)


def settle(
    layout: Layout, traits: Traits, limits: Limits, evidence: Evidence, calibration: Calibration, tested: Floats
) -> Outcome:
    """Return what the run makes of the units.

    Args:
        layout: The measurements.
        traits: What the registry says.
        limits: Thresholds and budgets.
        evidence: What the references say.
        calibration: Scores of earlier runs.
        tested: The p values of all columns of the run, in rising order.
    """
    statistic = layout.statistic[layout.starts]
    own = within_columns(layout, evidence, calibration)
    p, chances = own.p, own.chances
    level = limits.budget / max(BUDGET_COLUMNS, tested.size)

    counts = evidence.score > 0
    suspect = np.bincount(layout.node, weights=np.logical_or.reduceat(layout.suspect, layout.starts)) > 0
    # A short history has not shown yet how far columns go astray, nor for how long: what it calls unlikely goes to the
    # digest, and must be more unlikely to alert. Tables, which are few, and what healthy columns hardly ever do need
    # none, nor does what the store's own past says of columns with as short a history.
    learned = np.minimum(1.0, evidence.history / MAX_BACKTESTS) ** 2
    sure = traits.needs_no_history[statistic] | layout.names["column_name"].among(
        layout.column[layout.starts], [TABLE_LEVEL]
    )
    alert_level = np.where(own.calibrated, ONE_RUN_BUDGET_SHARE, np.where(sure, 1.0, learned)) * level
    two_run_p, known = evidence.of_two_runs.calibrate(calibration, evidence.two_run_score(p))
    again = suspect[layout.node] & evidence.persists & (p <= MAX_CONFIRMING_P * learned)
    confirmed = np.where(known, two_run_p <= traits.confirmation_budget[statistic] * level, again)
    extreme_effect = np.where(own.calibrated, np.inf, traits.extreme_effect[statistic])
    extreme = (evidence.residual >= extreme_effect) & (p <= EXTREME_EFFECT_LEVELS * level)
    at_once = (own.within <= alert_level) | extreme
    alert = counts & (at_once | confirmed)
    rule = traits.deterministic[statistic]
    fired = rule & (evidence.residual >= limits.min_effect) & ~limits.ignored
    reviewed = REVIEW * level * np.where(own.calibrated, REVIEW_BUDGET_SHARE, 1.0)
    rank = np.where(counts & (own.within <= reviewed), Severity.REVIEW.rank, Severity.NONE.rank)
    rank = np.where(alert | fired | evidence.over_pinned_limit, Severity.WARNING.rank, rank)
    rank = np.where(fired & traits.review_only[statistic], Severity.REVIEW.rank, rank)
    rank = np.where((alert | fired) & (evidence.residual >= limits.critical_effect), Severity.CRITICAL.rank, rank)
    rank = np.minimum(rank, limits.max_rank)

    q = np.full(len(p), np.nan)
    q[evidence.active] = adjusted_at(own.within[evidence.active], tested)

    needed = 10.0 ** -evidence.of_one_run.needed(calibration, np.maximum(alert_level / chances, 10.0**-LARGEST_SCORE))
    levels = ((limits.min_effect, needed), (extreme_effect, EXTREME_EFFECT_LEVELS * level))
    return Outcome(p, q, rank, fired, alert & ~at_once, levels)


def _agreeing(node: Codes, p: Floats, live: Flags) -> Floats:
    """Return how many live units of its column have a p up to each unit's, at least 1 (Simes 1986)."""
    order = np.lexsort((~live, p, node))
    starts = starts_of(node[order])
    counted = np.cumsum(live[order])
    before: Codes = np.repeat(counted[starts] - live[order][starts], np.diff(np.append(starts, len(p))))
    rank = np.empty(len(p))
    rank[order] = np.maximum(1, counted - before)
    return rank
