"""Columns that advance: statistics of a level leave them alone, rules of their own judge them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from math import pi
from typing import Any

import pytest

from stageprint.features.advancing import advance_of
from stageprint.model import ColumnKind, NotComputable
from stageprint.shifts import all_shifts
from stageprint.shifts.base import ColumnRule, Outcome
from tests.unit.features.advances import dates, runs_of
from tests.unit.shifts.columns import FLOAT, INTEGER, STRING, TIMESTAMP, column, row_of, rows_of

RUNS = 6
KEYS = [list(range(100 * run, 100 * run + 100)) for run in range(RUNS + 1)]
TIMES = [[(24 * run + hour) * 3_600_000_000 for hour in range(24)] for run in range(RUNS + 1)]
LOADS = [[f"load-{run:03}"] * 40 for run in range(RUNS + 1)]


def judged(
    rule: str, values: Sequence[Sequence[Any]], kind: ColumnKind, days: Sequence[dt.date] | None = None
) -> Outcome | NotComputable:
    found = all_shifts()[rule]
    assert isinstance(found, ColumnRule)
    *past, current = runs_of(values, kind, days)
    return found.judge(current, past)


def value(*args: Any) -> float:
    outcome = judged(*args)
    assert isinstance(outcome, Outcome)
    return outcome.value


def test_the_level_of_a_column_that_advances_is_not_compared() -> None:
    past = [column(run, INTEGER) for run in KEYS[:RUNS]]
    rows = rows_of(column(KEYS[RUNS], INTEGER), {"prev": past[-1:], "long": past})
    shifts = all_shifts()
    for (statistic, name), row in rows.items():
        if shifts[statistic].assumes_level and shifts[statistic].used_in_decision | shifts[statistic].deterministic:
            assert row["value"] is None
            assert row["reason"] == (
                "the column advances with time or run (each run begins where the one before ended): "
                "its level is not compared"
            ), (statistic, name)
    # What has nothing to do with a level is judged as in any column.
    assert rows["null_share", "long"]["value"] == 0
    assert rows["unique", "long"]["value"] == 0
    assert {statistic for (statistic, _), row in rows.items() if row["value"] is None} >= {"ks", "new_atom", "clip"}


def test_other_stages_are_compared_by_their_level() -> None:
    current = column(KEYS[1], INTEGER)
    assert row_of("ks", current, column(KEYS[0], INTEGER), name="stage:raw")["value"] == 1
    assert "may advance" in row_of("ks", current, column(KEYS[0], INTEGER), name="run:old")["reason"]


def test_a_month_as_text_has_no_usual_length_but_a_form() -> None:
    days = [dt.date(2012, month, 1) for month in range(1, 13)] + [dt.date(2013, 1, 1)]
    *past, current = runs_of([[str(day.month)] * 60 for day in days], STRING, days)
    assert current.windows != past[-1].windows
    found = advance_of(current, past)
    assert found is not None
    assert found.known
    leaving = {name for name, shift in all_shifts().items() if shift.assumes_level}
    assert leaving >= {"length", "fixed_pattern", "fixed_labels", "whole_share", "tail", "fixed_range"}
    assert not leaving & {"form", "new_form"}  # a number with a digit more keeps its form


def test_columns_with_a_level_break_no_such_rule() -> None:
    for rule in ("off_calendar", "advance_stalled", "advance_back", "advance_jumped"):
        outcome = judged(rule, [[1, 2, 3] * 20] * 7, INTEGER)
        assert outcome == NotComputable("the column is not known to advance with time or run")


@pytest.mark.parametrize(("values", "kind"), [(KEYS, INTEGER), (TIMES, TIMESTAMP), (LOADS, STRING)])
def test_stalled(values: list[list[Any]], kind: ColumnKind) -> None:
    assert value("advance_stalled", values, kind) == 0
    assert value("advance_stalled", [*values[:-1], values[-2]], kind) == 1
    row = row_of("advance_stalled", column(values[-2], kind), *(column(run, kind) for run in values[:-1]), name="long")
    assert (row["value"], row["deterministic"]) == (1, True)


@pytest.mark.parametrize(("values", "kind"), [(KEYS, INTEGER), (TIMES, TIMESTAMP), (LOADS, STRING)])
def test_back(values: list[list[Any]], kind: ColumnKind) -> None:
    assert value("advance_back", values, kind) == 0
    assert value("advance_back", [*values[:-1], values[1]], kind) == pytest.approx(pi)
    some = [*values[:-1], [*values[-1], *values[0][:10]]]
    assert 0 < value("advance_back", some, kind) < 1.5


def test_a_few_late_rows_are_ordinary() -> None:
    late = [[*run, *KEYS[max(0, number - 1)][:2]] for number, run in enumerate(TIMES)]
    assert value("advance_back", [*TIMES[:-1], [*TIMES[-1], 0, 1, 2]], TIMESTAMP) == 0
    assert value("advance_back", late, TIMESTAMP) == 0


def test_jumped() -> None:
    assert value("advance_jumped", KEYS, INTEGER) == 0
    after_a_pause = [key + 900 for key in KEYS[-1]]
    assert value("advance_jumped", [*KEYS[:-1], after_a_pause], INTEGER) == 0
    other_unit = [key * 1000 for key in KEYS[-1]]
    assert value("advance_jumped", [*KEYS[:-1], other_unit], INTEGER) == pytest.approx(pi)
    never = [*TIMES[:-1], [*TIMES[-1][:20], *[253_402_300_799_000_000] * 4]]
    assert 0.5 < value("advance_jumped", never, TIMESTAMP) < 1.5


def test_off_calendar() -> None:
    days = dates(8)
    values = [[day.day] * 100 for day in days]
    assert value("off_calendar", values, INTEGER, days) == 0
    yesterday = [*values[:-1], values[-2]]
    outcome = judged("off_calendar", yesterday, INTEGER, days)
    assert isinstance(outcome, Outcome)
    assert outcome.value == pytest.approx(pi)
    assert outcome.detail == "day of the month of the run's date"
    a_tenth = [*values[:-1], [8] * 90 + [80] * 10]
    assert value("off_calendar", a_tenth, INTEGER, days) == pytest.approx(0.6435, abs=1e-3)
    assert value("off_calendar", [*values[:-1], [8] * 97 + [7] * 3], INTEGER, days) == 0  # three late rows
    other = judged("advance_stalled", values, INTEGER, days)
    assert isinstance(other, NotComputable)


def test_a_year_is_known_without_a_change() -> None:
    days = dates(4, start=dt.date(2013, 12, 20))
    assert value("off_calendar", [[2013] * 50] * 4, INTEGER, days) == 0
    assert value("off_calendar", [*[[2013] * 50] * 3, [13] * 50], INTEGER, days) == pytest.approx(pi)


def test_a_number_that_grows_a_digit_is_written_as_before() -> None:
    past = [[f"batch-{number}" for number in range(run, run + 4)] * 5 for run in range(3)]
    assert value("fixed_pattern", [*past, ["batch-10", "batch-11"] * 9], STRING) == 0
    assert value("fixed_pattern", [*past, ["batch_10", "batch_11"] * 9], STRING) > 3


def test_days_without_rain_repeat_each_other() -> None:
    rain = [[run * 0.01 + hour * 0.1 for hour in range(1, 9)] + [0.0] * 16 for run in (5, 1, 6, 2, 7, 3, 9, 8)]
    dry = [0.0] * 24
    outcome = judged("frozen", [*rain, dry, dry], FLOAT)
    assert isinstance(outcome, NotComputable)
    assert "fewer than 3 different values" in outcome.reason
    assert value("frozen", [*rain, rain[-1]], FLOAT) == 1
    often = judged("frozen", [rain[0], rain[1], *rain[2:4], rain[0], *rain[4:], rain[1], rain[1]], FLOAT)
    assert isinstance(often, NotComputable)


def test_kinds_that_have_no_order_do_not_advance() -> None:
    *past, current = runs_of([[True, False]] * 4, ColumnKind.BOOLEAN)
    assert advance_of(current, past) is None
