from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stageprint.features.distribution import AlignedCdfs, Cdf, kolmogorov_smirnov, ks_error, mass_changes, wasserstein

SAMPLES = st.lists(st.integers(-20, 20).map(float), min_size=1, max_size=40).map(np.array)


def cdf(values: np.ndarray, weights: np.ndarray | None = None, **errors: float) -> Cdf:
    return Cdf.of(values, np.ones(len(values)) if weights is None else weights, **errors)


@given(SAMPLES, SAMPLES)
def test_distances(a: np.ndarray, b: np.ndarray) -> None:
    one, two = cdf(a), cdf(b)
    steps = np.concatenate([a, b])
    apart = max(abs(float(np.mean(a <= step) - np.mean(b <= step))) for step in steps)
    assert kolmogorov_smirnov(one, two) == pytest.approx(apart)
    assert wasserstein(one, two) == pytest.approx(stats.wasserstein_distance(a, b))
    assert kolmogorov_smirnov(one, two) == kolmogorov_smirnov(two, one)


@given(SAMPLES, st.lists(st.floats(0, 1), min_size=1, max_size=4).map(np.array))
def test_quantiles_are_numpys(values: np.ndarray, p: np.ndarray) -> None:
    np.testing.assert_allclose(cdf(values).quantile(p), np.quantile(values, p), atol=1e-9)


@given(SAMPLES)
def test_steps(values: np.ndarray) -> None:
    found = cdf(values)
    assert np.all(np.diff(found.points) > 0)
    assert found.cumulative[-1] == 1
    np.testing.assert_allclose(found.mass_at(found.points), found.masses, atol=1e-12)
    np.testing.assert_allclose(found.masses.sum(), 1)
    assert found.before(found.points[:1])[0] == 0


def test_a_mean_gives_every_run_the_same_weight() -> None:
    small, huge = cdf(np.array([0.0]), rank_error=0.03, mass_error=0.04), cdf(np.full(10_000, 1.0))
    mean = Cdf.mean([small, huge])
    assert mean.masses.tolist() == [0.5, 0.5]
    assert (mean.rank_error, mean.mass_error, mean.size) == (0.015, 0.02, 10_001)
    assert Cdf.mean([small]) is small


def test_a_median_of_few_values_moves_with_the_shares() -> None:
    def middle(ones: int) -> float:
        return float(cdf(np.repeat([0.0, 1.0], [100 - ones, ones])).middle(np.array([0.5]))[0])

    assert middle(49) == pytest.approx(0.49)
    assert middle(51) == pytest.approx(0.51)
    assert middle(0) == 0.0


def test_errors_of_independent_sketches_add_in_squares() -> None:
    assert ks_error(cdf(np.zeros(1), rank_error=0.03), cdf(np.zeros(1), rank_error=0.04)) == pytest.approx(0.05)


def test_mass_changes_are_over_the_union() -> None:
    points, now, then = mass_changes(AlignedCdfs.of(cdf(np.array([1.0, 2.0])), cdf(np.array([2.0, 3.0, 3.0, 3.0]))))
    assert points.tolist() == [1, 2, 3]
    assert now.tolist() == [0.5, 0.5, 0]
    assert then.tolist() == [0, 0.25, 0.75]
