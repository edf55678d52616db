from __future__ import annotations

import numpy as np
import pytest

from profiling.decision.score import LARGEST_SCORE, admissible, minimum_effect, predict_share


def test_effects_up_to_delta_score_nothing() -> None:
    score = minimum_effect(np.array([0.0, 0.01, 0.02]), np.full(3, 1e-4), np.full(3, 10.0), np.full(3, 0.01))
    assert score.log_p[:2].tolist() == [0.0, 0.0]
    assert score.t[2] == pytest.approx(1.0)
    assert 0 < score.log_p[2] < 1


def test_scores_end_where_doubles_do() -> None:
    score = minimum_effect(np.array([1e9]), np.array([1e-6]), np.array([50.0]), np.array([0.0]))
    assert score.log_p[0] == LARGEST_SCORE


def test_a_noisy_reference_excuses_nothing() -> None:
    scale = np.array([0.01, 0.05, 0.02, 0.3])
    groups = np.array([0, 3])
    eligible = np.array([True, True, True, True])
    assert admissible(scale, groups, eligible).tolist() == [True, False, True, True]
    assert admissible(scale, groups, np.array([False, True, True, False])).tolist() == [False, False, True, False]
    assert admissible(np.zeros(0), np.zeros(0, dtype=np.intp), np.zeros(0, dtype=bool)).size == 0


def test_a_share_that_varies_less_than_binomially_is_binomial() -> None:
    found = predict_share(np.array([10.0, 10.0, 10.0]), 1000, 25)
    assert found.rho == 0
    assert found.p_upper == found.p_upper_binomial
