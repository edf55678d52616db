"""Rows of the time that an earlier load covered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stageprint.shifts.time.ends_rotated import DAY_US, HOUR_US
from stageprint.shifts.time.late_rows import LateRows
from tests.unit.shifts.columns import TIMESTAMP, column, row_of


def load(number: int, late: int = 0) -> Any:
    """Return the moments of a day's load: 1,000, of which the first `late` are of the day before."""
    moments = (number * DAY_US + np.arange(1000) * (DAY_US // 1000)).astype(np.int64)
    moments[:late] -= 2 * HOUR_US + moments[:late] - number * DAY_US
    return column(moments.tolist(), TIMESTAMP)


def judged(current: Any, *past: Any) -> dict[str, Any]:
    return row_of(LateRows.name, current, *past, name="long")


PAST = [load(day) for day in range(5)]


@pytest.mark.parametrize("late", [0, 30, 200])
def test_the_share_that_came_late(late: int) -> None:
    assert judged(load(5, late), *PAST)["value"] == pytest.approx(late / 1000, abs=0.008)


def test_an_old_load_again_is_another_matter() -> None:
    assert judged(load(4), *PAST)["value"] == 0.0
    assert judged(load(5, 700), *PAST)["value"] == 0.0


def test_behind_a_flagged_run_that_is_no_reference() -> None:
    assert judged(load(6, 30), *PAST)["value"] == pytest.approx(0.03, abs=0.008)
    assert judged(load(7), *PAST)["value"] == 0.0


def test_no_rule() -> None:
    assert judged(load(5, 30), *PAST[2:])["reason"] == "needs 4 earlier runs with two moments, has 3"
    assert judged(load(5, 30), *PAST[:4], load(4, 1))["reason"] == "earlier runs overlapped in time"
