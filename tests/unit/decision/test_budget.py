"""The budget of false alerts, from a number in a time to the level of a comparison, and what follows the level."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.decision import DecisionSettings, FalseAlerts
from stageprint.decision import RunPart, previous_of, to_records
from stageprint.decision.budget import MAX_LEVEL, MIN_LEVEL, alert_level
from stageprint.model import Severity
from tests.unit.decision.runs import columns, fluctuating, table

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("budget", "distance", "comparisons", "level"),
    [
        ({"one_per": "quarter"}, DAY, 100, 1 / 91.3125 / 100),
        ({"one_per": "quarter"}, None, 100, 1 / 91.3125 / 100),
        ({"one_per": "week"}, DAY, 100, 1 / 700),
        ({"one_per": "year"}, 7 * DAY, 50, 7 / 365.25 / 50),
        ({"one_per": "month"}, DAY / 24, 10, 1 / 30.4375 / 24 / 10),
        ({"per_run": 0.5}, DAY, 1000, 5e-4),
        ({"one_per": "quarter"}, DAY, 100_000, MIN_LEVEL),
        ({"one_per": "quarter"}, 91 * DAY, 8, MAX_LEVEL),
    ],
)
def test_a_number_in_a_time_is_a_level_of_comparisons(
    budget: dict[str, object], distance: dt.timedelta | None, comparisons: int, level: float
) -> None:
    settings = DecisionSettings(false_alerts=FalseAlerts.model_validate(budget))
    assert alert_level(settings, comparisons, distance) == pytest.approx(level)


def test_the_old_budget_keeps_its_meaning() -> None:
    settings = DecisionSettings(false_findings_per_run=2)
    assert alert_level(settings, 8) == pytest.approx(2e-5)
    assert alert_level(settings, 400_000) == pytest.approx(5e-6)


def test_one_per_quarter_is_the_default() -> None:
    assert DecisionSettings().false_alerts == FalseAlerts(one_per="quarter")


def severity(runs: int, value: float, level: float, drift: float = 0.0) -> Severity:
    """Return the severity of a KS distance of the first column after so many runs, at a level."""
    usual, previous, settings = fluctuating(30, size=0.02), None, DecisionSettings()

    def measured(run: int) -> pa.Table:
        rows = usual(run)
        for each in rows:
            if drift and each["value"] is not None and each["reference"] != "prev":
                each["value"] = each["residual"] = drift
            if run == runs and each["column_name"] == "c000" and each["statistic"] == "ks":
                each["value"] = each["residual"] = value
        return table(rows)

    for run in range(runs + 1):
        part = RunPart(measured(run), previous, settings, level=level)
        pool = part.variance_pool()
        decided = part.decide(pool, part.hypotheses(pool))
        previous = previous_of(decided)
    records = [one for one in to_records(decided) if one.key == columns(1)[0] and one.statistic == "ks"]
    return records[0].severity


def test_a_small_store_is_keener_than_a_large_one() -> None:
    small, large = alert_level(DecisionSettings(), 31), alert_level(DecisionSettings(), 100_000)
    values = np.arange(0.08, 0.4, 0.04)
    found = {level: [severity(28, value, level).rank for value in values] for level in (small, large)}
    first = {level: int(np.argmax(np.array(ranks) >= Severity.WARNING.rank)) for level, ranks in found.items()}
    assert first[small] < first[large]


def test_the_first_week_is_strict_whatever_the_budget() -> None:
    for value in (0.1, 0.15, 0.2, 0.3):
        assert severity(4, value, 5e-3).rank >= severity(4, value, 1e-5).rank
        assert (severity(4, value, 5e-3) is Severity.NONE) == (severity(4, value, 1e-5) is Severity.NONE)


def test_what_drifts_keeps_the_strict_level() -> None:
    values = np.arange(0.3, 2.0, 0.3)
    still = [severity(14, value, 1e-3, drift=0.25).rank for value in values]
    strict = [severity(14, value, 1e-5, drift=0.25).rank for value in values]
    assert still == strict
