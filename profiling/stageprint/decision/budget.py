"""The budget of false alerts: from a number in a time, as people feel them, to the level of one comparison."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from stageprint.config.decision import DecisionSettings, Period

MIN_LEVEL, MAX_LEVEL = 2e-5, 5e-3
"""Bounds of the level. Below, only very large stores would be quieter, and blind; above, p values say little."""

USUAL_DISTANCE: Final = dt.timedelta(days=1)
"""Distance of runs where a pipeline's own is not known yet."""

COLUMNS_OF_THE_OLD_BUDGET: Final = 100_000
"""Columns that `false_findings_per_run` is stated for."""

_DAYS: Final[Mapping[Period, float]] = {"week": 7, "month": 365.25 / 12, "quarter": 365.25 / 4, "year": 365.25}


def false_alerts_per_run(settings: DecisionSettings, distance: dt.timedelta | None = None) -> float:
    """Return the expected number of false alerts of a run that is within the budget.

    Args:
        settings: The budget.
        distance: Usual distance of the pipeline's runs; None: not known, and taken to be a day.

    Example:
        >>> from stageprint.config.decision import FalseAlerts
        >>> daily = DecisionSettings(false_alerts=FalseAlerts(one_per="week"))
        >>> round(false_alerts_per_run(daily), 3), false_alerts_per_run(daily, dt.timedelta(days=7))
        (0.143, 1.0)
    """
    if settings.false_alerts.per_run is not None:
        return settings.false_alerts.per_run
    period = dt.timedelta(days=_DAYS[settings.false_alerts.one_per or "quarter"])
    return (distance or USUAL_DISTANCE) / period


def alert_level(settings: DecisionSettings, comparisons: int, distance: dt.timedelta | None = None) -> float:
    """Return α, the p value of a comparison up to which it is an alert.

    It is the expected number of false alerts of a run ÷ its comparisons, within `MIN_LEVEL` and `MAX_LEVEL`. The
    deprecated `false_findings_per_run` gives that number ÷ 100,000, or ÷ the comparisons where they are more.

    Args:
        settings: The budget.
        comparisons: Number of columns and tables that are compared.
        distance: Usual distance of the pipeline's runs; None: not known.

    Example:
        A daily pipeline of 105 columns and tables, and a large one:

        >>> f"{alert_level(DecisionSettings(), 105):.1e}", alert_level(DecisionSettings(), 1_000_000)
        ('1.0e-04', 2e-05)
    """
    if settings.false_findings_per_run is not None:
        return settings.false_findings_per_run / max(COLUMNS_OF_THE_OLD_BUDGET, comparisons)
    return min(MAX_LEVEL, max(MIN_LEVEL, false_alerts_per_run(settings, distance) / max(1, comparisons)))
