"""The largest p value of each unit that alerts, and that puts it into the digest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stageprint.decision._evidence import UnitEvidence
from stageprint.decision._layout import Layout
from stageprint.decision._limits import Limits
from stageprint.decision._traits import Traits
from stageprint.decision.budget import COLUMNS_OF_THE_OLD_BUDGET
from stageprint.decision.history import MAX_BACKTESTS
from stageprint.model import TABLE_LEVEL

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

REVIEW_LEVELS = 10.0
"""Multiple of the alert level up to which the p value of a column puts it up for review."""

MAX_REVIEW_LEVEL = 2e-2
"""Largest p value that is put up for review."""

STRICT_LEVEL = 1e-5
"""Largest level of p values that few runs gave. They say little about the tail: a few columns that drift or have a
season would use up the budget of a small store."""

SECOND_RUN_SHARE = 0.1
"""Share of the strict level in the second run, when one run alone says how a column is."""

RUNS_TO_TRUST = 7
"""Backtests from which on the level follows the budget."""

EXTREME_EFFECT_LEVELS = 5.0
"""Multiple of the strict level up to which a p value makes a residual of `Shift.extreme_effect` an alert.

It holds for any length of history, and only where p values do not come from past scores: a few runs cannot give a
smaller p value, but healthy columns almost never move that far.
"""

MAX_RECORD_P, RECORD_LEVELS = 1.25e-3, 12.0
"""Largest p value of a record of a table that alerts, and what it is of the level: a table has twenty columns or so."""

RECORD_REVIEW_LEVELS = 4.0
"""Multiple of the level of records up to which they are put up for review: they are unlikely as they are."""

MAX_COLUMN_RECORD_P = 2e-4
"""Largest p value of a record of a column that alerts, where the level is larger."""

ONE_RUN_BUDGET_SHARE, REVIEW_BUDGET_SHARE = 0.1, 0.7
"""Shares of the alert budget for alerts by one run, and of the review budget, where p values come from past scores.

The share for review is below 1, since the tails are a little heavier than exponential."""


@dataclass(frozen=True)
class Levels:
    """p values of each unit up to which it is something.

    Attributes:
        budget: The level that the budget gives; alerts by two runs are shares of it.
        alert: An alert by this run alone.
        extreme: An alert, where the residual is extreme.
        review: Put up for review.
        learned: How much of a full history the unit has, 0–1.
    """

    budget: Floats
    alert: Floats
    extreme: Floats
    review: Floats
    learned: Floats


def levels_of(
    layout: Layout, traits: Traits, limits: Limits, evidence: UnitEvidence, calibrated: Flags, level: float, tested: int
) -> Levels:
    """Return the levels of the units.

    A short history has not shown yet how far a column moves, nor for how long. What it calls unlikely goes to review,
    and takes a smaller p value to alert. This does not apply to p values that come from past scores of columns with as
    short a history. Tables, which are few, and statistics that healthy columns almost never move have the strict level
    from the start.

    Args:
        layout: The units.
        traits: The traits of the statistics.
        limits: Budgets of overrides.
        evidence: The history of the units.
        calibrated: Units whose p value comes from past scores.
        level: The level of the run.
        tested: Number of columns that have a p value.
    """
    budget = np.where(np.isnan(limits.budget), level, limits.budget / max(COLUMNS_OF_THE_OLD_BUDGET, tested))
    learned = np.minimum(1.0, evidence.history / MAX_BACKTESTS) ** 2
    of_table = layout.names["column_name"].among(layout.column[layout.starts], [TABLE_LEVEL])
    at_once = traits.needs_no_history[layout.statistic[layout.starts]] | of_table
    # Who states a number for 100,000 columns has it from the first runs on.
    strict = np.where(np.isnan(limits.budget), np.minimum(budget, STRICT_LEVEL), budget)
    trusted = (evidence.history >= RUNS_TO_TRUST) & ~evidence.drifting
    trusted_level = np.where(trusted, budget * learned, 0.0)
    early = np.where(evidence.history > 0, 1.0, SECOND_RUN_SHARE)
    own = np.maximum(strict * np.where(at_once, early, learned), trusted_level)
    of_tables = np.minimum(MAX_RECORD_P, RECORD_LEVELS * budget)
    record = np.where(of_table, of_tables, np.minimum(budget, MAX_COLUMN_RECORD_P))
    review = np.minimum(REVIEW_LEVELS * np.maximum(strict, trusted_level), MAX_REVIEW_LEVEL)
    return Levels(
        budget=budget,
        alert=np.where(evidence.records, record, np.where(calibrated, ONE_RUN_BUDGET_SHARE * budget, own)),
        extreme=EXTREME_EFFECT_LEVELS * strict,
        review=np.where(
            evidence.records,
            RECORD_REVIEW_LEVELS * record,
            np.where(calibrated, REVIEW_BUDGET_SHARE * REVIEW_LEVELS * budget, review),
        ),
        learned=learned,
    )
