"""Which columns advance, by the states of past runs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from stageprint.features.advance_reason import advance_in
from stageprint.features.advancing import AdvanceKind
from stageprint.model import ColumnKind
from tests.unit.features.advances import advance

INTEGER, STRING, FLOAT = ColumnKind.INTEGER, ColumnKind.STRING, ColumnKind.FLOAT
DATE, TIMESTAMP = ColumnKind.DATE, ColumnKind.TIMESTAMP
HOUR_US = 3_600_000_000


def keys(run: int, rows: int = 40) -> list[int]:
    return list(range(1000 + run * rows, 1000 + (run + 1) * rows))


def times(run: int) -> list[int]:
    return [(24 * run + hour) * HOUR_US for hour in range(24)]


@pytest.mark.parametrize(
    ("kind", "values", "column"),
    [
        (AdvanceKind.TIME, [times(run) for run in range(4)], TIMESTAMP),
        (AdvanceKind.TIME, [times(run) + times(run + 1) for run in range(4)], TIMESTAMP),  # runs overlap
        (
            AdvanceKind.TIME,
            [[hour * HOUR_US for hour in range(24 * run + 24)] for run in range(4)],
            TIMESTAMP,
        ),  # everything so far
        (AdvanceKind.TIME, [[dt.date(2013, 1, 1 + run)] * 9 for run in range(4)], DATE),
        (AdvanceKind.SEQUENCE, [keys(run) for run in range(4)], INTEGER),
        (AdvanceKind.SEQUENCE, [[7 + run] * 9 for run in range(5)], INTEGER),
        (AdvanceKind.SEQUENCE, [[2000 + run / 12] * 9 for run in range(5)], FLOAT),
        (AdvanceKind.SEQUENCE, [[f"load-{run:04}"] * 9 for run in range(5)], STRING),
        (AdvanceKind.CUMULATIVE, [[run * 3 + n for n in range(50)] for run in range(9)], INTEGER),
    ],
)
def test_kinds(kind: AdvanceKind, values: list[list[Any]], column: ColumnKind) -> None:
    found = advance(values, column)
    assert found is not None
    assert (found.kind, found.known) == (kind, True)
    # It stays what it was when it stops: that is news for the rules.
    stopped = advance([*values, values[-1]], column)
    assert stopped is not None
    assert (stopped.kind, stopped.known) == (kind, True)


def test_two_past_runs_and_this_one_go_on() -> None:
    found = advance([keys(run) for run in range(3)], INTEGER)
    assert found is not None
    assert not found.known
    assert advance([keys(0), keys(1), keys(0)], INTEGER) is None


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ([keys(0), keys(1)], INTEGER),
        ([times(0), times(1)], TIMESTAMP),
        ([[1] * 9, [2] * 9], INTEGER),
        ([[0.5] * 9, [0.75] * 9], FLOAT),
        ([["monday"] * 9, ["tuesday"] * 9], STRING),
    ],
)
def test_in_the_second_run_it_may_advance(values: list[list[Any]], column: ColumnKind) -> None:
    found = advance(values, column)
    assert found is not None
    assert not found.known
    assert "may advance" in found.reason


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ([keys(0), [1000 * key for key in keys(0)]], INTEGER),  # another unit
        ([keys(1), keys(0)], INTEGER),  # back
        ([[0.1, 0.2, 0.3], [0.5, 0.6, 0.7]], FLOAT),  # measured
        ([["a", "b"] * 9, ["a", "c"] * 9], STRING),
        ([["a", "b"] * 9, ["c"] * 18], STRING),
        ([[3] * 9, [3] * 9], INTEGER),
        ([[None] * 9, [3] * 9], INTEGER),
        ([[3] * 9, [None] * 9], INTEGER),
        ([[3] * 9, []], INTEGER),
    ],
)
def test_in_the_second_run_the_rest_is_judged(values: list[list[Any]], column: ColumnKind) -> None:
    assert advance(values, column) is None


def test_a_number_that_goes_on_by_one_now_and_then() -> None:
    spring = [[1] * 9] * 3 + [[1] * 4 + [2] * 5]
    assert advance(spring, INTEGER) is not None
    assert advance([*spring, [2] * 9], INTEGER) is not None
    year = [[season] * 9 for season in (1, 1, 2, 2, 3, 3, 4, 4)]
    assert advance([*year, [4] * 5 + [1] * 4], INTEGER) is not None
    assert advance([*year, [1] * 9], INTEGER) is not None
    for odd in ([2] * 9, [3] * 9, [9] * 9, [4, 2] * 5):
        assert advance([*year, odd], INTEGER) is None
    # Flags, and codes that vary within a run, are no such numbers.
    assert advance([[0] * 9] * 4 + [[0] * 4 + [1] * 5], INTEGER) is None
    assert advance([[1, 2] * 9] * 4 + [[2] * 9], INTEGER) is None
    assert advance([[1] * 9] * 4 + [[2] * 9, [1] * 9, [2] * 9], INTEGER) is None


@pytest.mark.parametrize("seed", range(20))
def test_measured_columns_do_not_advance(seed: int) -> None:
    random = np.random.default_rng(seed)
    trend = [np.round(random.normal(100 + run, 20, 300)) for run in range(29)]
    assert advance([run.astype(int).tolist() for run in trend], INTEGER) is None
    assert advance([run.tolist() for run in trend], FLOAT) is None
    born = [random.integers(0, 20_000 * 24, 300) * HOUR_US for _ in range(29)]
    assert advance([run.tolist() for run in born], TIMESTAMP) is None


def test_a_column_that_advances_nearly_always() -> None:
    values = [keys(run) for run in range(24)]
    values[5] = values[4]
    assert advance(values, INTEGER) is not None
    values[10] = values[9]
    values[15] = values[14]
    assert advance(values, INTEGER) is None


def test_a_stored_reason_says_how_a_column_advances() -> None:
    for values in ([keys(0), keys(1)], [keys(run) for run in range(5)]):
        found = advance(values, INTEGER)
        assert found is not None
        assert advance_in(found.reason) == found.summary
    assert advance_in("no rows in this run") is None
    assert advance_in(None) is None


def test_keys_of_the_second_run_may_begin_anywhere() -> None:
    dated = [list(range(day * 100_000, day * 100_000 + 40)) for day in range(2)]
    found = advance(dated, INTEGER)
    assert found is not None
    assert (found.kind, found.known) == (AdvanceKind.SEQUENCE, False)
    # Values that repeat are no keys: that far away they are news.
    assert advance([[value % 7 + day * 1000 for value in range(40)] for day in range(2)], INTEGER) is None
