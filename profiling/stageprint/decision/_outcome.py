"""Turns scores into severities: p values of statistics and columns, alert levels, confirmation by a second run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stageprint.decision._codes import Codes, starts_of
from stageprint.decision._evidence import UnitEvidence
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

REVIEW_LEVELS = 10.0
"""Multiple of the alert level up to which the p value of a column puts it up for review."""

BUDGET_COLUMNS = 100_000
"""Columns that the budget of false alerts is stated for; smaller runs have the same rate, larger ones a lower one."""

MAX_CONFIRMING_P = 1e-4
"""Largest p value by which a second run confirms the first one's shift, for a history of `MAX_BACKTESTS`.

It is smaller for a shorter history, and is used only where p values do not come from past scores.
"""

EXTREME_EFFECT_LEVELS = 5.0
"""Multiple of the alert level up to which a p value makes a residual of `Shift.extreme_effect` an alert.

It holds for any length of history, and only where p values do not come from past scores: a few runs cannot give a
smaller p value, but healthy columns almost never move that far.
"""

ONE_RUN_BUDGET_SHARE, REVIEW_BUDGET_SHARE = 0.1, 0.7
"""Shares of the alert budget for alerts by one run, and of the review budget, where p values come from past scores.

The share for review is below 1, since the tails are a little heavier than exponential."""


@dataclass(frozen=True)
class UnitOutcome:
    """The severity of each unit, and what led to it.

    Attributes:
        p: p value of each unit.
        q: Benjamini–Hochberg adjusted p value of the unit as part of its column; NaN: it took no part.
        rank: Rank of the severity.
        fired: Broken rules.
        confirmed: Units that are an alert only because of the previous run.
        levels: Pairs of a smallest residual and a largest p value (as the score states it) of each unit: both together
            make an alert by this run alone.
    """

    p: Floats
    q: Floats
    rank: NDArray[np.int64]
    fired: Flags
    confirmed: Flags
    levels: Sequence[tuple[Floats, Floats]]


@dataclass(frozen=True)
class PValues:
    """The p values of the units, by themselves and within their columns.

    Attributes:
        p: p value of each unit.
        simes_p: The p value corrected for the number of statistics of its column (Simes 1986).
        tests: Number of statistics that count in each unit's column, at least 1.
        column_p: Smallest `simes_p` of each column; +∞: none of its units took part.
        calibrated: Units whose p value comes from past scores.
    """

    p: Floats
    simes_p: Floats
    tests: Floats
    column_p: Floats
    calibrated: Flags


def p_values(layout: Layout, evidence: UnitEvidence, calibration: Calibration) -> PValues:
    """Return the p values of the units, by themselves and within their columns."""
    p, calibrated = evidence.of_one_run.calibrate(calibration, evidence.score)
    # A statistic that never moves is not a chance for a false alert, nor is one that another of the column caps.
    counted = evidence.active & evidence.ever_moved & (evidence.capping_unit < 0)
    tests = np.maximum(1, np.bincount(layout.node, weights=counted))[layout.node]
    simes_p = np.minimum(1.0, p * (tests / _rank_in_column(layout.node, p, counted)))
    column_p = np.full(int(layout.node.max()) + 1, np.inf)
    np.minimum.at(column_p, layout.node[evidence.active], simes_p[evidence.active])
    return PValues(p, simes_p, tests, column_p, calibrated)


def judge(
    layout: Layout, traits: Traits, limits: Limits, evidence: UnitEvidence, calibration: Calibration, hypotheses: Floats
) -> UnitOutcome:
    """Return the severity of each unit.

    Args:
        layout: The measurements.
        traits: The traits of the statistics.
        limits: Thresholds and budgets.
        evidence: Residuals and scores of the units.
        calibration: Scores of earlier runs.
        hypotheses: The p values of all columns of the run, rising.
    """
    statistic = layout.statistic[layout.starts]
    own = p_values(layout, evidence, calibration)
    p = own.p
    level = limits.budget / max(BUDGET_COLUMNS, hypotheses.size)

    counts = evidence.score > 0
    suspect = np.bincount(layout.node, weights=np.logical_or.reduceat(layout.suspect, layout.starts)) > 0
    # A short history has not shown yet how far a column moves, nor for how long. What it calls unlikely goes to review,
    # and takes a smaller p value to alert. This does not apply to tables, which are few, to statistics that healthy
    # columns almost never move, and to p values that come from past scores of columns with as short a history.
    learned = np.minimum(1.0, evidence.history / MAX_BACKTESTS) ** 2
    of_table = layout.names["column_name"].among(layout.column[layout.starts], [TABLE_LEVEL])
    uncalibrated_share = np.where(traits.needs_no_history[statistic] | of_table, 1.0, learned)
    alert_level = np.where(own.calibrated, ONE_RUN_BUDGET_SHARE, uncalibrated_share) * level
    extreme_effect = np.where(own.calibrated, np.inf, traits.extreme_effect[statistic])
    extreme = (evidence.residual >= extreme_effect) & (p <= EXTREME_EFFECT_LEVELS * level)
    at_once = (own.simes_p <= alert_level) | extreme

    two_run_p, calibrated = evidence.of_two_runs.calibrate(calibration, evidence.two_run_score(p))
    again = suspect[layout.node] & evidence.persists & (p <= MAX_CONFIRMING_P * learned)
    confirmed = np.where(calibrated, two_run_p <= traits.confirmation_budget[statistic] * level, again)

    alert = counts & (at_once | confirmed)
    fired = traits.deterministic[statistic] & (evidence.residual >= limits.min_effect) & ~limits.ignored
    review_level = REVIEW_LEVELS * level * np.where(own.calibrated, REVIEW_BUDGET_SHARE, 1.0)
    rank = np.where(counts & (own.simes_p <= review_level), Severity.REVIEW.rank, Severity.NONE.rank)
    rank = np.where(alert | fired | evidence.over_pinned_limit, Severity.WARNING.rank, rank)
    rank = np.where(fired & traits.review_only[statistic], Severity.REVIEW.rank, rank)
    rank = np.where((alert | fired) & (evidence.residual >= limits.critical_effect), Severity.CRITICAL.rank, rank)
    rank = np.minimum(rank, limits.max_rank)

    q = np.full(len(p), np.nan)
    q[evidence.active] = adjusted_at(own.simes_p[evidence.active], hypotheses)

    score = evidence.of_one_run.needed(calibration, np.maximum(alert_level / own.tests, 10.0**-LARGEST_SCORE))
    levels = ((limits.min_effect, 10.0**-score), (extreme_effect, EXTREME_EFFECT_LEVELS * level))
    return UnitOutcome(p, q, rank, fired, alert & ~at_once, levels)


def _rank_in_column(node: Codes, p: Floats, counted: Flags) -> Floats:
    """Return the number of counted units of its column with a p value up to each unit's, at least 1."""
    order = np.lexsort((~counted, p, node))
    starts = starts_of(node[order])
    so_far = np.cumsum(counted[order])
    before: Codes = np.repeat(so_far[starts] - counted[order][starts], np.diff(np.append(starts, len(p))))
    rank = np.empty(len(p))
    rank[order] = np.maximum(1, so_far - before)
    return rank
