"""Records: counts beyond everything that the earlier runs had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pytest

from stageprint.config.decision import DecisionSettings
from stageprint.decision import decide, previous_of, to_records
from stageprint.model import Severity
from stageprint.shifts import TableHistory, measure_tables
from stageprint.shifts.table._record import record
from tests.unit.shifts.columns import table

MONDAY = dt.date(2026, 3, 2)


def days(count: int, start: dt.date = MONDAY, step: int = 1) -> list[dt.date]:
    return [start + dt.timedelta(days=step * number) for number in range(count)]


def severity(counts: Sequence[int], start: dt.date = MONDAY, step: int = 1) -> Severity:
    """Return the worst severity of the last run's `volume_record`, each run decided after the one before."""
    dates, previous, worst = days(len(counts), start, step), None, Severity.NONE
    for run, rows in enumerate(counts):
        history = TableHistory(
            table(rows),
            {"long": [table(past) for past in counts[:run]]},
            date=dates[run],
            reference_dates={"long": dates[:run]},
        )
        decided = decide(measure_tables([history]), previous, DecisionSettings())
        previous = previous_of(decided)
        (worst,) = [each.severity for each in to_records(decided) if each.statistic == "volume_record"]
    return worst


VARYING = [1000, 1080, 950, 1020, 910, 1050, 990]


@pytest.mark.parametrize("factor", [10.5, 0.09])
@pytest.mark.parametrize("runs", [2, 3, 7])
def test_ten_times_or_a_tenth_of_what_was_ever_seen_is_critical_from_the_third_run(factor: float, runs: int) -> None:
    past = VARYING[:runs]
    now = int(factor * (max(past) if factor > 1 else min(past)))
    assert severity([*past, now], step=7) is Severity.CRITICAL


def test_forty_per_cent_less_than_ever_on_a_table_that_varies_by_a_tenth_is_critical() -> None:
    assert severity([*VARYING, int(0.6 * min(VARYING))]) is Severity.CRITICAL


def test_a_fifth_of_the_rows_of_a_table_that_never_varied_is_told() -> None:
    hours = [168, 167, 168, 168, 166, 168, 168] * 3
    assert severity([*hours, 132], step=7) is Severity.WARNING
    assert severity([*hours, 150], step=7) is Severity.WARNING
    assert severity([*hours, 155], step=7) is Severity.REVIEW
    assert severity([*hours, 163], step=7) is Severity.NONE
    assert severity([*hours[:7], 132], step=7) is Severity.NONE
    uneven = [168, 150, 140, 168, 145, 168, 160] * 3
    assert severity([*uneven, 132], step=7) is Severity.NONE


def test_half_of_a_table_that_had_the_same_rows_three_times_is_told() -> None:
    assert severity([72, 72, 72, 36]) is Severity.CRITICAL
    assert severity([72, 70, 75, 40]) is Severity.NONE
    assert severity([72, 72, 36]) is Severity.NONE


def test_a_table_that_swings_tenfold_is_quiet() -> None:
    swinging = [100, 900, 250, 1000, 130, 600, 170, 1000, 110]
    assert severity([*swinging, 60]) is Severity.NONE
    assert severity([*swinging, 2000]) is Severity.NONE


def test_a_table_that_is_often_empty_is_quiet_when_it_is_empty() -> None:
    assert severity([500, 0, 0, 700, 0, 650, 0, 0]) is Severity.NONE


def test_the_first_week_end_is_no_news() -> None:
    assert severity([1000, 1020, 980, 1010, 990, 350]) is Severity.NONE
    assert severity([1000, 1020, 980, 1010, 990, 50]) is Severity.CRITICAL


def test_a_holiday_with_the_rows_of_a_sunday_is_no_news() -> None:
    weeks = [1000, 1020, 980, 1010, 990, 400, 300] * 3
    assert severity([*weeks, 330]) is Severity.NONE
    assert severity([*weeks, 150]) is Severity.CRITICAL


def test_a_table_that_grows_is_quiet() -> None:
    assert severity([int(1000 * 1.1**run) for run in range(20)]) is Severity.NONE


def test_double_the_rows_of_a_table_that_does_not_grow_are_told() -> None:
    uneven = [1000, 1250, 900, 1100, 850, 1200, 950] * 3
    assert severity([*uneven, 2200], step=7) is Severity.CRITICAL
    assert severity([*uneven, 1500], step=7) is Severity.NONE
    assert severity([*uneven[:7], 2200], step=7) is Severity.NONE
    growing = [round(rows * 1.03**run) for run, rows in enumerate(uneven)]
    assert severity([*growing, round(1.75 * max(growing))], step=7) is Severity.NONE


def test_few_rows_vary_by_chance() -> None:
    assert severity([11, 11, 4, 6, 2, 4, 3, 2, 4, 4, 10, 1], step=30) is Severity.NONE


def test_working_days_are_judged_among_themselves() -> None:
    weeks = [1000, 1010, 990, 1000, 1005, 200, 190] * 4
    dates = days(len(weeks))
    now = record(120, weeks, MONDAY + dt.timedelta(days=28), dates)
    mixed = record(120, weeks, None, [None] * len(weeks))
    assert now.p < 1e-5 < mixed.p
    assert now.beyond == pytest.approx(np.log(190 / 120))


def test_runs_without_dates_need_a_week_before_less_than_a_tenth_counts() -> None:
    assert record(400, VARYING[:6], None, [None] * 6).p == 1
    assert record(400, VARYING, None, [None] * 7).p < 1e-3
    assert record(40, VARYING[:2], None, [None] * 2).p == 0
