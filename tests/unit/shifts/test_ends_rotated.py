"""The times of day at which a run's first and last moments come."""

from __future__ import annotations

from typing import Any

import pytest

from stageprint.shifts.time.ends_rotated import DAY_US, HOUR_US, EndsRotated
from tests.unit.shifts.columns import TIMESTAMP, column, row_of

MONTHS = (0, 31, 59, 90, 120, 151, 181)


def month(number: int, first: float = 0.0, last: float = 23.0) -> Any:
    """Return the timestamps of a month: its first and last moment, at these hours of the day."""
    start, end = MONTHS[number] * DAY_US, (MONTHS[number + 1] - 1) * DAY_US
    return column([int(start + first * HOUR_US), int(start + 5 * DAY_US), int(end + last * HOUR_US)], TIMESTAMP)


def judged(current: Any, *past: Any) -> dict[str, Any]:
    return row_of(EndsRotated.name, current, *past, name="long")


PAST = [month(0, 1.0), *(month(number) for number in (1, 2, 3, 4))]
"""Five healthy months, the first without its first hour."""


@pytest.mark.parametrize("hours", [5, -5, 8.5, -11])
def test_both_ends_moved(hours: float) -> None:
    row = judged(month(5, hours, 23 + hours), *PAST)
    assert row["value"] == pytest.approx(abs(hours))
    assert row["detail"] == f"first and last moment moved by {hours:+.3g} hours"


@pytest.mark.parametrize(
    ("first", "last"),
    [(0, 23), (-1, 22), (1, 24), (0, 11), (6, 23), (5, 18), (5, 33)],
    ids=["usual", "summer time", "winter time", "cut short", "late start", "shorter", "not by one step"],
)
def test_healthy_or_another_fault(first: float, last: float) -> None:
    assert judged(month(5, first, last), *PAST)["value"] == 0.0


def test_no_rule() -> None:
    few = judged(month(5, 5, 28), *PAST[1:])
    assert few["reason"] == "needs 5 earlier runs with two moments, has 4"
    unsteady = judged(month(5, 5, 28), month(0, 4.0), *PAST[1:])
    assert unsteady["reason"] == "earlier runs did not begin and end at the same time of day"
    alone = judged(column([5 * HOUR_US], TIMESTAMP), *PAST)
    assert alone["reason"] == "fewer than two moments in this run"
