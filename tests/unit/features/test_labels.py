from __future__ import annotations

import numpy as np
import pytest

from stageprint.features.labels import AlignedLabels, LabelShares


def side_by_side(then: dict[str, float], now: dict[str, float]) -> AlignedLabels:
    return AlignedLabels.of(LabelShares.exactly(now), LabelShares.exactly(then))


def test_shares_are_halfway_between_their_bounds() -> None:
    labels = LabelShares.of({"a": (40, 60), "b": (10, 10)}, 100, 20)
    assert labels.estimate.tolist() == [0.5, 0.1]
    assert not labels.exact
    assert labels.absent == 0.2


def test_a_mean_gives_every_run_the_same_weight() -> None:
    mean = LabelShares.mean([LabelShares.exactly({"a": 1}), LabelShares.exactly({"a": 2000, "b": 6000})])
    assert dict(zip(mean.index, mean.estimate, strict=True)) == {"a": 0.625, "b": 0.375}
    assert mean.exact


def test_a_label_absent_from_a_run_may_have_been_below_its_bound() -> None:
    mean = LabelShares.mean([LabelShares.of({"a": (80, 90)}, 100, 10), LabelShares.exactly({"b": 1})])
    assert mean.lower.tolist() == [0.4, 0.5]
    assert mean.upper.tolist() == pytest.approx([0.45, 0.55])
    assert mean.absent == 0.05


def test_one_run_is_its_own_mean() -> None:
    labels = LabelShares.exactly({"a": 1})
    assert LabelShares.mean([labels]) is labels


def test_rare_labels_are_pooled() -> None:
    found = side_by_side({"a": 0.98, "b": 0.01, "c": 0.01}, {"a": 0.95, "b": 0.01, "d": 0.04})
    assert found.names == ("a", "d")
    assert found.now.tolist() == pytest.approx([0.95, 0.04, 0.01])
    assert found.then.tolist() == pytest.approx([0.98, 0, 0.02])


def test_new_and_lost_labels() -> None:
    found = side_by_side({"a": 0.5, "old": 0.3, "older": 0.2}, {"a": 0.9, "new": 0.1})
    assert found.names == ("a", "new", "old", "older")
    assert found.unseen == pytest.approx((0.1, 0.1))
    assert found.lost == pytest.approx((0.5, 0.5))
    assert (found.unseen_labels, found.lost_labels) == (("new",), ("old", "older"))


def test_bounds_say_what_a_missing_label_can_hide() -> None:
    now = LabelShares.of({"a": (70, 80), "b": (20, 30)}, 100, 10)
    found = AlignedLabels.of(now, LabelShares.of({"a": (90, 95)}, 100, 5))
    assert found.unseen == pytest.approx((0.25, 0.15))
    assert found.then_high.tolist() == [0.95, 0.05, 1.0]
    assert found.then_low.tolist() == [0.9, 0.0, 0.0]
    assert found.now_high[-1] == 1.0


def test_nothing_in_common() -> None:
    found = side_by_side({}, {"a": 1})
    assert found.now.tolist() == [1, 0]
    assert found.then.tolist() == [0, 0]
    assert np.all(found.now_low == found.now_high)
