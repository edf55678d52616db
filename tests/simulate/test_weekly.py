"""What a week repeats: a column that fluctuates by ±10 %, and Sundays on which business rests."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from scripts.yardsticks.judging import alerts, judge
from scripts.yardsticks.profiles import config_of, profiled
from stageprint.config.decision import DecisionSettings
from stageprint.decision import decide, previous_of
from stageprint.decision.references import Run, choose
from stageprint.model import ColumnKey, ColumnKind, ColumnProfile
from stageprint.shifts import ColumnHistory, measure
from tests.support.columns import profile_of

WEEK = (0.0, 0.10, 0.05, -0.05, -0.10, 0.10, -0.10)
"""By how much of its level the column is off on each day of a week."""

SUNDAY = 6

RUNS = [Run(str(day), dt.date(2026, 1, 5) + dt.timedelta(days=day)) for day in range(30)]
LAST = 28
KEY = ColumnKey("raw", "trips", "fare")


def orders(day: dt.date, dip: float) -> pa.Table:
    """Return a day's orders; Sundays have `dip` times as many."""
    rng = np.random.default_rng([11, day.toordinal()])
    count = int(rng.normal(5200, 150) * (dip if day.weekday() == SUNDAY else 1))
    return pa.table({"amount": rng.lognormal(3, 0.8, count), "country": rng.choice(["DE", "FR", "NL"], count)})


@pytest.mark.parametrize("dip", [0.5, 0.66])
def test_sundays_with_fewer_rows_are_told_twice_at_most_and_a_lost_half_on_any_day(dip: float) -> None:
    days = [dt.date(2026, 1, 5) + dt.timedelta(days=day) for day in range(6 * 7)]
    tables = {str(day): {"orders": orders(day, dip)} for day in days}
    for day in days[-2:]:  # a Saturday and a Sunday that lost half of their rows
        whole = tables[str(day)]["orders"]
        tables[str(day)]["orders"] = whole.slice(0, whole.num_rows // 2)
    config = config_of("shop", ["orders"])
    told = {run: alerts(found) for run, found in judge(config, profiled(config, tables), list(tables))}
    assert {run for run, found in told.items() if found} - set(map(str, days[-2:])) <= set(map(str, days[6:14:7]))
    for day in days[-2:]:
        assert [(alert.table, alert.critical) for alert in told[str(day)]] == [("orders", True)]


def rows(run: int, off: float) -> ColumnProfile:
    """Return the profile of a run whose level is off by a share of it; its width is a fifth of its level."""
    rng = np.random.default_rng([7, run])
    values = 50 * (1 + off + rng.normal(0, 0.003)) + 10 * rng.normal(size=2000)
    return profile_of(pa.array(values), ColumnKind.FLOAT)


def severities(last: float) -> list[set[str]]:
    """Decide 29 daily runs, the last one off by `last`; return what was said in each."""
    profiles = [rows(run, WEEK[run % 7] if run < LAST else last) for run in range(LAST + 1)]
    previous, found = None, []
    for run in range(LAST + 1):
        references = {
            name: [profiles[int(each)] for each in ids] for name, ids in choose(RUNS[:run], RUNS[run]).items()
        }
        decided = decide(measure([ColumnHistory(KEY, profiles[run], references)]), previous, DecisionSettings())
        previous = previous_of(decided)
        found.append(set(decided["severity"].to_pylist()) & {"warning", "critical"})
    return found


@pytest.mark.parametrize(
    ("last", "alerting"),
    [
        (WEEK[LAST % 7], False),
        (WEEK[(LAST - 1) % 7], True),  # frozen where it was the day before
        (WEEK[LAST % 7] + 0.30, True),  # three times its usual fluctuation
        (WEEK[LAST % 7] - 0.30, True),
    ],
)
def test_a_column_that_fluctuates_every_week_is_silent_until_it_freezes_or_leaps(last: float, alerting: bool) -> None:
    found = severities(last)
    assert found[:LAST] == [set()] * LAST
    assert bool(found[LAST]) is alerting
