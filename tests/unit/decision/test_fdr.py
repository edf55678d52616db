from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stageprint.decision.fdr import (
    adjusted_at,
    benjamini_hochberg,
    e_benjamini_hochberg,
    e_values,
    hierarchical,
    simes,
)

P_VALUES = st.lists(st.floats(1e-12, 1.0), min_size=1, max_size=30).map(np.array)


@given(P_VALUES)
def test_benjamini_hochberg_is_scipys(p: np.ndarray) -> None:
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p), rtol=1e-12)


def test_nothing_to_adjust() -> None:
    assert benjamini_hochberg(np.zeros(0)).size == 0
    assert e_benjamini_hochberg(np.zeros(0), 0.05).size == 0


@given(P_VALUES)
def test_a_hypothesis_among_its_own_is_adjusted_as_ever(p: np.ndarray) -> None:
    np.testing.assert_allclose(adjusted_at(p, p), benjamini_hochberg(p), rtol=1e-12)


def test_a_further_p_is_adjusted_in_company() -> None:
    hypotheses = np.array([0.001, 0.01, 0.5])
    # .005 alone: 3 · .005 / 1; with .01, which is rejected at 3 · .01 / 2, it goes along.
    assert adjusted_at(np.array([0.004]), hypotheses)[0] == pytest.approx(0.012)
    assert adjusted_at(np.array([0.009]), hypotheses)[0] == pytest.approx(0.015)
    assert adjusted_at(np.array([1.0]), hypotheses)[0] == 1.0


def test_simes_is_the_least_adjusted_p() -> None:
    assert simes(np.array([0.04, 0.9, 0.03])) == pytest.approx(0.06)


def test_hierarchy_without_a_table_selected() -> None:
    found = hierarchical({"a": np.array([0.5, 0.9]), "b": np.array([0.4])}, 0.05)
    assert found.selected == ()
    assert found.q_within == 0
    assert not found.columns


def test_hierarchy_of_nothing() -> None:
    assert hierarchical({}, 0.05).selected == ()


@pytest.mark.parametrize("kappa", [0.05, 0.5, 0.9])
def test_e_values_have_mean_one(kappa: float) -> None:
    # ∫ κ p^(κ−1) dp over (ε, 1) = 1 − ε^κ.
    edges = np.geomspace(1e-6, 1, 20_001)
    middle = np.sqrt(edges[1:] * edges[:-1])
    mean = float(np.sum(e_values(middle, kappa) * np.diff(edges)))
    assert mean == pytest.approx(1 - 1e-6**kappa, rel=1e-3)


def test_e_bh_rejects_none_without_evidence() -> None:
    assert not e_benjamini_hochberg(np.array([1.0, 2.0]), 0.05).any()
