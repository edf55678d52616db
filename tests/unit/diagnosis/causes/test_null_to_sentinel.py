from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stageprint.diagnosis.causes.null_to_sentinel import NullToSentinel
from stageprint.diagnosis.example import two_runs
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
    found = NullToSentinel().explain(*two_runs(THEN, np.where(many, 37.5, VALUES)))
    assert found is not None
    assert found.score == pytest.approx(0.6)
    usual = NullToSentinel().explain(*two_runs(THEN, np.where(many, 0.0, VALUES)))
    assert usual is not None
    assert usual.score == pytest.approx(0.82)


def test_rows_without_a_value_that_are_gone_leave_no_stand_in() -> None:
    common = np.where(RNG.random(VALUES.size) < 0.9, 2.0, 3.0)
    assert NullToSentinel().explain(*two_runs(with_nulls(common, LOST), common[~LOST])) is None


def test_labels_that_shifted_besides_are_less_sure() -> None:
    names = np.array(["a", "b", "c", "d"])
    then = with_nulls(names[RNG.integers(0, 4, 4000)], LOST)
    now = np.where(LOST, "filled", RNG.choice(names, 4000, p=[0.31, 0.31, 0.19, 0.19]))
    found = NullToSentinel().explain(*two_runs(then, pa.array(now)))
    assert found is not None
    assert found.score == pytest.approx(0.54)


def test_nulls_filled_with_anything_are_a_repair() -> None:
    assert NullToSentinel().explain(*two_runs(THEN, VALUES)) is None


def test_nulls_that_stay() -> None:
    assert NullToSentinel().explain(*two_runs(THEN, THEN)) is None
