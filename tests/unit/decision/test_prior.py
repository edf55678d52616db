from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from stageprint.decision.prior import LARGEST_DF, Moments, inverse_trigamma, moderated_variance


@given(st.floats(1e-6, 1e6))
def test_inverse_trigamma_inverts(value: float) -> None:
    assert float(special.polygamma(1, inverse_trigamma(value))) == pytest.approx(value, rel=1e-8)


@pytest.mark.parametrize("d0", [3.0, 10.0])
def test_fit_finds_the_prior(d0: float) -> None:
    rng = np.random.default_rng(4)
    df = rng.integers(3, 28, 40_000).astype(np.float64)
    truth = 0.02 * d0 / rng.chisquare(d0, df.size)
    prior = Moments.of(truth * rng.chisquare(df) / df, df).prior
    assert prior.df == pytest.approx(d0, rel=0.1)
    assert prior.variance == pytest.approx(0.02, rel=0.05)


def test_columns_that_differ_by_chance_alone_share_one_variance() -> None:
    prior = Moments.of(np.full(50, 0.3), np.full(50, 8.0)).prior
    assert prior.df == LARGEST_DF
    assert prior.variance == pytest.approx(0.3 * np.exp(-special.digamma(4)) * 4)


def test_few_degrees_of_freedom_lean_on_the_prior() -> None:
    prior = Moments.of(np.array([1e-4, 4e-4, 1e-4, 9e-4]), np.full(4, 10.0)).prior
    prior_df, prior_variance = np.full(2, prior.df), np.full(2, prior.variance)
    few, many = moderated_variance(prior_df, prior_variance, np.array([1.0, 28.0]), np.ones(2))
    assert prior.variance < few < many < 1.0
