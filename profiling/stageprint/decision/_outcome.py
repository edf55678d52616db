"""Turns scores into severities: p values of statistics and columns, alert levels, confirmation by a second run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stageprint.decision._codes import Codes, starts_of
from stageprint.decision._evidence import UnitEvidence
from stageprint.decision._layout import Layout
from stageprint.decision._levels import levels_of
from stageprint.decision._limits import Limits
from stageprint.decision._traits import Traits
from stageprint.decision.classes import Calibration
from stageprint.decision.fdr import adjusted_at
from stageprint.decision.score import LARGEST_SCORE
from stageprint.model import Severity

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MAX_CONFIRMING_P = 1e-4
"""Largest p value by which a second run confirms the first one's shift, for a history of `MAX_BACKTESTS`.

It is smaller for a shorter history, and is used only where p values do not come from past scores.
"""


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
    # A record stands alone: the table's other statistics, which see the same fall, do not make it less likely.
    counted = evidence.active & evidence.ever_moved & (evidence.capping_unit < 0) & ~evidence.records
    tests = np.where(evidence.records, 1, np.maximum(1, np.bincount(layout.node, weights=counted))[layout.node])
    rank = np.where(evidence.records, 1, _rank_in_column(layout.node, p, counted))
    simes_p = np.minimum(1.0, p * (tests / rank))
    column_p = np.full(int(layout.node.max()) + 1, np.inf)
    np.minimum.at(column_p, layout.node[evidence.active], simes_p[evidence.active])
    return PValues(p, simes_p, tests, column_p, calibrated)


def judge(
    layout: Layout,
    traits: Traits,
    limits: Limits,
    evidence: UnitEvidence,
    calibration: Calibration,
    hypotheses: Floats,
    level: float,
) -> UnitOutcome:
    """Return the severity of each unit.

    Args:
        layout: The measurements.
        traits: The traits of the statistics.
        limits: Thresholds and budgets.
        evidence: Residuals and scores of the units.
        calibration: Scores of earlier runs.
        hypotheses: The p values of all columns of the run, rising.
        level: p value of a comparison up to which it is an alert, by the budget of false alerts.
    """
    statistic = layout.statistic[layout.starts]
    own = p_values(layout, evidence, calibration)
    p = own.p
    levels = levels_of(layout, traits, limits, evidence, own.calibrated, level, hypotheses.size)

    counts = evidence.score > 0
    suspect = np.bincount(layout.node, weights=np.logical_or.reduceat(layout.suspect, layout.starts)) > 0
    extreme_effect = np.where(own.calibrated, np.inf, traits.extreme_effect[statistic])
    extreme = (evidence.residual >= extreme_effect) & (p <= levels.extreme)
    at_once = (own.simes_p <= levels.alert) | extreme

    two_run_p, calibrated = evidence.of_two_runs.calibrate(calibration, evidence.two_run_score(p))
    again = suspect[layout.node] & evidence.persists & (p <= MAX_CONFIRMING_P * levels.learned)
    confirmed = np.where(calibrated, two_run_p <= traits.confirmation_budget[statistic] * levels.budget, again)

    alert = counts & (at_once | confirmed)
    fired = traits.deterministic[statistic] & (evidence.residual >= limits.min_effect) & ~limits.ignored
    rank = np.where(counts & (own.simes_p <= levels.review), Severity.REVIEW.rank, Severity.NONE.rank)
    rank = np.where(alert | fired | evidence.over_pinned_limit, Severity.WARNING.rank, rank)
    rank = np.where(fired & traits.review_only[statistic], Severity.REVIEW.rank, rank)
    rank = np.where((alert | fired) & (evidence.residual >= limits.critical_effect), Severity.CRITICAL.rank, rank)
    rank = np.minimum(rank, limits.max_rank)

    q = np.full(len(p), np.nan)
    q[evidence.active] = adjusted_at(own.simes_p[evidence.active], hypotheses)

    score = evidence.of_one_run.needed(calibration, np.maximum(levels.alert / own.tests, 10.0**-LARGEST_SCORE))
    limiting = ((limits.min_effect, 10.0**-score), (extreme_effect, levels.extreme))
    return UnitOutcome(p, q, rank, fired, alert & ~at_once, limiting)


def _rank_in_column(node: Codes, p: Floats, counted: Flags) -> Floats:
    """Return the number of counted units of its column with a p value up to each unit's, at least 1."""
    order = np.lexsort((~counted, p, node))
    starts = starts_of(node[order])
    so_far = np.cumsum(counted[order])
    before: Codes = np.repeat(so_far[starts] - counted[order][starts], np.diff(np.append(starts, len(p))))
    rank = np.empty(len(p))
    rank[order] = np.maximum(1, so_far - before)
    return rank
