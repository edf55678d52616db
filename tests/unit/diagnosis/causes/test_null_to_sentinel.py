from __future__ import annotations

import numpy as np
import pytest

from profiling.diagnosis.causes.null_to_sentinel import NullToSentinel
from profiling.diagnosis.example import two_runs
from tests.unit.diagnosis.scenarios import with_nulls

RNG = np.random.default_rng(12)
VALUES = RNG.normal(50, 12, 4000)
LOST = RNG.random(VALUES.size) < 0.1
THEN = with_nulls(VALUES, LOST)


@pytest.mark.parametrize(("value", "score"), [(0.0, 0.96), (-999.0, 0.96), (51.25, 0.9)])
def test_the_value_is_named_and_a_usual_one_is_surer(value: float, score: float) -> None:
    found = NullToSentinel().explain(*two_runs(THEN, np.where(LOST, value, VALUES)))
    assert found is not None
    assert found.score == score
    assert f"nulls were replaced by {value:g}" in found.sentence
    assert "no longer null" in found.sentence


def test_some_nulls_stay() -> None:
    half = LOST & (np.arange(VALUES.size) % 2 == 0)
    found = NullToSentinel().explain(*two_runs(THEN, with_nulls(np.where(half, 0.0, VALUES), LOST & ~half)))
    assert found is not None
    assert "and null in" in found.sentence


def test_a_value_that_took_much_more_is_a_default() -> None:
    many = LOST | (RNG.random(VALUES.size) < 0.4)
    found = NullToSentinel().explain(*two_runs(THEN, np.where(many, 0.0, VALUES)))
    assert found is not None
    assert found.score == pytest.approx(0.6)


def test_nulls_filled_with_anything_are_a_repair() -> None:
    assert NullToSentinel().explain(*two_runs(THEN, VALUES)) is None


def test_nulls_that_stay() -> None:
    assert NullToSentinel().explain(*two_runs(THEN, THEN)) is None
