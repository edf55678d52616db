from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stageprint.diagnosis.causes.default_value import DefaultValue
from stageprint.diagnosis.example import two_runs
from tests.unit.diagnosis.scenarios import labels, with_nulls

RNG = np.random.default_rng(13)
VALUES = RNG.gamma(2.0, 30.0, 4000)


def stuck(share: float, value: float) -> object:
    return np.where(RNG.random(VALUES.size) < share, value, VALUES)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.6])
@pytest.mark.parametrize(("value", "score"), [(0.0, 0.93), (42.5, 0.9)])
def test_a_value_that_all_others_gave_rows_to(share: float, value: float, score: float) -> None:
    found = DefaultValue().explain(*two_runs(VALUES, np.where(RNG.random(VALUES.size) < share, value, VALUES)))
    assert found is not None
    assert found.score == pytest.approx(score)
    assert found.evidence["replaced_share"] == pytest.approx(share, abs=0.04)


def test_clipping_does_not_thin_out() -> None:
    bound = float(np.quantile(VALUES, 0.9))
    assert DefaultValue().explain(*two_runs(VALUES, np.minimum(VALUES, bound))) is None
    low = float(np.quantile(VALUES, 0.1))
    assert DefaultValue().explain(*two_runs(VALUES, np.maximum(VALUES, low))) is None


def test_nulls_that_vanish_are_another_cause() -> None:
    lost = RNG.random(VALUES.size) < 0.2
    assert DefaultValue().explain(*two_runs(with_nulls(VALUES, lost), np.where(lost, 0.0, VALUES))) is None


def test_a_constant_is_another_cause() -> None:
    assert DefaultValue().explain(*two_runs(VALUES, np.full(4000, 1.0))) is None


def test_a_value_too_rare_to_tell() -> None:
    assert DefaultValue().explain(*two_runs(VALUES, np.where(np.arange(4000) < 20, 0.0, VALUES))) is None


def test_labels_take_a_usual_stand_in() -> None:
    names = labels(RNG, 4000, 9)
    lost = RNG.random(4000) < 0.2
    unknown = DefaultValue().explain(*two_runs(pa.array(names), pa.array(np.where(lost, "n/a", names))))
    assert unknown is not None
    assert unknown.score == 0.93
    common = DefaultValue().explain(*two_runs(pa.array(names), pa.array(np.where(lost, names[0], names))))
    assert common is not None
    assert common.score == pytest.approx(0.6)
    new = DefaultValue().explain(*two_runs(pa.array(names), pa.array(np.where(lost, "new", names))))
    assert new is None


def test_few_labels_say_little() -> None:
    names = np.array(["a", "b", "c"])[RNG.integers(0, 3, 4000)]
    grown = np.where(RNG.random(4000) < 0.2, "a", names)
    found = DefaultValue().explain(*two_runs(pa.array(names), pa.array(grown)))
    assert found is not None
    assert found.score == pytest.approx(0.4)


def test_another_mix_is_no_default() -> None:
    names = np.array(["a", "b", "c", "d"])
    then, now = names[RNG.integers(0, 4, 4000)], RNG.choice(names, 4000, p=[0.5, 0.3, 0.15, 0.05])
    assert DefaultValue().explain(*two_runs(pa.array(then), pa.array(now))) is None


def test_a_few_whole_numbers_are_as_good_as_labels() -> None:
    codes = RNG.choice([1.0, 2.0, 3.0, 4.0], 4000)
    found = DefaultValue().explain(*two_runs(codes, np.where(RNG.random(4000) < 0.2, 4.0, codes)))
    assert found is not None
    assert found.score == pytest.approx(0.4)
