"""How likely it is that a fact which always held is broken by so many rows, by counts alone: the rule of succession."""

from __future__ import annotations

from math import exp, inf, lgamma, log
from typing import Final

MAX_CHANCE: Final = 1e-6
"""Largest chance at which a broken invariant is told: that of the run × that of the rows."""

MAX_CHANCE_OF_RUN: Final = 0.13
"""Largest chance that a run breaks it at all: it held in three runs or more."""

MAX_ACCIDENTAL_ROWS: Final = 3
"""Number of rows that never break an invariant, since they may be an accident."""

_PRIOR: Final = 0.5
"""Jeffreys' prior, a half of a run (row) that broke it and a half of one that did not."""


def is_broken(runs: float, rows: float, breaking: float, of: float) -> bool:
    """Return whether so many rows break an invariant beyond what the earlier runs and rows leave to chance.

    The chance of a run that breaks it is multiplied by that of as many rows or more. Rows of a run are no independent
    draws: what is new comes in numbers. The first factor is for the run, of which there are few; the second makes sure
    that the rows are not only one or two.

    Args:
        runs: Number of earlier runs, in all of which it held.
        rows: Their rows.
        breaking: Number of this run's rows that break it.
        of: Number of this run's rows.

    Example:
        Two labels in 27 batches of 50 rows, and a third one in 4 of 17 rows; the same after two batches.

        >>> is_broken(27, 1350, 4, 17), is_broken(2, 100, 4, 17)
        (True, False)
    """
    of_run = chance_of_run(runs)
    if breaking <= MAX_ACCIDENTAL_ROWS or of_run > MAX_CHANCE_OF_RUN:
        return False
    return of_run * chance_of_rows(rows, breaking, of) <= MAX_CHANCE


def chance_of_run(runs: float) -> float:
    """Return the chance that the next run breaks what held in `runs` runs: ½ / (runs + 1).

    Example:
        >>> chance_of_run(3), chance_of_run(24)
        (0.125, 0.02)
    """
    return _PRIOR / (runs + 2 * _PRIOR)


def chance_of_rows(rows: float, breaking: float, of: float) -> float:
    """Return an upper bound of the chance of `breaking` or more among `of` rows, after none in `rows`.

    The number is beta-binomial with the parameters ½ and `rows` + ½. The terms of its tail fall at least as fast as a
    geometric series with the ratio of its first two terms, or they are so many that the bound is 1.

    Example:
        >>> f"{chance_of_rows(1350, 4, 17):.1e}"
        '4.5e-09'
    """
    if breaking <= 0:
        return 1.0
    if breaking > of:
        return 0.0
    first = _log_term(breaking, of, rows)
    ratio = exp(_log_term(breaking + 1, of, rows) - first) if breaking + 1 <= of else 0.0
    ratio = max(ratio, of / (of + rows) if breaking + 1 <= of else 0.0)
    return min(1.0, exp(first - log(1 - ratio)) if ratio < 1 else inf)


def _log_term(breaking: float, of: float, rows: float) -> float:
    """Return the log probability of exactly `breaking` rows."""
    ways = lgamma(of + 1) - lgamma(breaking + 1) - lgamma(of - breaking + 1)
    other = rows + _PRIOR
    return ways + _log_beta(breaking + _PRIOR, of - breaking + other) - _log_beta(_PRIOR, other)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
