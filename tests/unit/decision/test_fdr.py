from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stageprint.decision.fdr import adjusted_at

P_VALUES = st.lists(st.floats(1e-12, 1.0), min_size=1, max_size=30).map(np.array)


@given(P_VALUES)
def test_a_hypothesis_among_its_own_is_adjusted_as_scipy_does(p: np.ndarray) -> None:
    np.testing.assert_allclose(adjusted_at(p, p), stats.false_discovery_control(p), rtol=1e-12)


def test_nothing_to_adjust() -> None:
    assert adjusted_at(np.zeros(0), np.zeros(0)).size == 0


def test_a_further_p_is_adjusted_in_company() -> None:
    hypotheses = np.array([0.001, 0.01, 0.5])
    # .005 alone: 3 · .005 / 1; with .01, which is rejected at 3 · .01 / 2, it goes along.
    assert adjusted_at(np.array([0.004]), hypotheses)[0] == pytest.approx(0.012)
    assert adjusted_at(np.array([0.009]), hypotheses)[0] == pytest.approx(0.015)
    assert adjusted_at(np.array([1.0]), hypotheses)[0] == 1.0
