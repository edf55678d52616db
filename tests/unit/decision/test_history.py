from __future__ import annotations

import numpy as np
import pytest

from stageprint.decision import PREVIOUS, decide, previous_of
from stageprint.decision.history import MAX_BACKTESTS, update_mean_square
from tests.unit.decision.runs import SETTINGS, row, table

NONE = np.array([np.nan])
ZERO = np.array([0.0])
CALM = np.array([False])


def test_a_scale_is_the_root_mean_square_of_all_residuals() -> None:
    residuals = np.random.default_rng(2).exponential(0.1, 20)
    scale, count = NONE, ZERO
    for residual in residuals:
        square, count = update_mean_square(scale, count, np.array([residual]), CALM)
        scale = np.sqrt(square)
    assert count[0] == 20
    assert scale[0] == pytest.approx(np.sqrt(np.mean(residuals**2)))


def test_the_oldest_fade_out() -> None:
    scale, count = np.array([1.0]), np.array([float(MAX_BACKTESTS)])
    for _ in range(200):
        square, count = update_mean_square(scale, count, np.array([0.1]), CALM)
        scale = np.sqrt(square)
    assert count[0] == MAX_BACKTESTS
    assert 0.1 < scale[0] < 0.12


def test_without_a_residual_history_stays() -> None:
    square, count = update_mean_square(np.array([0.2]), np.array([3.0]), NONE, CALM)
    assert (square[0], count[0]) == (pytest.approx(0.04), 3)
    square, count = update_mean_square(NONE, ZERO, NONE, CALM)
    assert np.isnan(square[0])
    assert count[0] == 0


def test_flagged_residuals_are_left_out() -> None:
    square, count = update_mean_square(np.array([0.2]), np.array([3.0]), np.array([9.0]), np.array([True]))
    assert (square[0], count[0]) == (pytest.approx(0.04), 3)


def test_previous_has_a_row_for_each_reference() -> None:
    shifts = decide(table([row(0.1), row(None, reference="long"), row(1.0, statistic="all_null")]), None, SETTINGS)
    found = previous_of(shifts)
    assert found.schema.equals(PREVIOUS)
    assert [(each["statistic"], each["reference"], each["residual"]) for each in found.to_pylist()] == [
        ("ks", "prev", 0.1),
        ("ks", "long", None),
        ("all_null", "prev", 1.0),
    ]
    assert set(found["flagged"].to_pylist()) == {True}


def test_previous_of_nothing() -> None:
    assert previous_of(decide(table([]), None, SETTINGS)).num_rows == 0
