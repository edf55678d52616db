from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from scripts.simulation.observe import EDGES, LEVELS
from scripts.simulation.others import chi_squared_p, js_distance, ks_p, psi, three_sigma, wasserstein


def test_chi_squared_is_scipys() -> None:
    counts = np.array([[30.0, 50.0, 20.0], [45.0, 40.0, 35.0]])
    n, m = counts.sum(axis=1)
    found = chi_squared_p(counts[:1] / n, counts[1:] / m, np.array([n]), np.array([m]))
    assert found[0] == pytest.approx(stats.chi2_contingency(counts, correction=False).pvalue)


def test_ks_p_is_the_asymptotic_one() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=4000), rng.normal(0.03, 1, size=3000)
    found = stats.ks_2samp(a, b, method="asymp")
    assert ks_p(np.array([found.statistic]), np.array([4000.0]), np.array([3000.0]))[0] == pytest.approx(
        found.pvalue, rel=0.05
    )


def test_wasserstein_of_a_shift_is_the_shift() -> None:
    shifted = special.ndtr(EDGES - 0.2)[None]
    assert wasserstein(shifted, LEVELS[None])[0] == pytest.approx(0.2, rel=0.05)


def test_equal_distributions_have_no_distance() -> None:
    p = np.array([[0.2, 0.3, 0.5]])
    many = np.array([1e6])
    assert psi(p, p, many, many)[0] == pytest.approx(0)
    assert js_distance(p, p)[0] == pytest.approx(0, abs=1e-9)


def test_three_sigma_needs_three_runs() -> None:
    values = np.array([[1.0], [1.1], [0.9], [9.0]])
    assert three_sigma(values, 3)[0]
    assert not three_sigma(values, 2)[0]
