from __future__ import annotations

import pytest
from scipy import stats

from scripts.simulation.figures import Rate, clustered


def test_intervals_are_clopper_and_pearsons() -> None:
    low, high = Rate(3, 200).interval
    assert low == pytest.approx(stats.beta.ppf(0.025, 3, 198))
    assert high == pytest.approx(stats.beta.ppf(0.975, 4, 197))


def test_nothing_tried_is_nothing_known() -> None:
    assert Rate(0, 0).interval == (0.0, 1.0)
    assert Rate(0, 0).share == 0.0


def test_rates_are_written_with_their_intervals() -> None:
    assert Rate(2, 100_000).per_100k() == "2.0 (0.2–7.2)"
    assert Rate(1, 2).percent() == "50 (1–99)"


def test_clusters_that_differ_widen_the_interval() -> None:
    alike = clustered([(5, 10), (4, 10)] * 10)
    apart = clustered([(9, 10), (0, 10)] * 10)
    assert alike[1] - alike[0] < apart[1] - apart[0]
    assert apart[0] < 0.45 < apart[1]


def test_clusters_that_agree_are_one_trial_each() -> None:
    assert clustered([(0, 1000)] * 4) == Rate(0, 4).interval
    assert clustered([(7, 7)] * 4) == Rate(4, 4).interval
