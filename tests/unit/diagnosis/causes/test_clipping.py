from __future__ import annotations

import numpy as np
import pytest

from stageprint.diagnosis.causes.clipping import Clipping
from stageprint.diagnosis.example import two_runs

RNG = np.random.default_rng(16)
THEN, NOW = RNG.normal(50, 12, 4000), RNG.normal(50, 12, 4000)


@pytest.mark.parametrize("share", [0.03, 0.1, 0.3])
def test_both_sides(share: float) -> None:
    high, low = float(np.quantile(THEN, 1 - share)), float(np.quantile(THEN, share))
    for now, bound, side in ((np.minimum(NOW, high), high, "upper"), (np.maximum(NOW, low), low, "lower")):
        found = Clipping().explain(*two_runs(THEN, now))
        assert found is not None
        assert found.score == 0.95
        assert (found.evidence["bound"], found.evidence["side"]) == (bound, side)
        assert found.evidence["clipped_share"] == pytest.approx(share, abs=0.02)


def test_rows_beyond_filtered_away_leave_no_mass() -> None:
    assert Clipping().explain(*two_runs(THEN, NOW[NOW < 60])) is None


def test_a_range_that_narrows_by_chance() -> None:
    assert Clipping().explain(*two_runs(THEN, NOW[:500])) is None


def test_what_else_moved_lowers_the_fit() -> None:
    high = float(np.quantile(THEN, 0.9))
    found = Clipping().explain(*two_runs(THEN, np.minimum(NOW - 3, high - 3)))
    assert found is not None
    assert found.score == pytest.approx(0.8)
    # Far from where it was, a tenth of the values at the very end is still a heap that nothing but a cap makes.
    far = Clipping().explain(*two_runs(THEN, np.minimum(NOW - 30, high - 30)))
    assert far is not None
    assert far.score == pytest.approx(0.78)
    assert far.evidence["clipped_share"] == pytest.approx(0.1, abs=0.01)
    assert Clipping().explain(*two_runs(THEN, np.minimum(NOW - 30, float(np.quantile(NOW, 0.985)) - 30))) is None


def test_values_that_heap_up_everywhere_are_not_clipped() -> None:
    assert Clipping().explain(*two_runs(THEN, np.round(np.clip(NOW, 25, 75) / 10) * 10)) is None


def test_a_default_beyond_the_bound_is_no_clipping() -> None:
    assert Clipping().explain(*two_runs(THEN, np.where(RNG.random(4000) < 0.2, 0.0, NOW))) is None


def test_a_bound_that_no_earlier_value_reaches_or_one_value_at_it_is_no_cap() -> None:
    assert Clipping().explain(*two_runs(THEN, np.append(np.full(2000, 500.0), 500 + NOW[:900]))) is None
    few = np.arange(40.0)
    assert Clipping().explain(*two_runs(few, np.append(few[:-1], 38.0))) is None
