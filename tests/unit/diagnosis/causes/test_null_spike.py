from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stageprint.diagnosis.causes.null_spike import NullSpike
from stageprint.diagnosis.example import two_runs
from tests.unit.diagnosis.scenarios import with_nulls

RNG = np.random.default_rng(11)
VALUES = RNG.normal(50, 12, 4000)


@pytest.mark.parametrize("share", [0.03, 0.2, 0.7])
def test_random_loss(share: float) -> None:
    found = NullSpike().explain(*two_runs(VALUES, with_nulls(VALUES, RNG.random(VALUES.size) < share)))
    assert found is not None
    assert found.score == 0.9
    assert "(never before): the other values moved no more than usual, so the loss looks random" in found.sentence
    assert not found.deterministic


def test_selective_loss() -> None:
    found = NullSpike().explain(*two_runs(VALUES, with_nulls(VALUES, VALUES > 60)))
    assert found is not None
    assert found.score == pytest.approx(0.74)
    assert "not a random part" in found.sentence


def test_a_shift_too_large_for_the_loss_has_another_cause() -> None:
    found = NullSpike().explain(*two_runs(VALUES, with_nulls(VALUES + 30, RNG.random(VALUES.size) < 0.05)))
    assert found is not None
    assert found.score == pytest.approx(0.5)


def test_labels() -> None:
    labels = ["a", "b", "c", "d"] * 500
    random = [None if i % 5 == 0 else label for i, label in enumerate(labels)]
    found = NullSpike().explain(*two_runs(labels, random))
    assert found is not None
    assert found.score == 0.9


def test_nan_is_named() -> None:
    lost = np.where(RNG.random(VALUES.size) < 0.2, np.nan, VALUES)
    found = NullSpike().explain(*two_runs(pa.array(VALUES), pa.array(lost)))
    assert found is not None
    assert "is NaN in" in found.sentence


def test_nothing_left() -> None:
    found = NullSpike().explain(*two_runs(VALUES, pa.nulls(4000, pa.float64())))
    assert found is not None
    assert found.deterministic
    assert "in every row since run-2 (never before)" in found.sentence


def test_no_more_than_usual() -> None:
    some = with_nulls(VALUES, RNG.random(VALUES.size) < 0.2)
    other = with_nulls(VALUES, RNG.random(VALUES.size) < 0.205)
    assert NullSpike().explain(*two_runs(some, other)) is None
