from __future__ import annotations

import numpy as np
import pytest

from stageprint.decision.calibration import DEFAULT_MEAN_EXCESS, Tail


def scores(count: int, seed: int = 1) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).exponential(0.5, count))


def test_merged_tails_are_the_tail_of_all() -> None:
    parts = [scores(5000, seed) for seed in range(4)]
    whole = Tail.of(np.concatenate(parts))
    merged = Tail.merge(Tail.of(part) for part in parts)
    assert merged.count == whole.count == 20_000
    np.testing.assert_array_equal(merged.top, whole.top)


def test_nothing_merges_to_nothing() -> None:
    assert Tail.merge([]).count == 0


@pytest.mark.parametrize(("count", "exceedances"), [(1000, 20), (200_000, 40), (10**7, 60)])
def test_the_tail_grows_with_the_class(count: int, exceedances: int) -> None:
    assert Tail(count, np.arange(100.0)[::-1]).exceedances == exceedances


def test_p_is_that_of_the_past() -> None:
    tail = Tail.of(scores(200_000))
    # P(L ≥ l) = exp(−2 l) of these scores.
    wanted = np.array([3.0, 5.0, 8.0])
    np.testing.assert_allclose(np.log(tail.p(wanted)), -2 * wanted, atol=1.6)
    assert np.all(np.diff(tail.p(np.linspace(2, 9, 50))) <= 0)


def test_below_what_was_kept_nothing_is_known() -> None:
    tail = Tail.of(scores(5000), kept=100)
    assert tail.p(np.array([0.0]))[0] == 1.0
    assert tail.p(tail.top[50:51])[0] == pytest.approx(52 / 5001)


def test_a_class_that_never_scores_has_the_usual_tail() -> None:
    tail = Tail.of(np.zeros(1000))
    assert tail.mean_excess == DEFAULT_MEAN_EXCESS
    assert tail.p(np.array([0.0, 1e-9])).tolist() == [1.0, pytest.approx(1 / 1001)]
    assert tail.p(np.array([DEFAULT_MEAN_EXCESS]))[0] == pytest.approx(np.exp(-1) / 1001)


def test_few_scores_say_little_of_the_tail() -> None:
    few = Tail.of(np.append(np.zeros(1000), [2.0, 2.1]))
    assert few.threshold == 2.0
    assert few.mean_excess == pytest.approx((0.1 + 4 * DEFAULT_MEAN_EXCESS) / 5)


def test_what_a_tail_needs_is_the_inverse_of_its_p() -> None:
    tail = Tail.of(scores(200_000))
    levels = np.array([1e-5, 1e-7])
    np.testing.assert_allclose(tail.p(tail.score(levels)), levels)
    assert tail.score(np.array([0.5]))[0] == tail.threshold


def test_of_the_loud_the_least_that_chance_may_have_made_are_taken() -> None:
    past = scores(100_000)
    alerting = np.zeros(100_000, dtype=bool)
    alerting[:50] = True
    past[:50] = np.linspace(20, 69, 50)
    tail = Tail.of(past, alerting)
    assert tail.top[0] < 20
    assert tail.healthy.count == 100_000
    assert tail.healthy.top[:3].tolist() == [21.0, 20.0, tail.top[0]]  # 2 of 100,000
    merged = Tail.merge([tail, Tail.of(scores(400_000, 2))]).healthy
    assert merged.top[:10].tolist() == list(np.arange(29.0, 19.0, -1.0))
