from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from stageprint.decision.score import (
    LARGEST_SCORE,
    admissible,
    max_scale_ratio,
    minimum_effect,
    required_t,
)


def test_effects_up_to_delta_score_nothing() -> None:
    score = minimum_effect(np.array([0.0, 0.01, 0.02]), np.full(3, 1e-4), np.full(3, 10.0), np.full(3, 0.01))
    assert score.log_p[:2].tolist() == [0.0, 0.0]
    assert score.t[2] == pytest.approx(1.0)
    assert 0 < score.log_p[2] < 1


def test_scores_end_where_doubles_do() -> None:
    score = minimum_effect(np.array([1e9]), np.array([1e-6]), np.array([50.0]), np.array([0.0]))
    assert score.log_p[0] == LARGEST_SCORE


def test_what_sampling_does_has_no_heavy_tails() -> None:
    residual, variance, df = np.full(4, 0.10), np.full(4, 1e-4), np.full(4, 6.0)
    known = np.array([0.0, 0.5e-4, 0.9e-4, 1e-4])
    score = minimum_effect(residual, variance, df, np.zeros(4), known).log_p
    assert (np.diff(score) > 0).all()
    assert score[0] == minimum_effect(residual, variance, df, np.zeros(4)).log_p[0]
    # All of it known: next to a Gaussian.
    assert score[3] == pytest.approx(-np.log10(2 * stats.t(50).sf(10)))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_two_parts_have_the_tail_of_their_sum(share: float) -> None:
    rng = np.random.default_rng(4)
    sums = np.sqrt(share) * rng.normal(size=2_000_000) + np.sqrt(1 - share) * rng.standard_t(5, 2_000_000)
    for far in (2.5, 4.0):
        found = minimum_effect(np.array([far]), np.ones(1), np.array([5.0]), np.zeros(1), np.array([share])).log_p[0]
        assert 10**-found == pytest.approx((np.abs(sums) > far).mean(), rel=0.15)


def test_the_reach_of_a_level_is_the_scores_inverse() -> None:
    share, df, level = np.array([0.0, 0.3, 0.7, 1.0, 0.41]), np.full(5, 6.5), np.array([1e-6, 1e-6, 1e-7, 1e-6, 1e-5])
    far = required_t(share, df, level)
    found = minimum_effect(far, np.ones(5), df, np.zeros(5), share).log_p
    assert found == pytest.approx(-np.log10(level), rel=0.02)


def test_a_noisy_reference_excuses_nothing() -> None:
    scale = np.array([0.01, 0.05, 0.02, 0.3])
    groups = np.array([0, 3])
    eligible = np.array([True, True, True, True])
    assert admissible(scale, groups, eligible, 2.0).tolist() == [True, False, True, True]
    assert admissible(scale, groups, np.array([False, True, True, False]), 2.0).tolist() == [False, False, True, False]
    assert admissible(np.zeros(0), np.zeros(0, dtype=np.intp), np.zeros(0, dtype=bool), 2.0).size == 0


def test_more_runs_tell_noisier_references_apart() -> None:
    scale, groups, eligible = np.array([0.014, 0.01]), np.array([0]), np.ones(2, dtype=bool)
    assert admissible(scale, groups, eligible, max_scale_ratio(np.full(2, 3.0))).tolist() == [True, True]
    assert admissible(scale, groups, eligible, max_scale_ratio(np.full(2, 28.0))).tolist() == [False, True]
